// Draws every figure from the data that stands behind it in the page.
"use strict";
for (const place of document.querySelectorAll(".plot")) {
  const figure = JSON.parse(place.nextElementSibling.textContent);
  Plotly.newPlot(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
}
