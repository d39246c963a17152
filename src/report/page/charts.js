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
