// Thresholds that move: the test is held against the draws again at once, by the server.
"use strict";

const form = document.getElementById("thresholds");
const undrawn = document.getElementById("undrawn");

function query() {
  const found = new URLSearchParams(form.dataset.state);
  for (const input of form.querySelectorAll("input[type=number]")) {
    if (input.value !== "" && Number(input.value) !== Number(input.dataset.own)) {
      found.append(input.name, input.value);
    }
  }
  return String(found);
}

function link(place, asked) {
  return asked ? `${place}?${asked}` : place;
}

function remember(asked, push) {
  const address = link(form.dataset.base, asked);
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  for (const one of document.querySelectorAll("a[data-query]")) {
    one.href = link(one.getAttribute("href").split("?")[0], asked);
  }
}

function fill(article, told) {
  for (const name of ["verdict", "probability", "found", "channel", "turning", "change", "counted"]) {
    const place = article.querySelector(`[data-field=${name}]`);
    place.textContent = told[name];
    const row = place.closest(".facts div, .probability");
    if (row) row.hidden = !told[name];
  }
  article.querySelector(".verdict").className = `verdict ${told.tone}`;
  const meter = article.querySelector(".meter");
  meter.hidden = told.share === null;
  meter.firstElementChild.style.width = `${100 * (told.share ?? 0)}%`;
  const back = article.querySelector("[data-back]");
  if (back) back.hidden = !told.moved;
  document.getElementById("summary").textContent = `${told.summary}.`;
}

const asking = new Map();

async function hold(article) {
  const test = article.dataset.test;
  asking.get(test)?.abort();
  const control = new AbortController();
  asking.set(test, control);
  const outcome = article.querySelector(".outcome");
  try {
    const place = `${form.dataset.base}/test/${encodeURIComponent(test)}`;
    const answer = await fetch(link(place, query()), { signal: control.signal, headers: { accept: "application/json" } });
    const told = await answer.json();
    if (answer.ok) {
      fill(article, told);
      outcome.classList.remove("stale");
    } else {
      outcome.classList.add("stale");
      article.querySelector("[data-field=verdict]").textContent = told.detail;
    }
  } catch (error) {
    if (error.name !== "AbortError") outcome.classList.add("stale");
  }
}

let drawing = null;

async function curves() {
  const place = document.getElementById("curves");
  if (!place) return;
  drawing?.abort();
  drawing = new AbortController();
  place.classList.add("stale");
  try {
    const answer = await fetch(link(`${form.dataset.base}/curves`, query()), { signal: drawing.signal });
    if (!answer.ok) return;
    place.innerHTML = await answer.text();
    for (const plot of place.querySelectorAll(".plot")) {
      drawFigure(plot, JSON.parse(plot.nextElementSibling.textContent));
    }
    place.classList.remove("stale");
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

let timer = 0;
function soon(article) {
  clearTimeout(timer);
  timer = setTimeout(() => hold(article), 40);
}

function move(article, value, from) {
  const typed = article.querySelector("input[type=number]");
  const slide = article.querySelector("[data-slide]");
  if (from !== typed) typed.value = value;
  if (slide && from !== slide) slide.value = value;
}

if (form) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    const input = event.target;
    const article = input.closest(".test");
    if (input.value === "" || !Number.isFinite(Number(input.value))) return;
    const decimals = Number(input.dataset.decimals ?? 6);
    move(article, input.matches("[data-slide]") ? Number(Number(input.value).toFixed(decimals)) : input.value, input);
    remember(query(), false);
    soon(article);
  });
  form.addEventListener("change", () => {
    remember(query(), true);
    curves();
  });
  form.addEventListener("click", (event) => {
    const back = event.target.closest("[data-back]");
    if (!back) return;
    const article = back.closest(".test");
    move(article, article.querySelector("input[type=number]").dataset.own, null);
    remember(query(), true);
    hold(article);
    curves();
  });
  window.addEventListener("popstate", () => window.location.reload());
}

async function untilReady() {
  for (;;) {
    await new Promise((done) => setTimeout(done, 2000));
    try {
      const answer = await fetch(undrawn.dataset.ask, { headers: { accept: "application/json" } });
      if (answer.ok && (await answer.json()).ready) {
        window.location.reload();
        return;
      }
    } catch {
      // The next round asks again.
    }
  }
}

if (undrawn && undrawn.dataset.ready === "no") untilReady();
