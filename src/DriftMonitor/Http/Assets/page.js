// Fetches the page every two seconds and replaces what changed; the server does the rendering.
"use strict";

const every = 2000;
const unreachable = document.getElementById("unreachable");
let answered = new Date();

function swap(fresh) {
  const now = document.querySelector("main");
  const next = fresh.querySelector("main");
  if (now.children.length !== next.children.length) {
    now.replaceWith(next);
    return;
  }

  // Unchanged parts are kept, so that they keep their tooltips and screen readers do not read them again.
  const parts = [...next.children];
  [...now.children].forEach((part, i) => {
    if (part.outerHTML !== parts[i].outerHTML) {
      part.replaceWith(parts[i]);
    }
  });
}

async function refresh() {
  const selection = document.getSelection();
  if (!document.hidden && (selection === null || selection.isCollapsed)) {
    try {
      const response = await fetch("./" + location.search, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (!response.ok) {
        throw new Error(response.statusText);
      }

      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      document.title = fresh.title;
      swap(fresh);
      answered = new Date();
      unreachable.hidden = true;
    } catch {
      const message = `No answer since ${answered.toLocaleTimeString()}: the page shows that time.`;
      if (unreachable.hidden || unreachable.textContent !== message) {
        unreachable.textContent = message;
        unreachable.hidden = false;
      }
    }
  }

  setTimeout(refresh, every);
}

setTimeout(refresh, every);
