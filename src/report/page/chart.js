// SPDX-License-Identifier: BSD-2-Clause
// Time series to zoom into: drag over a span with a mouse or a finger, or use the buttons or keys; the values under the
// pointer stand below.
import uPlot from 'uplot';
import { charts } from './charts.js';
import { shown, table } from './csv.js';
import { LOOKS, lensChanges, seriesOf } from './series.js';

const DAY = 86400;
// Each value holds until the next time, also if nothing was recorded then.
const stepped = uPlot.paths.stepped({ align: 1, alignGaps: 1, extend: true });
// A curve that begins again after a gap climbs from its last value at the gap's end: the gap hides that line, too.
const gaps = (plot, series, first, last, found) => found.map(([begin, end]) => [begin, end + 1.5 * devicePixelRatio]);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const utc = (time) => uPlot.tzDate(new Date(time * 1e3), 'Etc/UTC');

// First days of the worm's variants, as the page gives them: "A 1227225600,B ...".
const variants = () => (document.querySelector('main').dataset.variants ?? '').split(',').filter(Boolean)
  .map((text) => text.split(' ')).map(([name, second]) => [name, Number(second)]);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
// Labels of the axis of time: the day under midnight, the year under its first mark.
function labels(_, times, __, ___, step) {
  let day = '';
  let year = '';
  return times.map((time) => {
    const iso = new Date(time * 1e3).toISOString();
    const newYear = iso.slice(0, 4) === year ? '' : iso.slice(0, 4);
    const date = `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1]}`;
    const upper = step < DAY ? iso.slice(11, 16) : step >= 28 * DAY ? date.slice(-3) : date;
    const lower = step < DAY ? (date === day ? '' : `${date} ${newYear}`.trim()) : newYear;
    day = date;
    year = iso.slice(0, 4);
    return lower ? `${upper}\n${lower}` : upper;
  });
}

function compact(value) {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e4 ? `${value / 1e3}k` : `${value}`;
}

// Curves, then bounds of a band, then points of their own.
function seriesOptions(chart, points, format) {
  const series = [{ label: 'UTC', value: '{YYYY}-{MM}-{DD} {HH}:{mm}' }];
  for (const curve of chart.curves) {
    const stroke = colour(`--curve-${curve.colour}`);
    series.push({
      label: curve.label, stroke, dash: curve.dash, width: 1.5, paths: stepped, gaps, value: format, spanGaps: false,
      points: chart.dots ? { show: true, size: 4, fill: stroke } : { show: false },
    });
  }
  if (chart.share || chart.range)
    for (const label of ['low', 'high'])
      series.push({ label: `95 % ${label}`, stroke: 'transparent', width: 0, paths: stepped, points: { show: false }, value: format });
  for (const { label, colour: at } of points)
    series.push({
      label, stroke: colour(`--curve-${at}`), width: 0, paths: () => null, value: format,
      points: { show: true, size: 5, width: 1, fill: colour('--back'), stroke: colour(`--curve-${at}`) },
    });
  return series;
}

function options(chart, width, log, { points, shading }) {
  const axis = { stroke: colour('--text'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') }, labelSize: 20, labelFont: '13px system-ui, sans-serif' };
  const format = (_, value) => (value === null || value === undefined ? '–' : shown(value, chart.digits ?? (chart.percent ? 1 : 0)) + (chart.percent ? ' %' : ''));
  const narrow = width < 500;
  return {
    width,
    height: Math.round(Math.min(420, Math.max(260, width * 0.45))),
    tzDate: utc,
    padding: [NAMES * NAME, null, null, null],
    cursor: { drag: { x: true, y: false } },
    scales: { y: { distr: log ? 3 : 1, range: log ? undefined : (_, low, high) => [0, chart.percent ? 100 : high * 1.05 || 1] } },
    axes: [
      { ...axis, label: 'time (UTC)', space: narrow ? 60 : 80, size: 50, values: labels },
      {
        ...axis, label: chart.axis, size: narrow ? 46 : 60,
        values: (_, values) => values.map((value) => (value === null ? '' : compact(value) + (chart.percent ? ' %' : ''))),
      },
    ],
    series: seriesOptions(chart, points, format),
    bands: chart.share || chart.range ? [{ series: [chart.curves.length + 2, chart.curves.length + 1], fill: colour('--band') }] : [],
    legend: { live: true },
    hooks: { draw: [(plot) => mark(plot, chart, shading)] },
  };
}

// The names of lines stand above the chart, in so many rows of so many pixels. A name with no room is left out: the
// colour of its line says of which kind it is.
const NAMES = 2;
const NAME = 15;
function putNames(plot, lines) {
  const { ctx, bbox } = plot;
  const ends = Array(NAMES).fill(-Infinity);
  for (const { second, name, stroke } of lines) {
    if (second <= plot.scales.x.min || second >= plot.scales.x.max) continue;
    const left = plot.valToPos(second, 'x', true);
    const half = ctx.measureText(name).width / 2;
    const row = ends.findIndex((end) => left - half > end + 4 * devicePixelRatio);
    if (row < 0) continue;
    ends[row] = left + half;
    ctx.fillStyle = stroke;
    ctx.fillText(name, left - half, bbox.top - (4 + row * NAME) * devicePixelRatio);
  }
}

function line(plot, { second, stroke, dash }) {
  const { ctx, bbox } = plot;
  if (second <= plot.scales.x.min || second >= plot.scales.x.max) return;
  const left = plot.valToPos(second, 'x', true);
  ctx.strokeStyle = stroke;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(left, bbox.top);
  ctx.lineTo(left, bbox.top + bbox.height);
  ctx.stroke();
}

// A published number beside ours, of made-up data times their scale, as the table of both has it.
function publishedOf(chart) {
  const rows = table('reproduction')?.rows ?? [];
  return (chart.published ?? []).map(([id, second]) => [Number(rows.find((row) => row[0] === id)?.[2]), second])
    .filter(([value]) => value > 0);
}

// Bars behind what was not recorded whole; lines where variants began and where another part of the telescope was recorded.
function mark(plot, chart, shading) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.globalCompositeOperation = 'destination-over';
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [from, until, look] of shading) {
    ctx.fillStyle = colour(`--${look}`);
    const left = plot.valToPos(from, 'x', true);
    ctx.fillRect(left, bbox.top, Math.max(1, plot.valToPos(until, 'x', true) - left), bbox.height);
  }
  ctx.globalCompositeOperation = 'source-over';
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  const lines = [...variants().map(([name, second]) => ({ second, name, stroke: colour('--curve-1'), dash: [5, 4] })),
    ...lensChanges().map((second) => ({ second, name: 'lens', stroke: colour('--lens'), dash: [] }))].sort((a, b) => a.second - b.second);
  for (const one of lines) line(plot, one);
  ctx.setLineDash([]);
  for (const [value, second] of publishedOf(chart)) {
    const left = plot.valToPos(second + chart.step / 2, 'x', true);
    const top = plot.valToPos(value, 'y', true);
    if (second < plot.scales.x.min || second > plot.scales.x.max) continue;
    ctx.strokeStyle = ctx.fillStyle = colour('--text');
    ctx.beginPath();
    ctx.arc(left, top, 4 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.stroke();
    const text = `published ${shown(value)}`;
    const wide = ctx.measureText(text).width;
    const begin = left > bbox.left + bbox.width / 2 ? left - wide - 8 * devicePixelRatio : left + 8 * devicePixelRatio;
    ctx.fillStyle = colour('--back');
    ctx.globalAlpha = 0.8;
    ctx.fillRect(begin - 2, top - 9 * devicePixelRatio, wide + 4, 16 * devicePixelRatio);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour('--text');
    ctx.fillText(text, begin, top + 4 * devicePixelRatio);
  }
  if (chart.level) {
    const top = plot.valToPos(chart.level.value, 'y', true);
    ctx.strokeStyle = ctx.fillStyle = colour('--soft');
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, top);
    ctx.lineTo(bbox.left + bbox.width, top);
    ctx.stroke();
    ctx.fillText(chart.level.label, bbox.left + 6, top - 5 * devicePixelRatio);
  }
  ctx.restore();
  ctx.save();
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  putNames(plot, lines);
  ctx.restore();
}

const button = (textContent, title, click) => {
  const made = Object.assign(document.createElement('button'), { type: 'button', textContent, title });
  made.setAttribute('aria-label', title);
  made.addEventListener('click', click);
  return made;
};

// A drag with a finger: uPlot knows of mice only.
function takeTouches(plot) {
  const { over } = plot;
  let start = null;
  const select = (width, left) => plot.setSelect({ left, width, top: 0, height: over.clientHeight }, false);
  const at = (event) => Math.max(0, Math.min(over.clientWidth, event.clientX - over.getBoundingClientRect().left));
  over.style.touchAction = 'pan-y';
  over.addEventListener('pointerdown', (event) => { if (event.pointerType === 'touch') start = at(event); });
  over.addEventListener('pointermove', (event) => {
    if (start === null || event.pointerType !== 'touch') return;
    const here = at(event);
    select(Math.abs(here - start), Math.min(here, start));
    plot.setCursor({ left: here, top: 10 });
  });
  over.addEventListener('pointerup', (event) => {
    if (start === null || event.pointerType !== 'touch') return;
    const [left, right] = [start, at(event)].sort((a, b) => a - b);
    start = null;
    select(0, 0);
    if (right - left > 10) plot.setScale('x', { min: plot.posToVal(left, 'x'), max: plot.posToVal(right, 'x') });
  });
  over.addEventListener('pointercancel', () => { start = null; select(0, 0); });
}

// Puts a chart into a figure, above its picture, which is then for paper only.
export function draw(figure) {
  const known = charts[figure.id];
  if (!known || !table(known.table) || !figure.dataset.from) return;
  const [from, until] = [Number(figure.dataset.from), Number(figure.dataset.until)];
  let chart;
  let series;
  const choose = (choice) => {
    chart = { ...known, curves: typeof known.curves === 'function' ? known.curves(choice) : known.curves };
    series = seriesOf(chart, from, until);
  };
  choose(known.choices?.[0][0]);
  const { columns, shading } = series;
  if (columns[0].length < 3) return;
  const box = figure.querySelector('.chart');
  const bar = document.createElement('div');
  bar.className = 'bar';
  const place = document.createElement('div');
  place.className = 'place';
  place.tabIndex = 0;
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', figure.querySelector('img').alt);
  box.append(bar, place);
  let log = Boolean(chart.logged);
  let plot;
  const make = () => {
    plot?.destroy();
    plot = new uPlot(options(chart, box.clientWidth, log, series), log ? series.columns.map(positive) : series.columns, place);
    takeTouches(plot);
    figure.plot = plot;
  };
  // So much wider, and moved by so much of what is seen; never beyond the data.
  const zoom = (factor, move) => {
    const { min, max } = plot.scales.x;
    const half = Math.max(chart.step, ((max - min) * factor) / 2);
    const middle = (min + max) / 2 + (max - min) * move;
    const [low, high] = [columns[0][0], columns[0][columns[0].length - 1]];
    const begin = Math.max(low, Math.min(middle - half, high - 2 * half));
    plot.setScale('x', { min: begin, max: Math.min(high, begin + 2 * half) });
  };
  const all = () => plot.setData(plot.data, true);
  const keys = {
    '+': () => zoom(0.5, 0), '=': () => zoom(0.5, 0), '-': () => zoom(2, 0), ArrowLeft: () => zoom(1, -0.25), ArrowRight: () => zoom(1, 0.25), 0: all, Home: all,
  };
  place.addEventListener('keydown', (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  place.title = 'Drag to zoom. Keys: + and - zoom, arrows move, 0 shows all.';
  if (known.choices) {
    const select = document.createElement('select');
    select.setAttribute('aria-label', 'Which');
    select.append(...known.choices.map(([value, textContent]) => Object.assign(document.createElement('option'), { value, textContent })));
    select.addEventListener('change', () => { choose(select.value); make(); });
    bar.append(select);
  }
  if (chart.log) {
    const label = document.createElement('label');
    const tick = Object.assign(document.createElement('input'), { type: 'checkbox', checked: log });
    tick.addEventListener('change', () => { log = tick.checked; make(); });
    label.append(tick, ' log scale');
    bar.append(label);
  }
  const picture = button('Picture', 'The picture instead of the chart', () => {
    picture.setAttribute('aria-pressed', String(figure.classList.toggle('pictured')));
  });
  picture.setAttribute('aria-pressed', 'false');
  bar.append(button('+', 'Zoom in', keys['+']), button('−', 'Zoom out', keys['-']), button('◀', 'Earlier', keys.ArrowLeft),
    button('▶', 'Later', keys.ArrowRight), button('All of it', 'All of it', all), picture);
  const seen = Object.keys(LOOKS).filter((look) => shading.some((one) => one[2] === look));
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
  const caption = Object.assign(document.createElement('p'), { className: 'of-chart', textContent: chart.caption });
  figure.querySelector('.of-picture').after(caption);
  figure.shading = shading;
  figure.classList.add('live', 'charted');
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
