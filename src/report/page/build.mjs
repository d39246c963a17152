// Bundles the page's script, with its libraries and the outlines of countries, into one file:
//   node build.mjs OUT.js      with the libraries in ./node_modules of the folder that it is called in
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const libraries = path.join(process.cwd(), 'node_modules');
const { build } = createRequire(path.join(libraries, 'package.json'))('esbuild');

await build({
  entryPoints: [path.join(here, 'main.js')],
  outfile: process.argv[2],
  nodePaths: [libraries],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  charset: 'ascii',          // the page that it is put into may be read in any encoding
  legalComments: 'eof',
  loader: { '.css': 'text' },
  logLevel: 'warning',
});
