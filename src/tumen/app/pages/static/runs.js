// Runs that are under way: how far they are, without a reload.
"use strict";

const EVERY = 1000;

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}

async function stateOf(run) {
  const answer = await fetch(`/runs/${run}/state`, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const wait = (time) => new Promise((done) => setTimeout(done, time));

function show(state) {
  const status = document.getElementById("status");
  status.textContent = state.words;
  status.className = `status ${state.status}`;
  const said = document.getElementById("progress");
  if (said.textContent !== state.progress) said.textContent = state.progress;
  const bar = document.getElementById("bar");
  if (state.total > 0) {
    bar.max = state.total;
    bar.value = state.done;
  } else {
    bar.removeAttribute("value");
  }
}

// An event says that something changed; what it is the server's own words tell.
function changes(address) {
  const source = address ? new EventSource(address) : null;
  let wake = () => {};
  if (source) {
    for (const name of ["progress", "end", "gone"]) {
      source.addEventListener(name, () => wake());
    }
    source.addEventListener("error", () => source.close());
  }
  return () => new Promise((done) => {
    wake = done;
    setTimeout(done, EVERY);
  });
}

async function watchOne(place) {
  const next = changes(place.dataset.events);
  for (;;) {
    try {
      const state = await stateOf(place.dataset.run);
      if (state.ended) {
        window.location.reload();
        return;
      }
      show(state);
    } catch {
      // A server that is being started again answers soon.
    }
    await Promise.all([next(), wait(300)]);
  }
}

async function watchList(rows) {
  for (;;) {
    await wait(2 * EVERY);
    for (const row of rows) {
      try {
        const state = await stateOf(row.dataset.run);
        if (state.status !== row.dataset.status) {
          window.location.reload();
          return;
        }
        row.querySelector(".how").textContent = state.progress;
      } catch {
        // The next round asks again.
      }
    }
  }
}

const place = document.getElementById("watch");
if (place && place.dataset.ended === "no") watchOne(place);
const open = [...document.querySelectorAll("tr[data-status=running], tr[data-status=queued]")];
if (open.length) watchList(open);
