// SPDX-License-Identifier: BSD-2-Clause
// A page of several ports shows one of them. The others wait, each in a <template>, so that no name is there twice; what
// was shown waits as it was left.
import { forget } from './csv.js';

const portOf = (hash) => /^#port-(\d+)$/.exec(hash)?.[1];

// Calls `start` for what is shown now, and for each port when it is first shown.
export function startPorts(start) {
  const links = [...document.querySelectorAll('#ports a[data-port]')];
  const place = document.querySelector('div.port');
  start();
  if (!links.length || !place) return;
  let shown = links[0].dataset.port;
  const waiting = new Map();
  for (const template of document.querySelectorAll('template.port'))
    waiting.set(portOf(`#${template.id}`), { nodes: template.content, title: template.dataset.title, started: false });

  function show(port) {
    const next = waiting.get(port);
    if (!next) return;
    const nodes = document.createDocumentFragment();
    nodes.append(...place.childNodes);
    waiting.set(shown, { nodes, title: document.title, started: true });
    waiting.delete(port);
    place.append(next.nodes);
    document.title = next.title;
    shown = port;
    forget();
    for (const link of links)
      if (link.dataset.port === port) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    if (!next.started) start();
  }

  for (const link of links)
    link.addEventListener('click', (event) => {
      event.preventDefault();
      history.replaceState(null, '', link.hash);
      show(link.dataset.port);
    });
  window.addEventListener('hashchange', () => show(portOf(window.location.hash)));
  show(portOf(window.location.hash));
}
