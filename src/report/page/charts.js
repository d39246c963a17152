// SPDX-License-Identifier: BSD-2-Clause
// What each live chart shows: its table, its curves, its axis, and in words what differs from the picture. The span is the
// picture's (data-from, data-until of the figure).

import { table } from './csv.js';

const HOUR = 3600;
const DAY = 86400;
const column = (label, name, colour) => ({ label, name, colour });
const STEPS = 'Each hour is a step from its beginning to its end.';
const FLAWED = 'Hours that were not recorded whole are points, as they are too low.';

export const charts = {
  'figure-1-daily': {
    table: 'daily', step: DAY, axis: 'unique sources per day', log: true, curves: [column('sources', 'sources', 0)],
    published: [['S16a', Date.UTC(2009, 0, 25) / 1000]],
    caption: `Unique sources per day. Each day is a step. Days that were not recorded whole are points, as they are too low.`,
  },
  'figure-1-hourly': {
    table: 'hourly', step: HOUR, axis: 'unique sources per hour', log: true, curves: [column('sources', 'sources', 0)],
    published: [['S6c', Date.UTC(2008, 10, 21, 17) / 1000], ['S7c', Date.UTC(2008, 11, 1, 14) / 1000]],
    caption: `Unique sources per hour. ${STEPS} ${FLAWED}`,
  },
  'figure-2-first-day': {
    table: 'first_day', step: HOUR, axis: 'unique sources per hour', dots: true, published: [['S6c', Date.UTC(2008, 10, 21, 17) / 1000]],
    curves: [column('sources', 'sources', 0), { ...column('new since midnight', 'new_sources', 1), afterGap: true }],
    caption: `Unique sources in each hour, and those of them that were not seen since midnight. ${STEPS} ${FLAWED} What is new in the first hour after a gap may have come in the gap: it is a point too.`,
  },
  'figure-3-diurnal': {
    table: 'hourly', step: HOUR, axis: 'unique sources per hour', curves: [column('sources', 'sources', 0)],
    caption: `Unique sources per hour over these days; the picture has the mean of each hour of the day too. ${STEPS} ${FLAWED}`,
  },
  'figure-4-december': {
    table: 'lens', step: HOUR, axis: 'unique sources per hour', log: true, logged: true, curves: [column('sources', 'sources', 0)],
    caption: `Unique sources per hour; the picture shows too how many /16s packets went to. ${STEPS} ${FLAWED}`,
  },
  'figure-6-reachable': {
    table: 'reachable', step: 600, axis: 'share that is reachable', percent: true, share: ['new_reachable', 'new_sources'],
    cases: 30, curves: [{ label: 'reachable share', colour: 0 }], level: { value: 25, label: '25 %: all addresses alike' },
    caption: 'Of the sources first seen since midnight, the share whose address the worm’s random scan can reach, with Wilson’s 95 % interval. Bins of ten minutes are joined until they hold 30 sources; what is left at a gap or the end is joined to the bin before.',
  },
  'figure-11-new-sources': {
    table: 'new_sources', step: HOUR, axis: 'new sources per hour', log: true,
    curves: [{ ...column('new sources', 'new_sources', 0), afterGap: true, first: true }],
    caption: `Sources never seen before in these data, by the hour; the picture shows their sum too. ${FLAWED} What is new in the first hour, or in the first after a gap, may have come before: it is a point too.`,
  },
  'figure-13-population': {
    table: 'population', step: HOUR, axis: 'sources per hour', log: true, range: ['worm_sources_low', 'worm_sources_high'],
    curves: [column('the worm’s, estimated', 'worm_sources', 0), column('by evidence alone', 'evidence', 1),
      { ...column('all sources', 'sources', 2), of: 'hourly' }],
    caption: `All sources of each hour, and how many of them are the worm’s, with a 95 % band. ${FLAWED}`,
  },
  'figure-15-overlap': {
    table: 'overlap_hourly', step: HOUR, axis: 'unique sources per hour', log: true, by: 'list', curves: listCurves,
    caption: `Our sources of each hour, and how many of them are in the other list, for each list; the picture has the share too. ${FLAWED}`,
  },
  'figure-16-networks': {
    table: 'networks_window', step: HOUR, axis: 'unique sources per hour', log: true, logged: true, by: 'network',
    curves: () => placeCurves('sources', true), digits: 0,
    caption: `Unique sources of each hour by the network that announced their address, for the networks with the most; of all others together, and at addresses that nobody announced. ${STEPS} ${FLAWED}`,
  },
  'figure-17-networks-per-thousand': {
    table: 'networks_window', step: HOUR, axis: 'sources per thousand addresses', log: true, logged: true, by: 'network',
    curves: () => placeCurves('per_thousand', false), digits: 6,
    caption: `Unique sources of each hour per thousand of the addresses that the network announced, for the networks with the most. ${STEPS} ${FLAWED}`,
  },
  'figure-18-tools': {
    table: 'tools', step: HOUR, axis: 'scans per hour', log: true, by: 'sign', digits: 6,
    choices: [['zmap', 'ZMap'], ['masscan', 'masscan'], ['mirai', 'Mirai'], ['land', 'land'], ['ttl_200', 'TTL of 200 or more'],
      ['reserved', 'reserved source'], ['unallocated', 'unallocated source']],
    curves: (sign) => [{ ...column('scans', 'scans', 0), list: sign }, { ...column('by chance', 'expected', 1), list: sign }],
    caption: `The scans of each hour with the sign that is chosen, and how many of the hour’s scans have it by chance. ${STEPS} ${FLAWED}`,
  },
};

// Ours, once for all lists that were compared with the same sources, and what each list has of them.
const LISTS = 4;
function listCurves() {
  const whole = table('overlap');
  const at = (row, name) => row[whole.header.indexOf(name)];
  const asked = (row) => ['since', 'until', 'rule'].map((name) => at(row, name)).join();
  return (whole?.rows ?? []).slice(0, LISTS).flatMap((row, i, all) => {
    const of = at(row, 'list');
    const name = of.split(':')[0];
    const both = { ...column(`also in ${name}`, 'both', i + 1), list: of };
    if (i && asked(row) === asked(all[0])) return [both];
    return [{ ...column(i ? `ours, for ${name}` : 'ours', 'ours', 0), list: of }, both];
  });
}

// The networks with the most in an hour, then all others, and the addresses that nobody announced, as in the picture
// (day_curves.c).
const PLACES = 8;
const UNKNOWN = 'none';
const NO_NETWORK = [UNKNOWN, 'others', 'few'];
function placeCurves(name, rest) {
  const { header, rows } = table('networks_window');
  const at = header.indexOf(name);
  const most = new Map();
  for (const row of rows)
    if (!NO_NETWORK.includes(row[1]) && row[at] !== '') most.set(row[1], Math.max(most.get(row[1]) ?? 0, Number(row[at])));
  const shown = [...most].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, PLACES).map(([network]) => network);
  const curves = shown.map((network, i) => ({ ...column(`AS ${network}`, name, i), list: network }));
  if (!rest) return curves;
  const sum = (of) => (all) => all.filter(of).reduce((total, row) => total + Number(row[at]), 0);
  return [...curves, { ...column('others', name, PLACES), dash: [6, 4], sum: sum((row) => row[1] !== UNKNOWN && !shown.includes(row[1])) },
    { ...column('unknown', name, PLACES + 1), dash: [2, 3], sum: sum((row) => row[1] === UNKNOWN) }];
}
