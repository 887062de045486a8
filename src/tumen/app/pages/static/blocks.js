// Puts new numbers in the place of older ones in a figure or table that a page shows.
"use strict";

function put(parent, tag, text, name) {
  const made = parent.appendChild(document.createElement(tag));
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function fillTable(table, head, rows) {
  const top = document.createElement("tr");
  for (const [title, unit, numeric] of head) {
    const cell = put(top, "th", unit ? `${title} ` : title, numeric && "number");
    cell.scope = "col";
    if (unit) put(cell, "span", unit, "unit");
  }
  table.tHead.replaceChildren(top);
  const body = rows.map((row) => {
    const line = document.createElement("tr");
    row.forEach(([text, numeric], at) => {
      const cell = put(line, at ? "td" : "th", text, numeric && "number");
      if (!at) cell.scope = "row";
    });
    return line;
  });
  table.tBodies[0].replaceChildren(...body);
}

// What is out of sight is drawn when there is time, and only the newest figure of each place.
const undrawn = new Map();
const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));

function drawUnseen() {
  for (const [place, figure] of undrawn) {
    undrawn.delete(place);
    drawFigure(place, figure);
  }
}

function drawSoon(place, figure) {
  undrawn.set(place, figure);
  const box = place.getBoundingClientRect();
  if (box.top < innerHeight && box.bottom > 0) {
    undrawn.delete(place);
    drawFigure(place, figure);
  } else {
    whenIdle(drawUnseen);
  }
}

window.addEventListener("beforeprint", drawUnseen);

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
  drawSoon(place, block.figure);
}
