// SPDX-License-Identifier: BSD-2-Clause
// Maps to play: unique sources by country, hour by hour.
import { geoEqualEarth, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import world from 'world-atlas/countries-50m.json';
import codes from 'i18n-iso-countries/codes.json';
import { number, seconds, shown, table } from './csv.js';

const BINS = 8;
const WIDTH = 960;
const HEIGHT = 460;
const SVG = 'http://www.w3.org/2000/svg';
const ALPHA2 = new Map(codes.map(([two, , numeric]) => [numeric, two]));

// Outlines by two-letter code. Antarctica only takes room.
const lands = feature(world, world.objects.countries)
  .features.map((land) => ({ land, code: ALPHA2.get(String(land.id).padStart(3, '0')) ?? '' }))
  .filter(({ code }) => code !== 'AQ');
const path = geoPath(geoEqualEarth().fitSize([WIDTH, HEIGHT], {
  type: 'FeatureCollection', features: lands.map(({ land }) => land),
})).digits(1);
let outlines;

const names = typeof Intl.DisplayNames === 'function' ? new Intl.DisplayNames(['en'], { type: 'region' }) : null;
function nameOf(code) {
  if (code === 'ZZ') return 'unknown';
  try {
    return names?.of(code) ?? code;
  } catch {
    return code;
  }
}

// The frames of a table: {time, values: Map of code to number}.
function frames(name, column) {
  const { header, rows } = table(name);
  const at = header.indexOf(column);
  const found = [];
  for (const row of rows) {
    if (found.length === 0 || found[found.length - 1].time !== row[0]) found.push({ time: row[0], values: new Map() });
    const value = number(row[at]);
    if (value !== null) found[found.length - 1].values.set(row[1], value);
  }
  return filled(found);
}

// With the hours or days in between of which there is no row: nothing was recorded, or no source seen, as hourly tells.
function filled(found) {
  const recorded = new Map((table('hourly')?.rows ?? []).map((row) => [row[0], row[1] !== '']));
  if (found.length === 0) return found;
  const hourly = found[0].time.length > 10;
  const step = hourly ? 3600 : 86400;
  const times = new Map(found.map((frame) => [frame.time, frame]));
  let first = seconds(found[0].time);
  let last = seconds(found[found.length - 1].time);
  if (hourly)    // of the same day, what hourly has
    for (const time of recorded.keys())
      if (time.slice(0, 10) === found[0].time.slice(0, 10)) {
        first = Math.min(first, seconds(time));
        last = Math.max(last, seconds(time));
      }
  const all = [];
  for (let second = first; second <= last; second += step) {
    const iso = new Date(second * 1e3).toISOString();
    const time = hourly ? `${iso.slice(0, 19)}Z` : iso.slice(0, 10);
    all.push(times.get(time) ?? { time, values: new Map(), missing: !(hourly && recorded.get(time)) });
  }
  return all;
}

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

export function draw(figure) {
  const column = figure.dataset.map;
  const unit = column === 'per_million' ? 'sources per million addresses' : 'sources';
  // Below 10 two digits count, so that no rate is rounded to 0.
  const told = (value) => (value < 10 ? value.toLocaleString('en-US', { maximumSignificantDigits: 2 }) : shown(value, column === 'per_million' ? 1 : 0));
  const spans = [['country_window', 'By hour'], ['country_daily', 'All days, the mean hour of each']].filter(([name]) => table(name));
  if (spans.length === 0) return;
  outlines ??= lands.map(({ land, code }) => ({ code, d: path(land) }));

  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', figure.querySelector('img').alt);
  const shapes = outlines.map(({ code, d }) => {
    const shape = document.createElementNS(SVG, 'path');
    shape.setAttribute('d', d);
    shape.dataset.country = code;
    svg.append(shape);
    return shape;
  });
  const tip = make('div', { className: 'tip', hidden: true });
  const play = make('button', { type: 'button', className: 'play', textContent: '▶ Play' });
  const slider = make('input', { type: 'range', min: 0, step: 1, value: 0 });
  slider.setAttribute('aria-label', 'Time');
  const clock = make('output', { className: 'clock' });
  const back = make('button', { type: 'button', textContent: '◀', title: 'One step back' });
  const forth = make('button', { type: 'button', textContent: '▶', title: 'One step on' });
  for (const step of [back, forth]) step.setAttribute('aria-label', step.title);
  const speed = make('select', {}, ...[0.5, 1, 2, 4].map((factor) => make('option', { value: factor, textContent: `speed ×${factor}`, selected: factor === 1 })));
  speed.setAttribute('aria-label', 'Speed');
  const loop = make('input', { type: 'checkbox' });
  const save = make('button', { type: 'button', textContent: 'Save SVG' });
  const choice = make('select', {}, ...spans.map(([name, label]) => make('option', { value: name, textContent: label })));
  choice.setAttribute('aria-label', 'Which times');
  const legend = make('div', { className: 'legend' });
  const most = make('ol', { className: 'most' });
  const stage = make('div', { className: 'stage' }, svg, tip);
  figure.querySelector('.chart').append(
    make('div', { className: 'bar' }, play, back, forth, slider, clock), stage,
    make('div', { className: 'bar' }, speed, make('label', {}, loop, ' loop'), ...(spans.length > 1 ? [choice] : []), save), legend, most);
  figure.classList.add('live');

  let all = [];
  let top = 1;
  let bottom = 1;
  let timer = null;
  let untouched = true;

  // Bins of equal width on a logarithmic scale, the same for all frames, so that colours can be compared.
  const binOf = (value) => (value <= 0 ? -1 : Math.max(0, Math.min(BINS - 1,
    Math.floor((Math.log(value / bottom) / Math.log(top / bottom)) * BINS))));
  function show() {
    const frame = all[Number(slider.value)];
    if (!frame) return;
    clock.textContent = frame.time.length > 10 ? `${frame.time.slice(0, 10)} ${frame.time.slice(11, 16)} UTC` : frame.time;
    if (frame.missing) clock.textContent += ': nothing recorded';
    slider.setAttribute('aria-valuetext', clock.textContent);
    stage.classList.toggle('unrecorded', Boolean(frame.missing));
    for (const shape of shapes) {
      const value = frame.values.get(shape.dataset.country);
      shape.setAttribute('class', value === undefined || binOf(value) < 0 ? 'none' : `q${binOf(value)}`);
    }
    const order = [...frame.values].filter(([code]) => code.length === 2 && code !== 'ZZ').sort((a, b) => b[1] - a[1]).slice(0, 8);
    most.replaceChildren(...order.map(([code, value]) => make('li', { textContent: `${nameOf(code)} ${told(value)}` })));
    const few = frame.values.get('few');
    if (column === 'sources' && few !== undefined)
      most.append(make('li', { className: 'unknown', textContent: `too few each to be told ${shown(few)}` }));
    const unknown = frame.values.get('ZZ');
    if (column === 'sources' && unknown !== undefined)
      most.append(make('li', { className: 'unknown', textContent: `unknown ${shown(unknown)}` }));
  }
  function choose() {
    all = frames(choice.value, column);
    const values = all.flatMap((frame) => [...frame.values].filter(([code]) => code.length === 2 && code !== 'ZZ').map(([, value]) => value));
    top = values.reduce((a, b) => Math.max(a, b), 0) || 1;
    const least = values.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), top);
    bottom = Math.max(least, top / 1e5);
    top = top > bottom ? top : bottom * 10;
    slider.max = all.length - 1;
    // It opens on the time of most, as the picture.
    const sums = all.map((frame) => [...frame.values.values()].reduce((a, b) => a + b, 0));
    slider.value = sums.indexOf(Math.max(...sums));
    untouched = true;
    const edges = Array.from({ length: BINS }, (_, i) => bottom * (top / bottom) ** (i / BINS));
    legend.replaceChildren(...edges.map((edge, i) => make('span', { className: 'key' },
      make('i', { className: `q${i}` }), `from ${Number(edge.toPrecision(2)).toLocaleString('en-US')}`)), make('span', { textContent: `${unit}, log scale; grey: none${column === 'per_million' ? ', or fewer than 100,000 addresses' : ''}` }));
    show();
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = '▶ Play';
  }
  const isAtEnd = () => Number(slider.value) >= all.length - 1;
  const go = (to) => { untouched = false; slider.value = to; show(); };
  function start() {
    clearInterval(timer);
    play.textContent = '❚❚ Pause';
    timer = setInterval(() => {
      go(isAtEnd() ? 0 : Number(slider.value) + 1);
      if (isAtEnd() && !loop.checked) stop();
    }, (all.length > 100 ? 120 : 500) / Number(speed.value));
  }
  play.addEventListener('click', () => {
    if (timer) { stop(); return; }
    go(untouched || isAtEnd() ? 0 : Number(slider.value));
    start();
  });
  back.addEventListener('click', () => { stop(); go(Math.max(0, Number(slider.value) - 1)); });
  forth.addEventListener('click', () => { stop(); go(Math.min(all.length - 1, Number(slider.value) + 1)); });
  speed.addEventListener('change', () => { if (timer) start(); });
  save.addEventListener('click', () => {
    const url = URL.createObjectURL(new Blob([picture()], { type: 'image/svg+xml' }));
    make('a', { href: url, download: `${figure.id}-${all[Number(slider.value)].time.replaceAll(':', '')}.svg` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  });
  // The map as it is seen, as a file of its own: with its colours, the time and the classes.
  function picture() {
    const copy = svg.cloneNode(true);
    const text = (words, x, y) => {
      const element = document.createElementNS(SVG, 'text');
      for (const [name, value] of Object.entries({ x, y, 'font-family': 'sans-serif', 'font-size': 13, fill: '#222' })) element.setAttribute(name, value);
      element.textContent = words;
      copy.append(element);
    };
    copy.setAttribute('xmlns', SVG);
    copy.setAttribute('viewBox', `0 -24 ${WIDTH} ${HEIGHT + 60}`);
    shapes.forEach((shape, i) => {
      const style = getComputedStyle(shape);
      copy.children[i].setAttribute('fill', style.fill);
      copy.children[i].setAttribute('stroke', style.stroke);
      copy.children[i].setAttribute('stroke-width', 0.4);
    });
    text(`${figure.previousElementSibling.textContent}: ${clock.textContent}`, 6, -8);
    legend.querySelectorAll('.key').forEach((key, i) => {
      const box = document.createElementNS(SVG, 'rect');
      for (const [name, value] of Object.entries({ x: 6 + 105 * i, y: HEIGHT + 8, width: 18, height: 12, fill: getComputedStyle(key.firstChild).backgroundColor })) box.setAttribute(name, value);
      copy.append(box);
      text(key.textContent, 28 + 105 * i, HEIGHT + 19);
    });
    text(unit, 6, HEIGHT + 34);
    return new XMLSerializer().serializeToString(copy);
  }
  slider.addEventListener('input', () => { untouched = false; stop(); show(); });
  choice.addEventListener('change', () => { stop(); choose(); });
  const over = (event) => {
    const code = event.target.dataset?.country;
    tip.hidden = !code;
    if (!code) return;
    const value = all[Number(slider.value)]?.values.get(code);
    tip.textContent = `${nameOf(code)}: ${value === undefined ? (column === 'sources' ? '0' : 'no rate') : told(value)}`;
    const box = stage.getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX - box.left + 12, box.width - 150)}px`;
    tip.style.top = `${event.clientY - box.top + 12}px`;
  };
  svg.addEventListener('pointermove', over);
  svg.addEventListener('pointerdown', over);
  svg.addEventListener('pointerleave', () => { tip.hidden = true; });
  choose();
}
