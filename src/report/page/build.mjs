// SPDX-License-Identifier: BSD-2-Clause
// Bundles the page's script, with its libraries and the outlines of countries, into one file:
//   node build.mjs OUT.js      with the libraries in ./node_modules of the folder that it is called in
// The licences of the libraries go to notices.txt, and into a comment at the script's end.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const libraries = path.join(process.cwd(), 'node_modules');
const { build } = createRequire(path.join(libraries, 'package.json'))('esbuild');

const { metafile } = await build({
  entryPoints: [path.join(here, 'main.js')],
  outfile: process.argv[2],
  nodePaths: [libraries],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  charset: 'ascii',          // the page that it is put into may be read in any encoding
  legalComments: 'none',     // the whole licences follow
  metafile: true,
  loader: { '.css': 'text' },
  logLevel: 'warning',
});

const names = Object.keys(metafile.inputs)
  .map((file) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1])
  .filter((name) => name);
const notices = [...new Set(names)].sort().map((name) => {
  const folder = path.join(libraries, name);
  const { version, license, homepage } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = fs.readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (!file) throw new Error(`${name} has no licence file`);
  return `${name} ${version}, ${license}${homepage ? `, ${homepage}` : ''}\n\n${fs.readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
}).join(`\n${'-'.repeat(78)}\n\n`);
fs.writeFileSync('notices.txt', notices);
fs.appendFileSync(process.argv[2], `/*! Libraries in this script:\n\n${notices.replaceAll('*/', '* /').replace(/[^\x00-\x7f]/g, '?')}*/\n`);
