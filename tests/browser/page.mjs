// SPDX-License-Identifier: BSD-2-Clause
// Opens a report page as a person would, from disk, and checks what is to be seen:
//   node page.mjs REPORT.html TABLES-FOLDER [PICTURES-FOLDER]      with playwright-core in ./node_modules
// Prints one line a check; ends with 1 if one failed.
import fs from 'node:fs';
import path from 'node:path';
import { axe, browser, check, finish, open, rows, size } from './browser.mjs';

const pictures = process.argv[4];

// The mean of all pixels of a PNG, from 0, black, to 1, white.
const brightness = (page, png) => page.evaluate(async (data) => {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
  canvas.drawImage(image, 0, 0);
  const bytes = canvas.getImageData(0, 0, image.width, image.height).data;
  return bytes.reduce((sum, byte, i) => sum + (i % 4 < 3 ? byte : 0), 0) / 255 / 3 / (bytes.length / 4);
}, png.toString('base64'));

const sizes = [['phone', 390, 844], ['tablet', 900, 1100], ['desktop', 1400, 900]];
for (const [name, width, height] of sizes)
  for (const colorScheme of ['light', 'dark']) {
    const { context, page, said, asked } = await open({ viewport: { width, height }, colorScheme, deviceScaleFactor: 1 });
    check(`${name}, ${colorScheme}: no error on the console`, said.length === 0, said.join('; '));
    check(`${name}, ${colorScheme}: no request to any network`, asked.length === 0, asked.join('; '));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(`${name}, ${colorScheme}: nothing runs out of the page's side`, wide <= 0, `${wide} pixels`);
    // Serious findings of axe-core, which is not bound by the page's policy.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run({ resultTypes: ['violations'] }));
    const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
    check(`${name}, ${colorScheme}: axe-core has no serious finding`, serious.length === 0,
      serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(' ')}`).join('; '));
    const picture = page.locator('figure img:visible').first();
    if (await picture.count()) {
      const bright = await brightness(page, await picture.screenshot());
      check(`${name}, ${colorScheme}: a picture is as bright as the page`, colorScheme === 'dark' ? bright < .3 : bright > .7, bright);
    }
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
    await context.close();
  }

{
  const { context, page, said, asked } = await open({ viewport: { width: 1280, height: 900 } });
  const figures = await page.$$eval('figure', (all) => all.map((figure) => ({
    id: figure.id, alt: figure.querySelector('img')?.alt ?? '', label: figure.querySelector('[role=img]')?.getAttribute('aria-label'),
    live: figure.classList.contains('live'),
  })));
  check('there are figures', figures.length > 0);
  for (const figure of figures) {
    check(`${figure.id} has its alternative text`, figure.alt.length > 20, figure.alt);
    if (figure.live) check(`${figure.id}'s chart has it too`, figure.label === figure.alt, figure.label);
  }

  // The value under the pointer is the table's.
  const hourly = rows('hourly');
  const figure = page.locator('#figure-1-hourly');
  if (await figure.count()) {
    await figure.scrollIntoViewIfNeeded();
    const at = hourly.findIndex((row, i) => i > hourly.length / 2 && row[1] !== '');
    const box = await figure.locator('.u-over').boundingBox();
    const left = await page.evaluate((i) => {
      const { plot } = document.getElementById('figure-1-hourly');
      return plot.valToPos(plot.data[0][i], 'x');
    }, at - 1);
    await page.mouse.move(box.x + left, box.y + box.height / 2);
    const values = await figure.locator('.u-legend .u-value').allTextContents();
    const shown = hourly.find((row) => row[0].slice(0, 16).replace('T', ' ') === values[0]);
    check('hovering shows an hour of the table near the pointer', shown && Math.abs(hourly.indexOf(shown) - at) <= hourly.length / 200 + 1, `${values[0]} and ${hourly[at][0]}`);
    check('hovering shows the table\'s number', shown && values[1].replaceAll(',', '') === (shown[1] || '–'), `${values[1]} and ${shown}`);

    const span = () => page.evaluate(() => {
      const { scales } = document.getElementById('figure-1-hourly').plot;
      return scales.x.max - scales.x.min;
    });
    const before = await span();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 5 });
    await page.mouse.up();
    const zoomed = await span();
    check('dragging zooms', zoomed < before * 0.5, `${before} to ${zoomed}`);
    await figure.getByRole('button', { name: 'All of it' }).click();
    check('a button shows all of it again', Math.abs((await span()) - before) < 1, `${await span()}`);
    await figure.getByLabel('log scale').click();
    check('a log scale can be had and left', (await figure.locator('.u-over').count()) === 1);
  }

  const map = page.locator('#figure-7-countries');
  if (await map.count()) {
    await map.scrollIntoViewIfNeeded();
    const clock = map.locator('.clock');
    const state = () => map.evaluate((element) => [...element.querySelectorAll('path')].map((shape) => shape.getAttribute('class')).join());
    const first = await clock.textContent();
    const colours = await state();
    await map.getByRole('button', { name: /Play/ }).click();
    await page.waitForFunction((text) => document.querySelector('#figure-7-countries .clock').textContent !== text, first);
    await page.waitForFunction((were) => document.querySelector('#figure-7-countries input[type=range]').valueAsNumber >= 2
      && [...document.querySelectorAll('#figure-7-countries path')].map((shape) => shape.getAttribute('class')).join() !== were, colours);
    check('play moves the clock', (await clock.textContent()) !== first);
    check('play changes the colours', (await state()) !== colours);
    await map.getByRole('button', { name: /Pause/ }).click();
    const paused = await clock.textContent();
    await page.waitForTimeout(800);
    check('pause stops it', (await clock.textContent()) === paused);

    await map.getByRole('button', { name: 'One step back' }).click();
    check('a step back', (await clock.textContent()) < paused, `${paused} to ${await clock.textContent()}`);
    await map.getByRole('button', { name: 'One step on' }).click();
    check('a step on', (await clock.textContent()) === paused, await clock.textContent());
    const saved = page.waitForEvent('download');
    await map.getByRole('button', { name: 'Save SVG' }).click();
    const svg = fs.readFileSync(await (await saved).path(), 'utf8');
    check('the map can be saved, with its time and colours', svg.includes(paused) && /<path[^>]*fill="rgb/.test(svg), svg.slice(0, 200));
    await map.getByLabel('Speed').selectOption('4');
    await map.getByLabel('loop').check();
    await map.getByRole('slider').fill('100000');
    const end = await clock.textContent();
    await map.getByRole('button', { name: /Play/ }).click();
    await page.waitForFunction((text) => document.querySelector('#figure-7-countries .clock').textContent !== text, end);
    check('a loop goes on', (await map.getByRole('button', { name: /Pause/ }).count()) === 1, end);
    await map.getByRole('button', { name: /Pause/ }).click();
    const slider = map.getByRole('slider');
    const countries = rows('country_hourly');
    // An hour that is missing has its frame too.
    const hours = hourly.slice(1).map((row) => row[0]).filter((hour) => hour.startsWith('2008-11-21'));
    if (hours.length) {
      const hour = Math.min(12, hours.length - 1);
      await slider.fill(String(hour));
      check('the slider goes to an hour', (await clock.textContent()).startsWith(hours[hour].slice(0, 16).replace('T', ' ')), await clock.textContent());
      const [time, code, sources] = countries.find((row) => row[0] === hours[hour] && ['CN', 'BR', 'RU', 'US'].includes(row[1]));
      const shape = map.locator(`path[data-country=${code}]`).first();
      await shape.dispatchEvent('pointermove', { clientX: 100, clientY: 100, bubbles: true });
      const tip = await map.locator('.tip').textContent();
      check('hovering over a country shows the table\'s number', tip.split(': ')[1].replaceAll(',', '') === sources, `${tip} and ${time} ${code} ${sources}`);
    }
  }

  const details = page.locator('details[data-table=hourly]');
  if (await details.count()) {
    await details.locator('summary').first().click();
    await details.locator('table').waitFor();
    const cells = await details.locator('tbody tr').first().locator('td').allTextContents();
    check('a table shows what the file holds', cells.join() === hourly[1].join(), cells.join());
  }
  await page.emulateMedia({ media: 'print' });
  const printed = await page.$$eval('figure.live', (all) => all.every((one) => getComputedStyle(one.querySelector('img')).display !== 'none'));
  check('on paper the figures are pictures', printed);
  check('no error on the console after all this', said.length === 0, said.join('; '));
  check('no request to any network after all this', asked.length === 0, asked.join('; '));
  await context.close();
}
await browser.close();
check('the page is under 10 MB', size < 10e6, `${size} bytes`);
finish();
