// SPDX-License-Identifier: BSD-2-Clause
// A page of several ports: the choice of the port, links to a port and to a figure, and each port's charts against its own
// tables:
//   node ports.mjs REPORT.html TABLES-FOLDER PORT...      with playwright-core in ./node_modules
// Prints one line a check; ends with 1 if one failed.
import { browser, check, finish, open, rows } from './browser.mjs';

const ports = process.argv.slice(4);
const viewport = { width: 1100, height: 900 };
const current = (page) => page.$$eval('#ports a[aria-current]', (all) => all.map((one) => one.dataset.port).join());

// The values of the chart of hours, in the curve or apart from it, by the text of the table.
async function checkHours(page, port, how) {
  check(`${how}: ${port} is the one that is chosen`, (await current(page)) === port, await current(page));
  const drawn = await page.$eval('#figure-1-hourly', ({ plot }) => plot.data);
  const [header, ...lines] = rows(`${port}/hourly`);
  const at = header.indexOf('sources');
  const wrong = lines.filter((line) => {
    const i = drawn[0].indexOf(Date.parse(line[0]) / 1000);
    const got = drawn.slice(1).map((column) => column[i]).find((value) => value !== null && value !== undefined) ?? '';
    return i < 0 ? line[at] !== '' : String(got) !== line[at];
  });
  check(`${how}: the chart of ${port} has the values of its table`, lines.length > 2 && wrong.length === 0, wrong.slice(0, 3).join('; '));
  const names = await page.$$eval('[id]', (all) => all.map((one) => one.id));
  check(`${how}: no name is there twice`, new Set(names).size === names.length);
  const foreign = await page.$$eval('.links a[href^="tables/"]', (all) => all.map((one) => one.getAttribute('href')));
  check(`${how}: links lead to files of ${port}`, foreign.length > 0 && foreign.every((href) => href.startsWith(`tables/${port}/`)), foreign.join());
}

{
  const { context, page, said, asked } = await open({ viewport });
  await checkHours(page, ports[0], 'as opened');
  for (const port of [...ports.slice(1), ...ports]) {
    await page.locator(`#ports a[data-port="${port}"]`).click();
    await checkHours(page, port, 'a click');
    check('the address has the port', page.url().endsWith(`#port-${port}`), page.url());
  }
  check('no word on the console', said.length === 0, said.join('; '));
  check('no request to any network', asked.length === 0, asked.join('; '));
  await context.close();
}
for (const port of ports) {
  const { context, page } = await open({ viewport }, `#port-${port}`);
  await checkHours(page, port, 'a link to the port');
  await context.close();
}
{
  const { context, page } = await open({ viewport }, '#port-1');
  await checkHours(page, ports[0], 'a link to a port that is not there');
  await context.close();
}
{
  const { context, page } = await open({ viewport }, '#figure-1-hourly');
  const { top } = await page.$eval('#figure-1-hourly', (figure) => figure.getBoundingClientRect());
  check('a link to a figure opens there', top > -5 && top < 900, `${top}`);
  await context.close();
}
await browser.close();
finish();
