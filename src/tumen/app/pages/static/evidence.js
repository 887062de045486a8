// Filters while the reader types: the server finds, the link keeps what was asked.
"use strict";

const form = document.getElementById("filter");
const WAIT = 200; // milliseconds after the last key
let latest = 0;

function link() {
  const asked = [...new FormData(form)].filter(([, value]) => value.trim());
  const query = new URLSearchParams(asked).toString();
  return location.pathname + (query ? `?${query}` : "");
}

async function refresh() {
  const mine = ++latest;
  const answer = await fetch(link(), { headers: { accept: "text/html" } });
  if (mine !== latest || !answer.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("results").replaceWith(found.getElementById("results"));
  document.getElementById("count").textContent = found.getElementById("count").textContent;
}

let waiting;
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    history.replaceState(null, "", link());
    refresh();
  }, WAIT);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  history.pushState(null, "", link());
  refresh();
});
window.addEventListener("popstate", () => location.reload());
