// SPDX-License-Identifier: BSD-2-Clause
// What the browser's checks share: a page opened from disk as a person would, and one line a check.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.cwd(), 'node_modules', 'package.json'));
const { chromium } = require('playwright-core');
export const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let failed = 0;
export function check(what, good, told = '') {
  console.log(`${good ? 'ok' : 'FAILED'}  ${what}${good ? '' : `: ${told}`}`);
  failed += good ? 0 : 1;
}
export function finish() {
  console.log(failed ? `\n${failed} failed` : '\nall good');
  process.exit(failed ? 1 : 0);
}

const [report, tables] = process.argv.slice(2);
export const size = fs.statSync(report).size;
const url = pathToFileURL(path.resolve(report)).href;

// A table's header and rows, read anew.
export const rows = (name) => fs.readFileSync(path.join(tables, `${name}.csv`), 'ascii').trim().split('\n').map((line) => line.split(','));
export const has = (name) => fs.existsSync(path.join(tables, `${name}.csv`));

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, timeout: 300000,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

export async function open(options, hash = '') {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(300000);    // so long that only what never comes fails, on a busy machine too
  const page = await context.newPage();
  const said = [];
  const asked = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => { if (!/^(data|blob):/.test(request.url()) && request.url().split('#')[0] !== url) asked.push(request.url()); });
  await page.goto(url + hash);
  await page.waitForSelector('html.scripted');
  return { context, page, said, asked };
}
