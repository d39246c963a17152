// SPDX-License-Identifier: BSD-2-Clause
// What a chart draws, made of the tables: curves that break where nothing was recorded, values that are too low or may
// belong to a gap as points of their own, and what was recorded of each time.
import { number, seconds, table } from './csv.js';

// What was not recorded whole looks as in the pictures (figure.c).
export const LOOKS = { missing: 'nothing recorded', damaged: 'damaged, too low', partial: 'recorded in part, too low' };
// So many times more or fewer /16s, and another part of the telescope was recorded (curves.c).
const CHANGE = 4;

// Status by time, of a table or, where that has none, of the hours.
const statuses = new WeakMap();
function statusOf(name) {
  const found = table(name);
  if (found && !statuses.has(found)) {
    const at = found.header.indexOf('status');
    statuses.set(found, at >= 0 ? new Map(found.rows.map((row) => [seconds(row[0]), row[at]])) : null);
  }
  return statuses.get(found) ?? (name === 'hourly' ? null : statusOf('hourly'));
}

// Times at which the recorded part of the telescope changed.
const changesOf = new WeakMap();
export function lensChanges() {
  const lens = table('lens');
  if (!lens) return [];
  if (changesOf.has(lens)) return changesOf.get(lens);
  const changes = [];
  let before = 0;
  for (const row of lens.rows) {
    if (row[2] === '') continue;
    const networks = Number(row[2]) + Number(row[3]);
    if (before > 0 && (networks >= CHANGE * before || networks * CHANGE <= before)) changes.push(seconds(row[0]));
    before = networks;
  }
  changesOf.set(lens, changes);
  return changes;
}

// Wilson's interval at 95 %, in percent.
function wilson(k, n) {
  const z2 = 1.96 ** 2;
  const middle = (k + z2 / 2) / (n + z2);
  const half = Math.sqrt(z2 * ((k * (n - k)) / n + z2 / 4)) / (n + z2);
  return [100 * (middle - half), 100 * (middle + half)];
}

// The shares of bins joined until they hold enough cases. What is left at a gap or the end is joined to the bin before; only
// a stretch with too few cases in all has a bin with fewer.
function shares(chart, times, rows, at) {
  const [k, n] = chart.share.map(at);
  const bins = [];
  let open = null;
  let full = null;
  const end = () => {
    if (open && full) {
      full.k += open.k;
      full.n += open.n;
      bins.pop();
    }
    open = full = null;
  };
  rows.forEach((row, i) => {
    if (row[n] === '') {
      end();
      bins.push({ time: times[i], k: 0, n: 0 });
      return;
    }
    if (!open) bins.push(open = { time: times[i], k: 0, n: 0 });
    open.k += Number(row[k]);
    open.n += Number(row[n]);
    if (open.n >= chart.cases) { full = open; open = null; }
  });
  end();
  const bounds = bins.map((bin) => (bin.n ? wilson(bin.k, bin.n) : [null, null]));
  return [bins.map((bin) => bin.time), bins.map((bin) => (bin.n ? (100 * bin.k) / bin.n : null)),
    bounds.map((pair) => pair[0]), bounds.map((pair) => pair[1])];
}

// Stretches that were not recorded whole, as [from, until, look].
function shade(times, looks, step) {
  const found = [];
  times.forEach((time, i) => {
    const until = i + 1 < times.length ? times[i + 1] : time + step;
    const last = found[found.length - 1];
    if (!looks[i]) return;
    if (last && last[1] === time && last[2] === looks[i]) last[1] = until;
    else found.push([time, until, looks[i]]);
  });
  return found;
}

// A value of nothing at each time that a curve must not cross. `steps` columns, curves and bounds, have their last value at the
// end once more: uPlot draws it on until there, but for what was not recorded.
function broken(columns, breaks, end, steps) {
  const times = [];
  const places = [];
  columns[0].forEach((time, i) => {
    if (i && breaks.includes(time)) { times.push(time - 1); places.push(-1); }
    times.push(time);
    places.push(i);
  });
  times.push(end);
  places.push(-1);
  const last = columns.slice(1).map((column, k) => (k < steps ? column.findLast((value) => value !== null) ?? null : null));
  return [times, ...columns.slice(1).map((column, k) => places.map((i, at) => (i >= 0 ? column[i] : at === places.length - 1 ? last[k] : null)))];
}

// The rows of a chart of several lists: one of each hour, and of each list its row by the time.
function byList(chart, { header, rows }, from, until) {
  const at = header.indexOf(chart.by);
  const lists = new Map();
  const times = new Map();
  for (const [hour] of table('hourly')?.rows ?? []) if (seconds(hour) >= from && seconds(hour) < until) times.set(hour, [hour, '']);
  for (const row of rows) {
    if (!lists.has(row[at])) lists.set(row[at], new Map());
    lists.get(row[at]).set(row[0], row);
    if (!times.has(row[0]) || times.get(row[0])[1] === '') times.set(row[0], row);
  }
  return { lists, rows: [...times.keys()].sort().map((time) => times.get(time)) };
}

// { columns: times, then curves and bounds; labels of point series at the end; shading }
export function seriesOf(chart, from, until) {
  const found = table(chart.table);
  const { header } = found;
  const { lists, rows: all } = chart.by ? byList(chart, found, from, until) : found;
  const at = (name) => header.indexOf(name);
  const allTimes = all.map((row) => seconds(row[0]));
  const places = [...all.keys()].filter((i) => allTimes[i] >= from && allTimes[i] < until);
  const rows = places.map((i) => all[i]);
  const times = places.map((i) => allTimes[i]);
  const status = statusOf(chart.table);
  const lookAt = (i) => {
    const said = status?.get(times[i]) ?? (rows[i][1] === '' ? 'missing' : 'whole');
    return said in LOOKS ? said : null;
  };
  const looks = times.map((_, i) => lookAt(i));
  const shading = shade(times, looks, chart.step);
  if (chart.share) return { columns: broken(shares(chart, times, rows, at), [], until, 3), points: [], shading };
  const other = chart.curves.some((curve) => curve.of) ? new Map(table('hourly').rows.map((row) => [row[0], row[1]])) : null;
  const rowsAt = new Map();
  if (chart.curves.some((curve) => curve.sum))
    for (const row of found.rows) rowsAt.set(row[0], [...rowsAt.get(row[0]) ?? [], row]);
  const sumAt = (curve, time) => (rowsAt.has(time) ? curve.sum(rowsAt.get(time)) : null);
  const valueOf = (curve, i) => (curve.sum ? sumAt(curve, rows[i][0]) : number(
    curve.of ? other.get(rows[i][0]) : curve.list ? lists.get(curve.list)?.get(rows[i][0])?.[at(curve.name)] : rows[i][at(curve.name)]));
  const isAfterGap = (i) => places[i] > 0 && all[places[i] - 1][1] === '';
  const apart = (curve, i) => looks[i] || (curve.afterGap && (isAfterGap(i) || (curve.first && places[i] === 0)));
  const columns = [times];
  for (const curve of chart.curves) columns.push(times.map((_, i) => (apart(curve, i) ? null : valueOf(curve, i))));
  for (const name of chart.range ?? []) columns.push(rows.map((row, i) => (looks[i] ? null : number(row[at(name)]))));
  const points = [];
  for (const curve of chart.curves) {
    const values = times.map((_, i) => (apart(curve, i) ? valueOf(curve, i) : null));
    if (values.every((value) => value === null)) continue;
    columns.push(values);
    points.push({ label: `${curve.label}, ${curve.afterGap ? 'in part or after a gap' : 'in part'}`, colour: curve.colour });
  }
  return { columns: broken(columns, lensChanges(), until, chart.curves.length + (chart.range ?? []).length), points, shading };
}
