// SPDX-License-Identifier: BSD-2-Clause
// Every live chart against its table: values, shading, and how it is used:
//   node charts.mjs REPORT.html TABLES-FOLDER      with playwright-core in ./node_modules
// Expected values are computed here, from the tables' text. Prints one line a check; ends with 1 if one failed.
import { browser, check, finish, has, open, rows } from './browser.mjs';

// Of each chart its table and its curves: the column, and whether what is new after a gap stands apart.
const CHARTS = {
  'figure-1-daily': ['daily', [['sources']]],
  'figure-1-hourly': ['hourly', [['sources']]],
  'figure-2-first-day': ['first_day', [['sources'], ['new_sources', 'gaps']]],
  'figure-3-diurnal': ['hourly', [['sources']]],
  'figure-4-december': ['lens', [['sources']]],
  'figure-6-reachable': ['reachable', null],
  'figure-11-new-sources': ['new_sources', [['new_sources', 'gaps and first']]],
  'figure-13-population': ['population', [['worm_sources'], ['evidence'], ['sources', '', 'hourly']]],
  'figure-15-overlap': ['overlap_hourly', null],
  'figure-16-networks': ['networks_hourly', null],
  'figure-17-networks-per-thousand': ['networks_hourly', null],
  'figure-18-tools': ['tools', null],
};
const seconds = (text) => Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text) / 1000;

function read(name) {
  const [header, ...lines] = rows(name);
  return lines.map((line) => Object.fromEntries(header.map((column, i) => [column, line[i]])));
}
const hourly = new Map(read('hourly').map((row) => [row.hour, row]));
const timeOf = (row) => row.hour ?? row.day ?? row.time;
const statusOf = (row) => row.status ?? hourly.get(row.hour)?.status ?? 'whole';

const { context, page, said, asked } = await open({ viewport: { width: 1100, height: 900 } });
const drawn = await page.$$eval('figure.charted', (all) => all.map((figure) => ({
  id: figure.id, from: Number(figure.dataset.from), until: Number(figure.dataset.until), data: figure.plot.data,
  labels: figure.plot.series.map((series) => series.label), shading: figure.shading,
})));
for (const [id, [name]] of Object.entries(CHARTS))
  if (has(name) && read(name).length > 2 && (await page.locator(`#${id}`).count()))
    check(`${id} is a live chart, or its table is too large for the page`, (name === 'tools' && !(await page.locator('#table-tools').count())) || drawn.some((chart) => chart.id === id));

// Which values stand at a time, in the curve and apart from it.
function valuesAt(chart, time, curve) {
  const i = chart.data[0].indexOf(time);
  const apart = chart.labels.findIndex((label) => label.startsWith(`${chart.labels[curve]}, in part`));
  return [chart.data[curve][i], apart < 0 ? null : chart.data[apart][i]].map((value) => value ?? null);
}

function checkCurves(chart, table, curves) {
  const wrong = [];
  let compared = 0;
  table.forEach((row, i) => {
    const time = seconds(timeOf(row));
    if (time < chart.from || time >= chart.until) return;
    curves.forEach(([column, gaps = '', of], k) => {
      const text = of ? hourly.get(row.hour)?.[column] ?? '' : row[column];
      const afterGap = gaps && (i ? Object.values(table[i - 1])[1] === '' : gaps.includes('first'));
      const apart = statusOf(row) !== 'whole' || Boolean(afterGap);
      let expected = text === '' ? [null, null] : apart ? [null, Number(text)] : [Number(text), null];
      // The chart of Figure 4 opens on a logarithmic scale, which has no place for 0.
      if (chart.id === 'figure-4-december') expected = expected.map((value) => value || null);
      const got = valuesAt(chart, time, k + 1);
      compared++;
      if (String(got) !== String(expected)) wrong.push(`${timeOf(row)} ${column}: ${got} and not ${expected}`);
    });
  });
  check(`${chart.id}: ${compared} values are the table's`, compared > 0 && wrong.length === 0, wrong.slice(0, 5).join('; '));
}

// Of each list what it has in common with ours, by the name of its curve; ours is the first list's.
function checkLists(chart, table) {
  const lists = read('overlap').map((row) => row.list);
  const wrong = [];
  let compared = 0;
  for (const row of table) {
    const time = seconds(row.hour);
    if (time < chart.from || time >= chart.until) continue;
    for (const [column, label] of [['ours', 'ours'], ['both', `also in ${row.list.split(':')[0]}`]]) {
      if (column === 'ours' && row.list !== lists[0]) continue;
      const text = row[column];
      const apart = statusOf(row) !== 'whole';
      const expected = text === '' ? [null, null] : apart ? [null, Number(text)] : [Number(text), null];
      const got = valuesAt(chart, time, chart.labels.indexOf(label));
      compared++;
      if (String(got) !== String(expected)) wrong.push(`${row.hour} ${row.list} ${column}: ${got} and not ${expected}`);
    }
  }
  check(`${chart.id}: ${compared} values of ${lists.length} lists are the table's`, compared > 0 && wrong.length === 0, wrong.slice(0, 5).join('; '));
}

// Bins of ten minutes until they hold 30 sources, and what is left, with Wilson's interval.
function checkShares(chart, table) {
  const expected = [];
  let open = null;
  let full = null;
  const end = () => {    // what is left is joined to the bin before, if a gap isn't between
    if (open && full) {
      full[1] += open[1];
      full[2] += open[2];
      expected.pop();
    }
    open = full = null;
  };
  for (const row of table) {
    const time = seconds(row.time);
    if (time < chart.from || time >= chart.until) continue;
    if (row.new_sources === '') { end(); continue; }
    if (!open) expected.push(open = [time, 0, 0]);
    open[1] += Number(row.new_reachable);
    open[2] += Number(row.new_sources);
    if (open[2] >= 30) { full = open; open = null; }
  }
  end();
  const wrong = [];
  for (const [time, k, n] of expected) {
    const i = chart.data[0].indexOf(time);
    const got = [1, 2, 3].map((series) => chart.data[series][i]);
    if (!n) { if (got.some((value) => value !== null)) wrong.push(`${time}: ${got}`); continue; }
    const z = 1.96;
    const middle = (k + z * z / 2) / (n + z * z);
    const half = z / (n + z * z) * Math.sqrt(k * (n - k) / n + z * z / 4);
    const wanted = [k / n, middle - half, middle + half].map((value) => 100 * value);
    if (got.some((value, j) => value === null || Math.abs(value - wanted[j]) > 1e-6)) wrong.push(`${time}: ${got} and not ${wanted}`);
  }
  const points = chart.data[1].slice(0, -1).filter((value) => value !== null).length;
  const ends = [1, 2, 3].every((series) => chart.data[series].at(-1) === chart.data[series].slice(0, -1).findLast((value) => value !== null));
  check(`${chart.id}: the last bin ends as it begins`, ends);
  check(`${chart.id}: ${expected.length} shares are the table's`, wrong.length === 0 && points === expected.filter((bin) => bin[2]).length, wrong.slice(0, 3).join('; ') || `${points} points`);
}

// The networks with the most in an hour of the day shown, by their names; of the rest, the sums.
function checkNetworks(chart, table, column, rest) {
  const shown = table.filter((row) => seconds(row.hour) >= chart.from && seconds(row.hour) < chart.until);
  const named = shown.filter((row) => !['others', 'none', 'few'].includes(row.network) && row[column] !== '');
  const most = new Map();
  for (const row of named) most.set(row.network, Math.max(most.get(row.network) ?? 0, Number(row[column])));
  const first = [...most.keys()].sort((a, b) => most.get(b) - most.get(a) || (a < b ? -1 : 1)).slice(0, 8);
  const curves = chart.labels.slice(1, 1 + first.length);
  check(`${chart.id}: the networks with the most have curves`, curves.join() === first.map((one) => `AS ${one}`).join(), curves.join());
  const wrong = [];
  for (const [hour, { status, sources }] of hourly) {
    const time = seconds(hour);
    if (time < chart.from || time >= chart.until) continue;
    const rows = shown.filter((row) => row.hour === hour);
    const expected = first.map((network) => rows.find((row) => row.network === network)?.[column] || null);
    const sum = (of) => (rows.length ? rows.filter(of).reduce((total, row) => total + Number(row.sources), 0) : null);
    if (rest) expected.push(sum((row) => row.network !== 'none' && !first.includes(row.network)), sum((row) => row.network === 'none'));
    expected.forEach((value, i) => {
      const wanted = value === null ? [null, null] : [Number(value) || null, null];    // a logarithmic axis has no place for 0
      const got = valuesAt(chart, time, i + 1);
      if (String(got) !== String(status === 'whole' ? wanted : wanted.reverse())) wrong.push(`${hour} ${chart.labels[i + 1]}: ${got} and not ${wanted}`);
    });
    if (rest && rows.length && sources === '') wrong.push(`${hour}: sources where nothing was recorded`);
  }
  check(`${chart.id}: values are the table's`, wrong.length === 0, wrong.slice(0, 3).join('; '));
}

// Each sign that can be chosen.
async function checkSigns(chart, table) {
  const select = page.locator(`#${chart.id} select`);
  const signs = await select.locator('option').evaluateAll((all) => all.map((one) => one.value));
  check(`${chart.id}: each sign of the table can be chosen`, signs.slice().sort().join() === [...new Set(table.map((row) => row.sign))].sort().join(), signs.join());
  for (const sign of signs) {
    await select.selectOption(sign);
    const now = await page.$eval(`#${chart.id}`, ({ plot }) => ({ data: plot.data, labels: plot.series.map((series) => series.label) }));
    checkCurves({ ...chart, ...now, id: `${chart.id}, ${sign}` }, table.filter((row) => row.sign === sign), [['scans'], ['expected']]);
  }
}

for (const chart of drawn) {
  const [name, curves] = CHARTS[chart.id];
  const table = read(name);
  if (chart.id === 'figure-15-overlap') checkLists(chart, table);
  else if (chart.id === 'figure-16-networks') checkNetworks(chart, table, 'sources', true);
  else if (chart.id === 'figure-17-networks-per-thousand') checkNetworks(chart, table, 'per_thousand', false);
  else if (chart.id === 'figure-18-tools') await checkSigns(chart, table);
  else if (curves) checkCurves(chart, table, curves);
  else checkShares(chart, table);
  const ofHours = new Set(['networks_hourly', 'tools']).has(name) ? [...hourly.values()] : table;    // those have no row of an hour without packets
  const wrong = ofHours.filter((row) => {
    const time = seconds(timeOf(row));
    const shade = chart.shading.find(([from, until]) => from <= time && time < until)?.[2] ?? 'whole';
    return time >= chart.from && time < chart.until && shade !== statusOf(row);
  });
  check(`${chart.id}: shading is the status`, wrong.length === 0, wrong.slice(0, 3).map((row) => JSON.stringify(row)).join('; '));
  const legend = await page.$eval(`#${chart.id}`, (figure) => [...figure.querySelectorAll('.looks i')].map((key) => key.className).sort().join());
  check(`${chart.id}: the legend has the looks that are there`, legend === [...new Set(chart.shading.map((one) => one[2]))].sort().join(), legend);
  const words = await page.$eval(`#${chart.id}`, (figure) => [...figure.querySelectorAll('figcaption p')].filter((one) => getComputedStyle(one).display !== 'none').map((one) => one.className).join());
  check(`${chart.id}: its caption is the chart's`, words === 'of-chart,links', words);
  const bars = ofHours.filter((row) => statusOf(row) === 'missing' && seconds(timeOf(row)) >= chart.from && seconds(timeOf(row)) < chart.until).length;
  if (bars && !chart.shading.length) check(`${chart.id}: outages are shaded`, false);
}

const span = (id) => page.evaluate((id) => { const { x } = document.getElementById(id).plot.scales; return [x.min, x.max]; }, id);
const id = drawn[0].id;
const width = ([low, high]) => high - low;
{
  const whole = await span(id);
  const place = page.locator(`#${id} .place`);
  await place.focus();
  await page.keyboard.press('+');
  const near = await span(id);
  check('the key + zooms', Math.abs(width(near) - width(whole) / 2) < 4000, `${whole} to ${near}`);
  await page.keyboard.press('ArrowLeft');
  const left = await span(id);
  check('an arrow moves', left[0] < near[0] && Math.abs(width(left) - width(near)) < 4000, `${near} to ${left}`);
  await page.keyboard.press('-');
  await page.keyboard.press('0');
  check('the key 0 shows all again', String(await span(id)) === String(whole), `${await span(id)}`);
  await page.locator(`#${id}`).getByRole('button', { name: 'Zoom in' }).click();
  check('a button zooms', width(await span(id)) < width(whole) * 0.6);
  await page.locator(`#${id}`).getByRole('button', { name: 'All of it' }).click();
  await page.locator(`#${id}`).getByRole('button', { name: 'Picture' }).click();
  check('the picture has the picture\'s caption', await page.$eval(`#${id}`, (figure) => getComputedStyle(figure.querySelector('.of-chart')).display === 'none' && getComputedStyle(figure.querySelector('.of-picture')).display !== 'none'));
}
// Links lead to what is there, and each figure is linked by its number.
const links = await page.$$eval('a[href^="#"]', (all) => all.map((one) => one.getAttribute('href')).filter((href) => !document.getElementById(href.slice(1))));
check('all links lead somewhere', links.length === 0, links.join());
check('no word on the console', said.length === 0, said.join('; '));
check('no request to any network', asked.length === 0, asked.join('; '));
await context.close();

const number = drawn[drawn.length - 1].id.split('-')[1];
for (const hash of [`#figure-${number}`, `#${drawn[0].id}`]) {
  const { context, page } = await open({ viewport: { width: 1100, height: 900 } }, hash);
  await page.waitForFunction((to) => {
    const { top } = document.querySelector(to).getBoundingClientRect();
    return top > -5 && top < 900;
  }, hash).catch(() => 0);
  const top = await page.$eval(hash, (element) => element.getBoundingClientRect().top);
  check(`${hash} opens there`, top > -5 && top < 900, `${top}`);
  await context.close();
}
{
  const { context, page } = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const over = page.locator(`#${id} .u-over`);
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  const at = () => page.evaluate((id) => { const { x } = document.getElementById(id).plot.scales; return x.max - x.min; }, id);
  const before = await at();
  const touch = await context.newCDPSession(page);
  const send = (type, x) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y: box.y + 60 }] });
  await send('touchStart', box.x + box.width * 0.3);
  for (const part of [0.4, 0.5, 0.6]) await send('touchMove', box.x + box.width * part);
  await send('touchEnd');
  const after = await at();
  check('a finger drags a span', after < before * 0.5, `${before} to ${after}`);
  await context.close();
}
await browser.close();
finish();
