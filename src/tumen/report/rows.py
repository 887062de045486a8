"""Drawing rows of bars: a label, a bar and a number in each, like a table.

Numbers stand in a column of their own, so they are never cut and never overlap, on a phone or on
paper. A figure carries its title and its numbers in `layout.meta`, from which a document takes the
heading, the table under the figure and the text for those who cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from tumen.report.text import decimals_for, figure_text, number, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Told apart by people who confuse red and green, and by their lightness on black and white paper;
# each stands out against white and against a dark page.
GAIN = "#2F6DA8"
LOSS = "#B5522B"
WHOLE = "#6B7780"
SERIES = (GAIN, "#E8A33D", WHOLE, "#9CC3E6")
INK = "#1F2933"
RULE = "#D5DBE1"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"

# Characters in a line of a label, of the axis title and of the title; pixels of the rest.
LABEL_WIDTH = 22
AXIS_WIDTH = 36
AXIS_ROOM = 13  # characters of all numbers on the axis
TITLE_WIDTH = 72
LINE = 16
TITLE_LINE = 21
KEY_LINE = 20
CHARACTER = 7.5
PADDING = 5
BAR = 15
BAR_STEP = 20  # from one bar of a group to the next
GAP = 12  # between two groups
# The line at nought, over the height of the plot.
ZERO = {
    "type": "line",
    "xref": "x",
    "yref": "y domain",
    "x0": 0,
    "x1": 0,
    "y0": 0,
    "y1": 1,
    "line": {"width": 1, "color": WHOLE},
}
AXIS_HEIGHT = 36  # above the axis title


class Bar(NamedTuple):
    """One row: a bar from `base` to `base + value`."""

    label: str
    value: float
    colour: str
    base: float = 0.0
    low: float | None = None  # ends of the uncertainty, on the scale of the value
    high: float | None = None
    strong: bool = False


class Rows(NamedTuple):
    """Bars with their places, in pixels downwards from the top of the plot to each middle."""

    bars: list[Bar]
    places: list[float]
    labels: list[str]
    label_places: list[float]
    height: float
    series: tuple[str, ...] = ()  # names of the bars in each group, where there are groups


def needed(label: str) -> float:
    """Pixels that a label takes."""
    return LINE * len(wrapped(label, LABEL_WIDTH)) + PADDING


def one_by_one(bars: Sequence[Bar]) -> Rows:
    """Rows with a label for each bar, each as high as its label."""
    labels = [bar.label for bar in bars]
    heights = [needed(label) for label in labels]
    ends = list(accumulate(heights))
    places = [end - height / 2 for end, height in zip(ends, heights, strict=True)]
    return Rows(list(bars), places, labels, places, ends[-1])


def in_groups(groups: Sequence[Sequence[Bar]], series: Sequence[str]) -> Rows:
    """Rows with a label for each group, high enough for the label and for the bars."""
    labels = [group[0].label for group in groups]
    bars_height = BAR_STEP * len(series)
    heights = [max(bars_height, needed(label)) + GAP for label in labels]
    ends = list(accumulate(heights))
    middles = [end - height / 2 for end, height in zip(ends, heights, strict=True)]
    first = (BAR_STEP - bars_height) / 2
    return Rows(
        [bar for group in groups for bar in group],
        [middle + first + BAR_STEP * i for middle in middles for i in range(len(series))],
        labels,
        middles,
        ends[-1],
        tuple(series),
    )


@cache
def template() -> go.layout.Template:
    """The look all figures share."""
    import plotly.graph_objects as go

    axis = {
        "fixedrange": True,
        "zeroline": False,
        "automargin": True,
        "title": {"font": {"size": 13}, "standoff": 10},
        "tickfont": {"size": 13},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": INK},
            "title": {
                "font": {"size": 16},
                "x": 0,
                "xref": "container",
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"t": 6, "l": 4},
            },
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "dragmode": False,
            "hovermode": "closest",
            "xaxis": axis | {"gridcolor": RULE, "showgrid": True, "tickangle": 0},
            "yaxis": axis | {"showgrid": False, "ticklabelstandoff": 4},
            "showlegend": False,
        }
    )


def draw(rows: Rows, *, title: str, unit: str, axis: str, decimals: int | None) -> go.Figure:
    """The figure of these rows. Places are numbers, so a label like "2024" stays a label."""
    import plotly.graph_objects as go

    if decimals is None:
        decimals = decimals_for(bar.value for bar in rows.bars)
    texts = [number(bar.value, decimals, signed=not rows.series) for bar in rows.bars]
    labels = [wrapped(label, LABEL_WIDTH) for label in rows.labels]
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    top = LINE + 12 + KEY_LINE * len(rows.series)
    bottom = AXIS_HEIGHT + (LINE + 1) * len(wrapped(axis, AXIS_WIDTH))
    ends = extent(rows.bars)
    left = round(12 + CHARACTER * max(len(line) for label in labels for line in label))
    right = round(12 + CHARACTER * max(map(len, (*texts, unit))))
    # One layout, checked once: every call that adds to a figure checks and copies what it has.
    return go.Figure(
        data=traces(rows, [f"{text} {unit}" for text in texts]),
        layout={
            "template": template(),
            "title": {"text": figure_text(title, TITLE_WIDTH)},
            "margin": {"l": left, "r": right, "t": heading + top, "b": bottom},
            "height": round(heading + top + rows.height + bottom),
            "meta": {"title": title, "heading": heading, "table": table(rows, unit, decimals)},
            "xaxis": {
                "title": {"text": figure_text(axis, AXIS_WIDTH)},
                "range": ends,
                **ticks(*ends),
            },
            "yaxis": {
                "range": [rows.height, 0],
                "tickvals": rows.label_places,
                "ticktext": [figure_text(label, LABEL_WIDTH) for label in rows.labels],
            },
            "shapes": [ZERO],
            "annotations": [*numbers(rows, texts, unit, right), *key(rows, left)],
        },
    )


def traces(rows: Rows, texts: Sequence[str]) -> list[dict[str, Any]]:
    """The bars, those without uncertainty before those with it."""
    found = []
    for ranged in (False, True):
        chosen = [i for i, bar in enumerate(rows.bars) if (bar.low != bar.high) == ranged]
        if chosen:
            found.append(trace(rows, chosen, [texts[i] for i in chosen]))
    return found


def trace(rows: Rows, chosen: Sequence[int], texts: Sequence[str]) -> dict[str, Any]:
    """These bars, with their uncertainty where they have one."""
    bars = [rows.bars[i] for i in chosen]
    made: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "y": [rows.places[i] for i in chosen],
        "x": [bar.value for bar in bars],
        "base": [bar.base for bar in bars],
        "width": BAR,
        "marker": {"color": [bar.colour for bar in bars]},
        "hoverinfo": "text",
        "hovertext": [
            f"{figure_text(bar.label, LABEL_WIDTH)}: {text}"
            for bar, text in zip(bars, texts, strict=True)
        ],
    }
    if bars[0].low != bars[0].high:
        made["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [(bar.value if bar.high is None else bar.high) - bar.value for bar in bars],
            "arrayminus": [bar.value - (bar.value if bar.low is None else bar.low) for bar in bars],
            "color": INK,
            "thickness": 1.2,
            "width": 3,
        }
    return made


def extent(bars: Sequence[Bar]) -> list[float]:
    """The axis: all bars with their uncertainty and zero, and a little air."""
    ends = [0.0]
    for bar in bars:
        reach = (0.0, bar.value, bar.low, bar.high)
        ends += [bar.base + end for end in reach if end is not None and end == end]
    least, most = min(ends), max(ends)
    if least == most:
        return [-1.0, 1.0]
    air = 0.03 * (most - least)
    return [least - air * (least < 0), most + air * (most > 0)]


def key(rows: Rows, left: int) -> list[dict[str, Any]]:
    """The names of the series, one a line from the left edge of the figure."""
    return [
        {
            "text": f'<span style="color:{rows.bars[index].colour}">■</span> '
            + figure_text(name, TITLE_WIDTH),
            "xref": "paper",
            "yref": "paper",
            "x": 0,
            "y": 1,
            "xanchor": "left",
            "yanchor": "bottom",
            "xshift": 4 - left,
            "yshift": LINE + 8 + KEY_LINE * (len(rows.series) - 1 - index),
            "showarrow": False,
        }
        for index, name in enumerate(rows.series)
    ]


def ticks(least: float, most: float) -> dict[str, Any]:
    """A few round numbers on the axis: as many as have room on a phone."""
    size = 10.0 ** math.floor(math.log10(most - least))
    for factor in (0.2, 0.25, 0.4, 0.5, 1.0, 2.0):
        step = factor * size
        counts = range(math.ceil(least / step), math.floor(most / step) + 1)
        decimals = max(0, -math.floor(math.log10(step)) + (factor == 0.25))
        texts = [number(count * step, decimals) for count in counts]
        if len(texts) <= 4 and len("".join(texts)) <= AXIS_ROOM:
            break
    return {"tickvals": [count * step for count in counts], "ticktext": texts}


def numbers(rows: Rows, texts: Sequence[str], unit: str, right: int) -> list[dict[str, Any]]:
    """A column of numbers at the right edge, the unit above it."""
    common = {"xref": "paper", "x": 1, "xanchor": "right", "xshift": right - 4, "showarrow": False}
    shown = [
        {"text": f"<b>{text}</b>" if bar.strong else text, "y": place, "yanchor": "middle"} | common
        for bar, place, text in zip(rows.bars, rows.places, texts, strict=True)
    ]
    named = {"yref": "paper", "y": 1, "yanchor": "bottom", "yshift": 2}
    return [*shown, common | named | {"text": f"<i>{figure_text(unit, LABEL_WIDTH)}</i>"}]


def table(rows: Rows, unit: str, decimals: int) -> dict[str, Any]:
    """The numbers of the figure, as a document shows them in a table under it."""
    ranged = any(bar.low is not None for bar in rows.bars)
    columns = ["", *([""] if rows.series else []), unit]
    columns += [f"low, {unit}", f"high, {unit}"] if ranged else []
    made = []
    for index, bar in enumerate(rows.bars):
        cells = [bar.label]
        cells += [rows.series[index % len(rows.series)]] if rows.series else []
        numbers = (bar.value, bar.low, bar.high) if ranged else (bar.value,)
        made.append([*cells, *(number(value, decimals) for value in numbers)])
    return {"columns": columns, "rows": made}


def connect(figure: go.Figure, rows: Rows) -> None:
    """Thin lines from the end of each bar to the beginning of the next."""
    lines = [
        {
            "type": "line",
            "x0": bar.base + bar.value,
            "x1": bar.base + bar.value,
            "y0": here + BAR / 2,
            "y1": below - BAR / 2,
            "line": {"width": 1, "color": WHOLE},
        }
        for bar, here, below in zip(rows.bars, rows.places, rows.places[1:], strict=False)
    ]
    figure.layout.shapes = [*figure.layout.shapes, *lines]
