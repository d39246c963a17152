// SPDX-License-Identifier: BSD-2-Clause
// The tables that the page carries, each in a <script type="text/csv" id="table-NAME">.

export function parse(text) {
  const lines = text.trim().split('\n');
  const rows = lines.map((line) => (line.includes('"') ? quoted(line) : line.split(',')));
  return { header: rows[0], rows: rows.slice(1), text };
}

function quoted(line) {
  const fields = [];
  for (const [, open, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    fields.push(open === undefined ? plain : open.replaceAll('""', '"'));
  return fields;
}

const known = new Map();

// Tables are read anew: those of another port are shown.
export const forget = () => known.clear();

// A table by its name, or null.
export function table(name) {
  if (!known.has(name)) {
    const element = document.getElementById(`table-${name}`);
    known.set(name, element ? parse(element.textContent) : null);
  }
  return known.get(name);
}

export const seconds = (text) => Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text) / 1000;
export const number = (text) => (text === '' || text === undefined ? null : Number(text));
export const shown = (value, digits = 0) =>
  value === null || value === undefined ? '–' : value.toLocaleString('en-US', { maximumFractionDigits: digits });
