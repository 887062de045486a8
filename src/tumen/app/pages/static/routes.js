// A switch moved is a network solved: first its numbers, then the map and the tables.
"use strict";

const form = document.getElementById("switches");
const sentence = document.getElementById("sentence");
const words = JSON.parse(document.getElementById("words").textContent);
const one = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
let latest = 0;

document.getElementById("solve").remove();

function query() {
  const asked = new FormData(form);
  const parts = ["closed", "opened"]
    .map((name) => [name, asked.getAll(name).sort().join(",")])
    .filter(([, ids]) => ids);
  if (asked.get("day") !== "central") parts.push(["day", asked.get("day")]);
  const text = parts.map(([name, value]) => `${name}=${value}`).join("&");
  return text ? `?${text}` : "";
}

function tell(text, wrong) {
  sentence.textContent = text;
  sentence.classList.toggle("wrong", wrong);
}

function carry(links) {
  const after = new Map(links.map((link) => [link.id, link.after]));
  for (const cell of form.querySelectorAll("[data-link]")) {
    const value = after.get(cell.dataset.link);
    cell.textContent = value === undefined ? "–" : one.format(value);
  }
}

async function numbers(asked, mine) {
  const answer = await fetch(form.dataset.api + asked);
  const found = await answer.json();
  if (mine !== latest) return;
  tell(answer.ok ? found.sentence : found.detail, !answer.ok);
  carry(answer.ok ? found.links : []);
}

async function pictures(asked, mine) {
  const answer = await fetch(location.pathname + asked, { headers: { accept: "text/html" } });
  const text = await answer.text();
  if (mine !== latest) return;
  const found = new DOMParser().parseFromString(text, "text/html").getElementById("results");
  document.getElementById("results").replaceWith(document.adoptNode(found));
  for (const place of found.querySelectorAll(".plot")) {
    drawFigure(place, JSON.parse(place.nextElementSibling.textContent));
  }
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", async () => {
  const mine = ++latest;
  const asked = query();
  history.pushState(null, "", location.pathname + asked);
  document.getElementById("results").classList.add("busy");
  try {
    await numbers(asked, mine);
    await pictures(asked, mine);
  } catch {
    if (mine === latest) tell(words.lost, true);
  }
});
window.addEventListener("popstate", () => location.reload());
