// What every page with figures needs: draw them, and hand out their pictures.
"use strict";

const shapes = { displayModeBar: false, responsive: true };

function drawFigure(place, figure) {
  place.style.height = `${figure.layout.height}px`;
  return Plotly.react(place, figure.data, figure.layout, shapes);
}

for (const place of document.querySelectorAll(".plot")) {
  drawFigure(place, JSON.parse(place.nextElementSibling.textContent));
}

// A picture stands on white, whatever the page does.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-picture]");
  if (!button) return;
  const shown = button.closest(".shown");
  const place = shown.querySelector(".plot");
  const format = button.dataset.picture;
  const layout = { ...place.layout, paper_bgcolor: "#ffffff" };
  const picture = { data: place.data, layout };
  const size = { format, width: 760, height: place.layout.height, scale: format === "png" ? 2 : 1 };
  const link = document.createElement("a");
  link.href = await Plotly.toImage(picture, size);
  link.download = `${shown.dataset.name}.${format}`;
  link.click();
});
