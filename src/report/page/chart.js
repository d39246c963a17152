// SPDX-License-Identifier: BSD-2-Clause
// Time series to zoom into: drag over a span, double-click for all of it; the values under the pointer stand below.
import uPlot from 'uplot';
import { number, seconds, shown, table } from './csv.js';

const OUTBREAK = Date.UTC(2008, 10, 21) / 1000;
const DAY = 86400;

const whole = (row, status) => status < 0 || row[status] === 'whole';

// What was not recorded whole looks as in the pictures (figure.c): by the column of status, or without one where a number lacks.
const LOOKS = { missing: 'nothing recorded', damaged: 'damaged, too low', partial: 'recorded in part, too low' };
function lookOf(row, status) {
  if (status >= 0) return row[status] in LOOKS ? row[status] : null;
  return row[1] === '' ? 'missing' : null;
}

// First days of the worm's variants, as in the pictures.
const VARIANTS = [['A', OUTBREAK], ['B', OUTBREAK + 38 * DAY], ['C', OUTBREAK + 104 * DAY]];

// What each figure shows: its table, its span, and its curves as functions of a row.
const column = (label, name, colour) => ({ label, name, colour });
export const charts = {
  'figure-1-daily': { table: 'daily', curves: [column('sources', 'sources', 0)], log: true },
  'figure-1-hourly': { table: 'hourly', curves: [column('sources', 'sources', 0)], log: true },
  'figure-2-first-day': {
    table: 'first_day', points: true,
    curves: [column('sources', 'sources', 0), column('new since midnight', 'new_sources', 1)],
  },
  'figure-3-diurnal': { table: 'hourly', curves: [column('sources', 'sources', 0)], span: [OUTBREAK, OUTBREAK + 14 * DAY] },
  'figure-4-december': {
    table: 'lens', span: [OUTBREAK + 29 * DAY, OUTBREAK + 50 * DAY], log: true, logged: true,
    curves: [column('sources', 'sources', 0)],
  },
  'figure-6-reachable': {
    table: 'reachable', span: [OUTBREAK, OUTBREAK + 2 * DAY], unit: '%', band: true,
    curves: [{ label: 'reachable share', colour: 0, share: ['new_reachable', 'new_sources'] }],
  },
  'figure-11-new-sources': { table: 'new_sources', unheard: true, curves: [column('new sources', 'new_sources', 0)], log: true },
  'figure-13-population': {
    table: 'population', log: true, range: ['worm_sources_low', 'worm_sources_high'],
    curves: [column('the worm\'s, estimated', 'worm_sources', 0), column('by evidence alone', 'evidence', 1)],
  },
  'figure-15-overlap': { table: 'overlap_hourly', log: true, curves: [column('ours', 'ours', 0), column('in the other list too', 'both', 1)] },
};

// Wilson's interval at 95 %, in percent.
function wilson(k, n) {
  const z2 = 1.96 ** 2;
  const middle = (k + z2 / 2) / (n + z2);
  const half = Math.sqrt(z2 * ((k * (n - k)) / n + z2 / 4)) / (n + z2);
  return [100 * (middle - half), 100 * (middle + half)];
}

// What is new in the first hour, or in the first after a gap, may have come before.
const afterGap = (rows, i) => i === 0 || rows[i - 1][1] === '';

// Times and curves of a figure; null where nothing was recorded, so that the curve breaks.
function data(chart) {
  const { header, rows } = table(chart.table);
  const at = (name) => header.indexOf(name);
  const status = at('status');
  const times = rows.map((row) => seconds(row[0]));
  let first = 0;
  let last = rows.length;
  if (chart.span && times[0] < chart.span[1] && times[times.length - 1] >= chart.span[0]) {
    first = Math.max(0, times.findIndex((time) => time >= chart.span[0]));
    last = times.findIndex((time) => time >= chart.span[1]);
    last = last < 0 ? rows.length : last;
  }
  const columns = [times.slice(first, last)];
  const within = rows.slice(first, last);
  for (const curve of chart.curves) {
    if (curve.share) {
      const [k, n] = curve.share.map(at);
      columns.push(within.map((row) => (Number(row[n]) ? (100 * Number(row[k])) / Number(row[n]) : null)));
      const bounds = within.map((row) => (Number(row[n]) ? wilson(Number(row[k]), Number(row[n])) : [null, null]));
      columns.push(bounds.map((pair) => pair[0]), bounds.map((pair) => pair[1]));
    } else {
      columns.push(within.map((row, i) => (whole(row, status) && !(chart.unheard && afterGap(rows, first + i)) ? number(row[at(curve.name)]) : null)));
    }
  }
  if (chart.range)
    for (const name of chart.range) columns.push(within.map((row) => number(row[at(name)])));
  // What was recorded in part is too low: points of their own, not joined with the rest.
  const looks = within.map((row) => lookOf(row, status));
  const firstCurve = chart.curves[0];
  const parts = status >= 0 && !firstCurve.share
    ? within.map((row, i) => (looks[i] ? number(row[at(firstCurve.name)]) : null)) : null;
  if (parts?.some((value) => value !== null)) columns.push(parts);
  return { columns, looks };
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const utc = (time) => uPlot.tzDate(new Date(time * 1e3), 'Etc/UTC');

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
// Labels of the axis of time: the day under midnight, the year under its first mark.
function labels(_, times, __, ___, step) {
  let day = '';
  let year = '';
  return times.map((time) => {
    const iso = new Date(time * 1e3).toISOString();
    const date = `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1]}`;
    const upper = step < DAY ? iso.slice(11, 16) : step >= 28 * DAY ? date.slice(-3) : date;
    const lower = step < DAY ? (date === day ? '' : date) : iso.slice(0, 4) === year ? '' : iso.slice(0, 4);
    day = date;
    year = iso.slice(0, 4);
    return lower ? `${upper}\n${lower}` : upper;
  });
}

function options(chart, width, log, looks, ncolumns) {
  const axis = { stroke: colour('--text'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
  const format = (value) => (value === null || value === undefined ? '–' : shown(value, chart.unit ? 1 : 0) + (chart.unit ? ' %' : ''));
  const narrow = width < 500;
  const series = [{ label: 'UTC', value: '{YYYY}-{MM}-{DD} {HH}:{mm}' }];
  for (const curve of chart.curves) {
    const stroke = colour(`--curve-${curve.colour}`);
    series.push({
      label: curve.label, stroke, width: 1.5, paths: uPlot.paths.stepped({ align: 1 }), value: (_, value) => format(value), spanGaps: false,
      points: chart.points ? { show: true, size: 5, fill: stroke } : {},
    });
  }
  const bounded = chart.band || chart.range;
  if (bounded)
    for (const label of ['low', 'high'])
      series.push({ label: `95 % ${label}`, stroke: 'transparent', width: 0, points: { show: false }, value: (_, value) => format(value) });
  if (series.length < ncolumns)
    series.push({
      label: 'in part', stroke: colour('--soft'), width: 0, paths: () => null, value: (_, value) => format(value),
      points: { show: true, size: 5, stroke: colour('--soft') },
    });
  return {
    width,
    height: Math.round(Math.min(420, Math.max(240, width * 0.45))),
    tzDate: utc,
    cursor: { drag: { x: true, y: false } },
    scales: { y: { distr: log ? 3 : 1, range: log ? undefined : (_, low, high) => [0, chart.unit ? 100 : high * 1.05 || 1] } },
    axes: [
      { ...axis, space: narrow ? 60 : 80, values: labels },
      {
        ...axis, size: narrow ? 52 : 68,
        values: (_, values) => values.map((value) => (value === null ? '' : compact(value) + (chart.unit ? ' %' : ''))),
      },
    ],
    series,
    bands: bounded ? [{ series: [chart.curves.length + 2, chart.curves.length + 1], fill: colour('--band') }] : [],
    legend: { live: true },
    hooks: { draw: [(plot) => mark(plot, looks)] },
  };
}

function compact(value) {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e4 ? `${value / 1e3}k` : `${value}`;
}

// Bars behind what was not recorded whole.
function mark(plot, looks) {
  const { ctx, bbox } = plot;
  const times = plot.data[0];
  if (times.length < 2) return;
  const step = times[1] - times[0];
  ctx.save();
  ctx.globalCompositeOperation = 'destination-over';
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (let i = 0; i < times.length; i++) {
    if (!looks[i]) continue;
    ctx.fillStyle = colour(`--${looks[i]}`);
    const end = i + 1 < times.length ? times[i + 1] : times[i] + step;
    const left = plot.valToPos(times[i], 'x', true);
    ctx.fillRect(left, bbox.top, Math.max(1, plot.valToPos(end, 'x', true) - left), bbox.height);
  }
  ctx.globalCompositeOperation = 'source-over';
  ctx.strokeStyle = ctx.fillStyle = colour('--curve-1');
  ctx.setLineDash([5, 4]);
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  for (const [name, second] of VARIANTS) {
    if (second <= plot.scales.x.min || second >= plot.scales.x.max) continue;
    const left = plot.valToPos(second, 'x', true);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(name, left + 4, bbox.top + 12 * devicePixelRatio);
  }
  ctx.restore();
}

// Puts a chart into a figure, above its picture, which is then for paper only.
export function draw(figure) {
  const chart = charts[figure.id];
  if (!chart || !table(chart.table) || table(chart.table).rows.length < 2) return;
  const { columns, looks } = data(chart);
  const box = figure.querySelector('.chart');
  const bar = document.createElement('div');
  bar.className = 'bar';
  const place = document.createElement('div');
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', figure.querySelector('img').alt);
  box.append(bar, place);
  let log = Boolean(chart.logged);
  let plot;
  const make = () => {
    plot?.destroy();
    plot = new uPlot(options(chart, box.clientWidth, log, looks, columns.length), log ? columns.map(positive) : columns, place);
    figure.plot = plot;
  };
  if (chart.log) {
    const label = document.createElement('label');
    const tick = Object.assign(document.createElement('input'), { type: 'checkbox', checked: log });
    tick.addEventListener('change', () => { log = tick.checked; make(); });
    label.append(tick, ' log scale');
    bar.append(label);
  }
  const reset = Object.assign(document.createElement('button'), { type: 'button', textContent: 'All of it' });
  reset.addEventListener('click', () => plot.setData(plot.data, true));
  const picture = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Picture' });
  picture.setAttribute('aria-pressed', 'false');
  picture.addEventListener('click', () => {
    const pressed = figure.classList.toggle('pictured');
    picture.setAttribute('aria-pressed', String(pressed));
  });
  bar.append(reset, picture);
  const seen = Object.keys(LOOKS).filter((look) => looks.includes(look));
  if (seen.length) {
    const legend = document.createElement('p');
    legend.className = 'looks';
    for (const look of seen) {
      const key = document.createElement('span');
      key.append(Object.assign(document.createElement('i'), { className: look }), ` ${LOOKS[look]}`);
      legend.append(key);
    }
    box.append(legend);
  }
  figure.classList.add('live');
  make();
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (box.clientWidth === width || !box.clientWidth) return;
    width = box.clientWidth;
    make();
  }).observe(box);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', make);
}

// A logarithmic axis has no place for zero.
const positive = (values, i) => (i === 0 ? values : values.map((value) => (value > 0 ? value : null)));
