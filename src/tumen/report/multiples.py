"""Small multiples: one small curve a test, of its probability against where its threshold stands.

Two panels stand side by side, each with its name above and its unit below, so that the figure can
be read on a phone. The chosen threshold is a thin upright line, and a dot on the curve there. Like
the other figures one carries its title and its numbers in `layout.meta`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tumen.errors import ReportError
from tumen.report.rows import GAIN, INK, RULE, TITLE_LINE, TITLE_WIDTH, WHOLE, template, ticks
from tumen.report.text import decimals_for, figure_text, number, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

ACROSS = 2
PLOT, AXIS, GAP = 92, 20, 14  # pixels: height of a plot, of its numbers, and below a panel
TEXT_LINE = 16
NAME_WIDTH = 22  # characters in a line above or below a panel on a phone
LEFT, RIGHT, BETWEEN = 30, 10, 0.13  # pixels beside the panels; share of the width between them
LEVELS = (0.8, 0.5, 0.2)  # where the table says which threshold gives them


class Multiple(NamedTuple):
    """One panel: thresholds and the probability at each, with the threshold that was chosen."""

    name: str
    title: str
    unit: str
    thresholds: np.ndarray
    probability: np.ndarray
    error: np.ndarray
    chosen: float


class Panel(NamedTuple):
    """A panel with its words wrapped."""

    item: Multiple
    above: list[str]
    below: list[str]


def multiples(items: Sequence[Multiple], *, title: str) -> go.Figure:
    """The curves of these tests, two side by side.

    Raises `ReportError` for none, or for a curve without any width.
    """
    import plotly.graph_objects as go

    if not items:
        raise ReportError(f"no curve to show in the figure {title!r}")
    for item in items:
        if not item.thresholds[0] < item.thresholds[-1]:
            raise ReportError(f"{title!r}: the thresholds of {item.name!r} have no width")
    panels = [
        Panel(
            item, wrapped(f"{item.name} {item.title}", NAME_WIDTH), wrapped(item.unit, NAME_WIDTH)
        )
        for item in items
    ]
    rows = [panels[i : i + ACROSS] for i in range(0, len(panels), ACROSS)]
    heights = [height_of(row) for row in rows]
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    whole = sum(heights)
    figure = go.Figure(layout={"template": template()})
    figure.update_layout(
        title_text=figure_text(title, TITLE_WIDTH),
        margin={"l": LEFT, "r": RIGHT, "t": heading, "b": 0},
        height=heading + whole,
        meta={
            "title": title,
            "heading": heading,
            "kind": "Small line charts",
            "table": table(items),
        },
    )
    for at, (row, end) in enumerate(zip(rows, accumulate(heights), strict=True)):
        bottom = end - GAP - AXIS - TEXT_LINE * max(len(panel.below) for panel in row)
        across = (1 - BETWEEN) / ACROSS
        for column, panel in enumerate(row):
            left = column * (across + BETWEEN)
            draw_panel(
                figure,
                panel,
                ACROSS * at + column + 1,
                (left, left + across),
                (1 - bottom / whole, 1 - (bottom - PLOT) / whole),
            )
    return figure


def height_of(row: Sequence[Panel]) -> int:
    """Pixels that a row of panels takes with its words."""
    lines = max(len(panel.above) for panel in row) + max(len(panel.below) for panel in row)
    return TEXT_LINE * lines + 4 + PLOT + AXIS + GAP


def draw_panel(
    figure: go.Figure,
    panel: Panel,
    place: int,
    across: tuple[float, float],
    up: tuple[float, float],
) -> None:
    """One panel at a place of the figure; `across` and `up` are shares of its width and height."""
    item = panel.item
    suffix = "" if place == 1 else str(place)
    axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    least, most = float(item.thresholds[0]), float(item.thresholds[-1])
    font = {"tickfont": {"size": 11}, "fixedrange": True, "automargin": False}
    marked = ticks(least, most)
    figure.update_layout(
        {
            f"xaxis{suffix}": {
                "domain": across, "anchor": axes["yaxis"], "range": [least, most],
                "showgrid": False, **marked, **font,
            },
            f"yaxis{suffix}": {
                "domain": up, "anchor": axes["xaxis"], "range": [-0.04, 1.04],
                "tickvals": [0, 0.2, 0.8, 1], "ticktext": ["0", "0.2", "0.8", "1"],
                "showgrid": True, "gridcolor": RULE, "zeroline": False, **font,
            },
        }
    )  # fmt: skip
    at = float(np.interp(item.chosen, item.thresholds, item.probability))
    hover = [
        f"{item.name}, threshold {figures_of(x, item)}: {number(p, 2)}"
        for x, p in zip(item.thresholds, item.probability, strict=True)
    ]
    figure.add_scatter(
        x=[item.chosen, item.chosen], y=[0, 1], mode="lines", hoverinfo="skip",
        line={"color": WHOLE, "width": 1, "dash": "dot"}, **axes,
    )  # fmt: skip
    figure.add_scatter(
        x=item.thresholds.tolist(), y=item.probability.tolist(), mode="lines", hoverinfo="text",
        hovertext=hover, line={"color": GAIN, "width": 2.2}, cliponaxis=False, **axes,
    )  # fmt: skip
    figure.add_scatter(
        x=[item.chosen], y=[at], mode="markers", hoverinfo="skip", cliponaxis=False,
        marker={"color": GAIN, "size": 8}, **axes,
    )  # fmt: skip
    words(figure, panel, axes, len(panel.below))


def words(figure: go.Figure, panel: Panel, axes: dict[str, str], lines: int) -> None:
    """The name above a panel and the unit below its numbers."""
    common = {
        "xref": f"{axes['xaxis']} domain", "yref": f"{axes['yaxis']} domain",
        "x": 0, "xanchor": "left", "align": "left", "showarrow": False,
    }  # fmt: skip
    above = "<br>".join(figure_text(line, NAME_WIDTH) for line in panel.above)
    name = figure_text(panel.item.name, NAME_WIDTH)
    figure.add_annotation(
        **common, y=1, yanchor="bottom", yshift=2, font={"size": 12, "color": INK},
        text=above.replace(name, f"<b>{name}</b>", 1),
    )  # fmt: skip
    below = "<br>".join(figure_text(line, NAME_WIDTH) for line in panel.below)
    figure.add_annotation(
        **common, y=0, yanchor="top", yshift=-AXIS + 2, font={"size": 11, "color": INK},
        text=f"<i>{below}</i>", height=TEXT_LINE * lines,
    )  # fmt: skip


def figures_of(value: float, item: Multiple) -> str:
    """A threshold to the digits that its axis needs."""
    return number(value, min(decimals_for(item.thresholds), 4))


def crossing(item: Multiple, level: float) -> str:
    """The threshold at which the probability passes a level; a dash where it never does."""
    rises = item.probability[-1] > item.probability[0]
    order = slice(None) if rises else slice(None, None, -1)
    shares, at = item.probability[order], item.thresholds[order]
    if not shares[0] <= level <= shares[-1]:
        return "–"
    return figures_of(float(np.interp(level, shares, at)), item)


def table(items: Sequence[Multiple]) -> dict[str, list[str] | list[list[str]]]:
    """The numbers of the figure: the chosen threshold, its probability, and where that turns."""
    rows = []
    for item in items:
        at = int(np.argmin(np.abs(item.thresholds - item.chosen)))
        chosen = f"{item.chosen:,.6g} {item.unit}".strip()
        here = f"{number(float(item.probability[at]), 2)} ± {number(float(item.error[at]), 3)}"
        turns = [crossing(item, level) for level in LEVELS]
        rows.append([f"{item.name} {item.title}", chosen, here, *turns])
    columns = ["", "threshold chosen", "probability", *(f"{level:g} at" for level in LEVELS)]
    return {"columns": columns, "rows": rows}
