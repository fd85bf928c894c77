// Fetches the page when the server says that there is something new, and changes what differs; the server does the rendering.
"use strict";

const pollEvery = 2000; // where there is no stream of events
const reconnectAfter = 60000; // once the server has refused one
const unreachable = document.getElementById("unreachable");
let answered = new Date();
let stream = null;
let isFetching = false;
let isDue = false;
let poll = 0;

const keyOf = node => node.nodeType === Node.ELEMENT_NODE ? node.id || node.getAttribute("data-key") : null;

// Makes a part of the document like a fresh one. What is equal stays, and with it tooltips, focus and the place on the screen.
function update(now, fresh) {
  if (now.isEqualNode(fresh)) {
    return;
  }

  if (now.nodeType !== Node.ELEMENT_NODE) {
    now.data = fresh.data;
    return;
  }

  for (const { name } of [...now.attributes]) {
    if (!fresh.hasAttribute(name)) {
      now.removeAttribute(name);
    }
  }

  for (const { name, value } of fresh.attributes) {
    if (now.getAttribute(name) !== value) {
      now.setAttribute(name, value);
    }
  }

  const byKey = new Map([...now.children].filter(keyOf).map(child => [keyOf(child), child]));
  let at = now.firstChild;
  for (const child of [...fresh.childNodes]) {
    const key = keyOf(child);
    const known = key ? byKey.get(key) : at;
    if (!known || known.nodeName !== child.nodeName || (!key && keyOf(known))) {
      now.insertBefore(child, at);
      continue;
    }

    if (known === at) {
      at = at.nextSibling;
    } else {
      now.insertBefore(known, at);
    }

    update(known, child);
  }

  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function show(fresh) {
  const main = document.querySelector("main");
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const address = focused?.getAttribute("href");
  update(main, fresh.querySelector("main"));
  document.title = fresh.title;
  if (focused && (document.activeElement !== focused || focused.getAttribute("href") !== address)) {
    const moved = [...main.querySelectorAll("a")].find(link => link.getAttribute("href") === address);
    (moved ?? (focused.isConnected ? focused : null))?.focus({ preventScroll: true });
  }
}

const isSelecting = () => !(document.getSelection()?.isCollapsed ?? true);

async function refresh() {
  if (isFetching || isSelecting() || document.hidden) {
    isDue = true;
    return;
  }

  isFetching = true;
  isDue = false;
  try {
    const response = await fetch("./" + location.search, { cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (!response.ok && response.status !== 404) { // of a series that has ended
      throw new Error(response.statusText);
    }

    show(new DOMParser().parseFromString(await response.text(), "text/html"));
    answered = new Date();
    unreachable.hidden = true;
  } catch {
    const message = `No answer since ${answered.toLocaleTimeString()}: the page shows that time.`;
    if (unreachable.hidden || unreachable.textContent !== message) {
      unreachable.textContent = message;
      unreachable.hidden = false;
    }
  }

  isFetching = false;
  if (isDue && !isSelecting()) {
    refresh();
  }
}

// A browser keeps few connections to a server, so a page that nobody sees holds none.
function listen() {
  if (document.hidden || stream) {
    return;
  }

  stream = new EventSource("live");
  stream.onmessage = () => {
    clearInterval(poll);
    poll = 0;
    refresh();
  };
  stream.onerror = () => {
    refresh(); // tells whether the server answers at all
    poll ||= setInterval(refresh, pollEvery);
    if (stream?.readyState === EventSource.CLOSED) {
      stream = null;
      setTimeout(listen, reconnectAfter);
    }
  };
}

document.addEventListener("selectionchange", () => {
  if (isDue && !isSelecting()) {
    refresh();
  }
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stream?.close();
    stream = null;
    clearInterval(poll);
    poll = 0;
  } else {
    listen();
  }
});
listen();
