// A partner chosen is a partner shown; without this script the button does the same.
"use strict";

const state = document.getElementById("state");
state.querySelector("button").remove();
state.addEventListener("change", () => state.requestSubmit());
