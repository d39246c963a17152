// SPDX-License-Identifier: BSD-2-Clause
// The report page's script. Without it the page is whole, but its figures are pictures.
import uplotStyle from 'uplot/dist/uPlot.min.css';
import { draw as drawChart } from './chart.js';
import { draw as drawMap } from './map.js';
import { table } from './csv.js';
import { startPorts } from './ports.js';

const ROWS = 200;    // of a table that are laid out; the rest is a click away

function showTable(details) {
  const { header, rows, text } = table(details.dataset.table);
  const element = document.createElement('table');
  const cells = (row, name) => {
    const line = document.createElement('tr');
    for (const cell of row) line.append(Object.assign(document.createElement(name), { textContent: cell }));
    return line;
  };
  const body = document.createElement('tbody');
  body.append(...rows.slice(0, ROWS).map((row) => cells(row, 'td')));
  const head = document.createElement('thead');
  head.append(cells(header, 'th'));
  element.append(head, body);
  const scroll = Object.assign(document.createElement('div'), { className: 'scroll', tabIndex: 0 });
  scroll.append(element);
  const bar = Object.assign(document.createElement('p'), { className: 'bar' });
  if (rows.length > ROWS) {
    const more = Object.assign(document.createElement('button'), { type: 'button', textContent: `Show all ${rows.length.toLocaleString('en-US')} rows` });
    more.addEventListener('click', () => {
      body.append(...rows.slice(ROWS).map((row) => cells(row, 'td')));
      more.remove();
    });
    bar.append(more);
  }
  const save = Object.assign(document.createElement('a'), {
    textContent: 'Save as CSV', download: `${details.dataset.table}.csv`,
    href: URL.createObjectURL(new Blob([text.trimStart()], { type: 'text/csv' })),
  });
  bar.append(save);
  details.append(bar, scroll);
}

document.head.prepend(Object.assign(document.createElement('style'), { textContent: uplotStyle }));
startPorts(() => {
  for (const figure of document.querySelectorAll('figure[id]')) (figure.dataset.map ? drawMap : drawChart)(figure);
  for (const details of document.querySelectorAll('details[data-table]'))
    details.addEventListener('toggle', () => { if (details.open && !details.querySelector('table')) showTable(details); });
});
// A link to a table opens it.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  if (target?.matches('details')) target.open = true;
  target?.scrollIntoView();
}
window.addEventListener('hashchange', openTarget);
document.documentElement.classList.add('scripted');
if (window.location.hash) openTarget();
