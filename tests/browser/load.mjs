// SPDX-License-Identifier: BSD-2-Clause
// A page of many hours: how large it is, and that it opens without a word and without a network:
//   node load.mjs REPORT.html TABLES-FOLDER      with playwright-core in ./node_modules
// Prints the processor time of the page's thread when it is opened once more, and the clock's, which are no checks:
// docs/decisions/report-page.md has a number.
import { browser, check, finish, open, size } from './browser.mjs';

check('the page is under 6 MB', size < 6e6, `${size} bytes`);
const { context, page, said, asked } = await open({ viewport: { width: 1280, height: 900 } });
const drawn = await page.evaluate(() => document.querySelectorAll('figure.live').length);
check('it has live charts', drawn > 5, `${drawn}`);
check('no word on the console', said.length === 0, said.join('; '));
check('no request to any network', asked.length === 0, asked.join('; '));
const devtools = await context.newCDPSession(page);
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
await page.reload();
await page.waitForSelector('html.scripted');
const { metrics } = await devtools.send('Performance.getMetrics');
const { value } = metrics.find(({ name }) => name === 'TaskDuration');
const [loaded, seen] = await page.evaluate(() => [performance.getEntriesByType('navigation')[0].loadEventEnd,
  performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0]);
console.log(`loaded after ${(loaded / 1e3).toFixed(2)} s, first words after ${(seen / 1e3).toFixed(2)} s by the clock`);
console.log(`${(size / 1e6).toFixed(1)} MB, ${drawn} live figures, ${value.toFixed(2)} s of processor time`);
await context.close();
await browser.close();
finish();
