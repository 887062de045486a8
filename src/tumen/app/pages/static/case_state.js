// What the controls of a case's page say, and the link that brings it back.
"use strict";

const live = JSON.parse(document.getElementById("live").textContent);
const words = JSON.parse(document.getElementById("words").textContent);
const form = document.getElementById("controls");
const movers = [...form.querySelectorAll("input[type=range][name]")];
const together = [...form.querySelectorAll("input[data-moves]")];
const members = [...form.querySelectorAll("input[name=with]")];
const horizon = document.getElementById("horizon");
const elasticities = document.getElementById("elasticities");

const perCent = (value) => `${+(+value).toPrecision(12)} %`;

// A slider stands at steps; the number beside it is exact, also when a link brought it.
function setMover(mover, value) {
  mover.dataset.now = value;
  mover.value = value;
  mover.setAttribute("aria-valuetext", perCent(value));
  const box = mover.parentElement;
  box.querySelector("output").textContent = perCent(value);
  box.classList.toggle("moved", value !== mover.dataset.case);
}

const movedBy = (group) => group.dataset.moves.split(" ").map((name) => form.elements[name]);

function showGroups() {
  for (const group of together) {
    const values = movedBy(group).map((mover) => +mover.dataset.now);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const shown = values.every((value) => value === values[0]) ? perCent(mean) : words.mixed;
    group.value = mean;
    group.setAttribute("aria-valuetext", shown);
    group.parentElement.querySelector("output").textContent = shown;
  }
}

// Only what differs from the case stands in the link.
function queryOfControls() {
  const parts = movers
    .filter((mover) => mover.dataset.now !== mover.dataset.case)
    .map((mover) => [mover.name, mover.dataset.now]);
  const out = members.filter((one) => !one.checked).map((one) => one.value);
  if ([...out].sort().join() !== [...live.abstain].sort().join()) {
    parts.push(["without", out.join(",")]);
  }
  if (elasticities.value !== elasticities.dataset.case) {
    parts.push(["elasticities", elasticities.value]);
  }
  if (horizon.value) parts.push(["horizon", horizon.value]);
  const written = (text) => encodeURIComponent(text).replaceAll("%2C", ",");
  return parts.map(([name, value]) => `${written(name)}=${written(value)}`).join("&");
}

// Puts the controls where a link says; false where it names what they do not have.
function restoreControls(query) {
  const asked = new URLSearchParams(query);
  for (const mover of movers) setMover(mover, asked.get(mover.name) ?? mover.dataset.case);
  showGroups();
  const named = asked.getAll("without").join(",").split(",").filter(Boolean);
  const out = asked.has("without") ? named : live.abstain;
  for (const one of members) one.checked = !out.includes(one.value);
  elasticities.value = asked.get("elasticities") ?? elasticities.dataset.case;
  horizon.value = asked.get("horizon") ?? "";
  const known = members.map((one) => one.value);
  return (
    out.every((code) => known.includes(code)) &&
    elasticities.selectedIndex >= 0 &&
    horizon.selectedIndex >= 0
  );
}
