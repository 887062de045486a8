// Solves the case again as the controls move, and puts the answer in the place of the older one.
"use strict";

const PATIENCE = 300; // ms that a question may take before a newer one ends it
const PAUSE = 400; // ms without a move before the split among the ties is asked for
const SAME_MOVE = 1500; // ms within which moves of one control are one step of the history
const LEAST_LINK = 100; // ms between two changes of the address; browsers refuse more than some

const results = document.getElementById("results");
const trouble = document.getElementById("trouble");
const sentences = document.getElementById("sentences");
const path = location.pathname;
const withQuery = (link, query) => (query ? `${link}?${query}` : link);

// --- the answer on the page ---

function put(parent, tag, text, numeric) {
  const made = parent.appendChild(document.createElement(tag));
  made.textContent = text;
  if (numeric) made.className = "number";
  return made;
}

function fillTable(table, head, rows) {
  const top = document.createElement("tr");
  for (const [title, unit, numeric] of head) {
    const cell = put(top, "th", unit ? `${title} ` : title, numeric);
    cell.scope = "col";
    if (unit) put(cell, "span", unit).className = "unit";
  }
  table.tHead.replaceChildren(top);
  const body = rows.map((row) => {
    const line = document.createElement("tr");
    row.forEach(([text, numeric], at) => {
      const cell = put(line, at ? "td" : "th", text, numeric);
      if (!at) cell.scope = "row";
    });
    return line;
  });
  table.tBodies[0].replaceChildren(...body);
}

function fillBlock(name, block) {
  const shown = document.getElementById(name);
  shown.classList.remove("waiting", "old");
  for (const part of shown.querySelectorAll(".later")) part.hidden = false;
  shown.querySelector("figcaption").lastChild.textContent = ` ${block.title}`;
  const remark = shown.querySelector(".remark");
  if (remark) remark.textContent = block.remark;
  fillTable(shown.querySelector("table"), block.head, block.rows);
  shown.querySelector(".made").textContent = block.made;
  for (const part of shown.querySelectorAll("[data-part]")) {
    part.textContent = block[part.dataset.part];
  }
  if (!block.figure) return;
  const place = shown.querySelector(".plot");
  place.setAttribute("aria-label", block.label);
  drawFigure(place, block.figure);
}

function fillGist(answer) {
  for (const cell of document.querySelectorAll("#gist [data-at]")) {
    const now = answer.gist[cell.dataset.at];
    const was = live.base[cell.dataset.at];
    cell.querySelector("b").textContent = now;
    cell.querySelector("small").textContent = now === was ? "" : words.was.replace("{value}", was);
  }
}

function showAnswer(answer, query) {
  if (!document.getElementById("losses")) location.reload(); // came without any answer
  trouble.hidden = true;
  results.classList.remove("old");
  fillGist(answer);
  const told = answer.sentences.map((sentence) => {
    const made = document.createElement("p");
    made.className = "answer";
    made.textContent = sentence;
    return made;
  });
  const varied = put(document.createElement("div"), "p", answer.varied);
  varied.className = "varied";
  sentences.replaceChildren(...told, varied);
  for (const [name, block] of Object.entries(answer.blocks)) fillBlock(name, block);
  for (const link of results.querySelectorAll(".take a")) {
    link.href = withQuery(link.pathname, query);
  }
}

// Numbers of an earlier question are never left looking like an answer.
function showTrouble(reason) {
  trouble.textContent = reason;
  trouble.hidden = false;
  results.classList.add("old");
  sentences.replaceChildren();
  for (const cell of document.querySelectorAll("#gist [data-at]")) {
    cell.querySelector("b").textContent = "–";
    cell.querySelector("small").textContent = "";
  }
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
  if (!response.ok) throw new Error(`${body.detail} ${words.refused}`);
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
  for (const place of document.querySelectorAll("[id^='waterfall.']")) place.classList.add("old");
  try {
    showAnswer(await asked(mine.query, false, mine.abort.signal), mine.query);
    pause = setTimeout(split, PAUSE);
  } catch (error) {
    if (error.name !== "AbortError") showTrouble(error.message);
  }
  clearTimeout(mine.timer);
  flight = null;
  if (mine.again) return solve();
  results.classList.remove("busy");
}

async function split() {
  parts = new AbortController();
  const query = queryOfControls();
  try {
    const answer = await asked(query, true, parts.signal);
    for (const [name, block] of Object.entries(answer.blocks)) {
      if (name.startsWith("waterfall.")) fillBlock(name, block);
    }
  } catch (error) {
    if (error.name !== "AbortError") showTrouble(error.message);
  }
}

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
