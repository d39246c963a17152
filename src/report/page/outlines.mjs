// SPDX-License-Identifier: BSD-2-Clause
// Writes the outlines of countries that gnuplot's maps are made of, ../outlines.csv:
//   node outlines.mjs ../outlines.csv      with the libraries in ./node_modules of the folder that it is called in
// Natural Earth at 1:50 million, public domain, on the Equal Earth projection, as whole numbers from 0 to 4000 across.
// Points that lie within three eighths of a pixel of the line without them, on a map 960 pixels wide, are left out.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.cwd(), 'node_modules', 'package.json'));
const { geoEqualEarth, geoPath } = await import(pathToFileURL(require.resolve('d3-geo')).href);
const { feature } = require('topojson-client');
const world = require('world-atlas/countries-50m.json');
const codes = require('i18n-iso-countries/codes.json');

const WIDTH = 4000;
const NEAR = 1.5;       // units
const RING_MIN = 16;    // square units: a pixel; a country's largest ring stays
const alpha2 = new Map(codes.map(([two, , numeric]) => [numeric, two]));

// Antarctica only takes room. Lands without a code of their own are drawn, and never filled.
const lands = feature(world, world.objects.countries).features
  .map((land) => ({ land, code: alpha2.get(String(land.id).padStart(3, '0')) ?? '--' }))
  .filter(({ code }) => code !== 'AQ');
const all = { type: 'FeatureCollection', features: lands.map(({ land }) => land) };
const projection = geoEqualEarth().fitWidth(WIDTH, all);
const draw = geoPath(projection).digits(2);
const bottom = geoPath(projection).bounds(all)[1][1];

function area(ring) {
  return ring.reduce((sum, [x, y], i) => {
    const [u, v] = ring[(i + 1) % ring.length];
    return sum + (x * v - u * y) / 2;
  }, 0);
}

// Douglas and Peucker's: keeps the ends, and of what lies between them the farthest point if it is far enough.
function thin(points) {
  const [[ax, ay], [bx, by]] = [points[0], points[points.length - 1]];
  const length = Math.hypot(bx - ax, by - ay);
  let far = 0;
  let at = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i];
    const away = length ? Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length : Math.hypot(x - ax, y - ay);
    if (away > far) [far, at] = [away, i];
  }
  return far > NEAR ? [...thin(points.slice(0, at + 1)).slice(0, -1), ...thin(points.slice(at))] : [points[0], points[points.length - 1]];
}

// A ring has no ends: it is cut at its first point and at the one farthest from it.
function thinRing(ring) {
  const away = ring.map(([x, y]) => Math.hypot(x - ring[0][0], y - ring[0][1]));
  const at = away.indexOf(Math.max(...away));
  const kept = [...thin(ring.slice(0, at + 1)).slice(0, -1), ...thin([...ring.slice(at), ring[0]]).slice(0, -1)];
  const rounded = kept.map(([x, y]) => [Math.round(x), Math.round(bottom - y)]);
  return rounded.filter(([x, y], i) => { const [u, v] = rounded[(i + 1) % rounded.length]; return x !== u || y !== v; });
}

// The path's rings run clockwise on the screen, holes the other way: these are other countries, drawn over it.
const countries = lands.map(({ land, code }) => {
  const rings = draw(land).split('M').slice(1)
    .map((text) => text.replace('Z', '').split('L').map((pair) => pair.split(',').map(Number)))
    .map((ring) => ({ ring, area: area(ring) }))
    .filter((one) => one.area > 0).sort((a, b) => b.area - a.area);
  const [x, y] = geoPath(projection).centroid(land);
  return { code, rings, centre: [Math.round(x), Math.round(bottom - y)], area: rings.reduce((sum, one) => sum + one.area, 0) };
}).filter(({ rings }) => rings.length > 0).sort((a, b) => b.area - a.area);

// One block a country, larger ones first, as what lies inside of another is drawn over it; empty lines part its rings.
const blocks = countries.map(({ code, rings, centre, area: whole }) => {
  const lines = rings.filter((one, i) => i === 0 || one.area >= RING_MIN).map(({ ring }) => thinRing(ring))
    .filter((ring) => ring.length > 2).map((ring) => ring.map(([x, y]) => `${x},${y}\n`).join(''));
  const [x, y] = centre;
  return lines.length ? `# ${code} ${x} ${y} ${Math.round(whole)}\n${lines.join('\n')}` : `# ${code} ${x} ${y} ${Math.round(whole)}\n${x},${y}\n`;
});
fs.writeFileSync(process.argv[2], `# Outlines of countries: Natural Earth, 1:50 million, public domain; Equal Earth projection.
# Before each: its two-letter code (-- for none), its centre, its area.
${blocks.join('\n\n')}`);
