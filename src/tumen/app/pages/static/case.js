// Solves the case again as the controls move, and puts the answer in the place of the older one.
"use strict";

const PATIENCE = 300; // ms that a question may take before a newer one ends it
const PAUSE = 400; // ms without a move before the split among the ties is asked for
const SAME_MOVE = 1500; // ms within which moves of one control are one step of the history
const LEAST_LINK = 100; // ms between two changes of the address; browsers refuse more than some

const results = document.getElementById("results");
const trouble = document.getElementById("trouble");
const drawnPlace = document.getElementById("drawn");
const sentences = document.getElementById("sentences");
const path = location.pathname;
const withQuery = (link, query) => (query ? `${link}?${query}` : link);

// --- the answer on the page ---

function fillGist(answer) {
  for (const cell of document.querySelectorAll("#gist [data-at]")) {
    const [now, span] = answer?.gist[cell.dataset.at] ?? ["–", ""];
    const was = live.base[cell.dataset.at];
    cell.querySelector("b").textContent = now;
    cell.querySelector(".span").textContent = span;
    cell.querySelector(".was").textContent =
      now === was || !answer ? "" : words.was.replace("{value}", was);
  }
}

function showAnswer(answer, query) {
  if (!document.getElementById("losses")) location.reload(); // came without any answer
  trouble.hidden = true;
  results.classList.remove("old");
  fillGist(answer);
  sentences.replaceChildren();
  for (const sentence of answer.sentences) put(sentences, "p", sentence, "answer");
  put(sentences, "p", answer.varied, "varied");
  for (const [name, block] of Object.entries(answer.blocks)) fillBlock(name, block);
  for (const link of results.querySelectorAll(".take a")) {
    link.href = withQuery(link.pathname, query);
  }
  live.draw.variation = answer.variation;
  document.querySelector(".printed .made").textContent = answer.blocks.losses.made;
  document.getElementById("address").textContent = location.href;
}

// Numbers of an earlier question are never left looking like an answer.
function showTrouble(reason) {
  trouble.textContent = `${reason} ${words.refused}`;
  trouble.hidden = false;
  results.classList.add("old");
  sentences.replaceChildren();
  fillGist(null);
}

// --- questions ---

async function asked(query, split, signal) {
  const whole = [query, split ? "split=true" : ""].filter(Boolean).join("&");
  let response;
  try {
    response = await fetch(withQuery(live.address, whole), { signal });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error(words.failed);
  }
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail);
  return body;
}

let flight = null; // the question under way
let parts = new AbortController(); // and the one for the split
let pause = 0;

async function solve() {
  if (flight) {
    const left = PATIENCE - (performance.now() - flight.since);
    flight.timer ??= setTimeout(() => flight?.abort.abort(), left);
    flight.again = true;
    return;
  }
  const mine = { abort: new AbortController(), since: performance.now(), query: queryOfControls() };
  flight = mine;
  clearTimeout(pause);
  parts.abort();
  results.classList.add("busy");
  if (drawnPlace) drawnPlace.hidden = true;
  for (const place of waterfalls) place.classList.add("old");
  try {
    showAnswer(await asked(mine.query, false, mine.abort.signal), mine.query);
    pause = setTimeout(settle, PAUSE);
  } catch (error) {
    if (error.name !== "AbortError") showTrouble(error.message);
  }
  clearTimeout(mine.timer);
  flight = null;
  if (mine.again) return solve();
  results.classList.remove("busy");
}

function settle() {
  split();
  findDrawn(queryOfControls());
}

const waterfalls = [...document.querySelectorAll("[id^='waterfall.']")];

async function split() {
  parts = new AbortController();
  try {
    const answer = await asked(queryOfControls(), true, parts.signal);
    for (const place of waterfalls) fillBlock(place.id, answer.blocks[place.id]);
  } catch (error) {
    if (error.name === "AbortError") return;
    for (const place of waterfalls) {
      place.querySelector("figcaption").lastChild.textContent = ` ${error.message}`;
    }
  }
}

// --- a run of just this question ---

async function findDrawn(query) {
  const response = await fetch(withQuery(`${path}/drawn`, query)).catch(() => null);
  const found = response?.ok ? await response.json() : null;
  if (!found || query !== queryOfControls()) return;
  drawnPlace.hidden = false;
  Object.assign(drawnPlace.firstElementChild, { href: found.link, textContent: found.words });
}

document.getElementById("draw")?.addEventListener("click", async (event) => {
  event.target.disabled = true;
  const csrf = document.querySelector("meta[name=csrf]").content;
  const headers = { "content-type": "application/json", "x-csrf-token": csrf };
  const asking = { method: "POST", headers, body: JSON.stringify(live.draw) };
  let reason = words.failed;
  try {
    const response = await fetch("/api/v1/runs", asking);
    const body = await response.json();
    if (response.ok) return location.assign(`/runs/${body.id}`);
    reason = body.detail;
  } catch {}
  document.getElementById("refused").textContent = words.not_started.replace("{reason}", reason);
  event.target.disabled = false;
});

// --- the link, and what moves it ---

let step = null; // the control whose moves the newest entry of the history holds
let linked = 0;
let later = 0;

function setLink(control) {
  clearTimeout(later);
  const now = performance.now();
  if (now - linked < LEAST_LINK) {
    later = setTimeout(() => setLink(control), LEAST_LINK - (now - linked));
    return;
  }
  const query = queryOfControls();
  const same = step?.control === control && now - step.at < SAME_MOVE;
  history[same ? "replaceState" : "pushState"](null, "", withQuery(path, query));
  step = { control, at: now };
  linked = now;
  setTabs(query);
}

function setTabs(query) {
  for (const tab of document.querySelectorAll(".tabs a")) tab.href = withQuery(tab.pathname, query);
}

function moved(control) {
  showGroups();
  setLink(control);
  solve();
}

form.addEventListener("input", (event) => {
  const control = event.target;
  if (control.dataset.moves) {
    for (const mover of movedBy(control)) setMover(mover, control.value);
  } else if (control.type === "range") {
    setMover(control, control.value);
  }
  moved(control);
});

form.addEventListener("click", (event) => {
  const pick = event.target.dataset.pick;
  if (!pick) return;
  for (const one of event.target.closest("fieldset").querySelectorAll("input[name=with]")) {
    one.checked = pick === "all";
  }
  moved(event.target);
});

document.getElementById("reset").addEventListener("click", (event) => {
  event.preventDefault();
  restoreControls("");
  moved(event.target);
});

form.addEventListener("submit", (event) => event.preventDefault());

window.addEventListener("popstate", () => {
  clearTimeout(later);
  step = null;
  if (!restoreControls(location.search)) location.reload();
  setTabs(location.search.slice(1));
  flight?.abort.abort();
  solve();
});

// On a narrow screen the controls begin folded, the answer first.
const wide = matchMedia("(min-width: 1000px)");
const fold = () => (document.getElementById("fold").open = wide.matches);
wide.addEventListener("change", fold);
fold();
showGroups();
if (document.querySelector(".shown.waiting")) split();
