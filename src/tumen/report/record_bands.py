"""Bands of a model with the record as a mark on each: one row a figure, on one stretched scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tumen.errors import ReportError
from tumen.report.rows import (
    AXIS_HEIGHT,
    AXIS_WIDTH,
    BAR,
    CHARACTER,
    GAIN,
    INK,
    KEY_LINE,
    LABEL_WIDTH,
    LINE,
    LOSS,
    SERIES,
    TITLE_LINE,
    TITLE_WIDTH,
    WHOLE,
    Bar,
    Rows,
    one_by_one,
    template,
)
from tumen.report.text import figure_text, number, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

PALE = SERIES[3]
MARK = 7  # pixels of a mark: less than a bar, which must be seen behind it
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # numbers on the axis, of either sign
APART = 0.23  # of the axis, between two numbers on it: room on a phone
NARROW = 18  # characters in a line of a label, which leaves the plot room on a phone
AIR = 0.05
STRETCHED = "near zero the scale is stretched (square roots)"


class Banded(NamedTuple):
    """One row: the model's band with its median, the record with its range, and a word on both.

    A band without numbers is nan; `pale` sets a row back.
    """

    label: str
    low: float
    median: float
    high: float
    record: float
    record_low: float
    record_high: float
    word: str
    hollow: bool = False  # the mark of another kind of record
    pale: bool = False


def stretched(value: float) -> float:
    """The square root of a number, with its sign."""
    return math.copysign(math.sqrt(abs(value)), value)


def bands(
    shown: Sequence[Banded], *, title: str, unit: str, axis: str, marks: tuple[str, str]
) -> go.Figure:
    """A bar from the 5th to the 95th percentile in each row, its median, and the record's mark.

    `marks` name the full and the hollow mark. Raises `ReportError` where there is no row.
    """
    import plotly.graph_objects as go

    if not shown:
        raise ReportError(f"no figure to show in {title!r}")
    rows = one_by_one([Bar("\n".join(wrapped(one.label, NARROW)), 0.0, GAIN) for one in shown])
    texts = [(number(one.record, decimals(one)), one.word) for one in shown]
    labels = [wrapped(one.label, NARROW) for one in shown]
    keys = key(shown, marks)
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    top = LINE + 12 + KEY_LINE * len(keys)
    what = f"{axis}, {unit}; {STRETCHED}"
    bottom = AXIS_HEIGHT + (LINE + 1) * len(wrapped(what, AXIS_WIDTH))
    figure = go.Figure(layout={"template": template()})
    figure.add_bar(**bar_trace(shown, rows))
    for hollow in (False, True):
        if any(one.hollow == hollow for one in shown):
            figure.add_scatter(**mark_trace(shown, rows, hollow=hollow))
    figure.update_layout(
        barmode="overlay",
        title_text=figure_text(title, TITLE_WIDTH),
        margin={
            "l": round(12 + CHARACTER * max(len(line) for label in labels for line in label)),
            "r": round(14 + CHARACTER * max(len(part) for pair in texts for part in pair)),
            "t": heading + top,
            "b": bottom,
        },
        height=round(heading + top + rows.height + bottom),
        meta={"title": title, "heading": heading, "kind": "Bands", "table": table(shown, unit)},
    )
    ends = span(shown)
    figure.update_xaxes(title_text=figure_text(what, AXIS_WIDTH), range=ends, **ticks(*ends))
    figure.update_yaxes(
        range=[rows.height, 0],
        tickvals=rows.label_places,
        ticktext=[figure_text(one.label, NARROW) for one in shown],
    )
    figure.add_vline(x=0, line_width=1, line_color=WHOLE, layer="below")
    add_medians(figure, shown, rows)
    add_texts(figure, rows, texts, keys)
    return figure


def decimals(one: Banded) -> int:
    """Decimals in which the numbers of a row are shown."""
    reach = [abs(end) for end in (one.low, one.record) if math.isfinite(end)]
    return 0 if max(reach) >= 20 else 1


def span(shown: Sequence[Banded]) -> list[float]:
    """The axis, stretched: every band, every record with its range, and zero."""
    ends = [0.0]
    for one in shown:
        ends += [stretched(end) for end in one[1:7] if math.isfinite(end)]
    least, most = min(ends), max(ends)
    air = AIR * ((most - least) or 1.0)
    return [least - air, most + air]


def ticks(least: float, most: float) -> dict[str, Any]:
    """Zero and round numbers on either side of it, none too near another."""
    chosen = [0.0]
    for step in STEPS:
        for value in (-float(step), float(step)):
            place = stretched(value)
            gaps = [abs(place - stretched(other)) for other in chosen]
            if least <= place <= most and min(gaps) >= APART * (most - least):
                chosen.append(value)
    chosen.sort()
    return {
        "tickvals": [stretched(value) for value in chosen],
        "ticktext": [number(value, 0) for value in chosen],
    }


def bar_trace(shown: Sequence[Banded], rows: Rows) -> dict[str, Any]:
    """The bands."""
    return {
        "orientation": "h",
        "y": rows.places,
        "x": [stretched(one.high) - stretched(one.low) for one in shown],
        "base": [stretched(one.low) for one in shown],
        "width": BAR,
        "marker": {"color": [PALE if one.pale else GAIN for one in shown]},
        "hoverinfo": "text",
        "hovertext": [f"{figure_text(one.label, LABEL_WIDTH)}: {in_numbers(one)}" for one in shown],
    }


def mark_trace(shown: Sequence[Banded], rows: Rows, *, hollow: bool) -> dict[str, Any]:
    """The records of one kind, with their own range where they have one."""
    chosen = [(one, y) for one, y in zip(shown, rows.places, strict=True) if one.hollow == hollow]
    at = [stretched(one.record) for one, _ in chosen]
    return {
        "mode": "markers",
        "x": at,
        "y": [place for _, place in chosen],
        "marker": {
            "symbol": "diamond",
            "size": MARK,
            "color": "white" if hollow else LOSS,
            "line": {"color": LOSS, "width": 1.5},
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [
                stretched(one.record_high) - x for (one, _), x in zip(chosen, at, strict=True)
            ],
            "arrayminus": [
                x - stretched(one.record_low) for (one, _), x in zip(chosen, at, strict=True)
            ],
            "color": LOSS,
            "thickness": 1.5,
            "width": 4,
        },
        "hoverinfo": "text",
        "hovertext": [f"{number(one.record, decimals(one))}, {one.word}" for one, _ in chosen],
    }


def add_medians(figure: go.Figure, shown: Sequence[Banded], rows: Rows) -> None:
    """A line across each band at its median."""
    for one, place in zip(shown, rows.places, strict=True):
        if math.isfinite(one.median):
            x = stretched(one.median)
            half = BAR / 2 + 2
            figure.add_shape(
                type="line",
                x0=x,
                x1=x,
                y0=place - half,
                y1=place + half,
                line={"width": 2, "color": INK},
            )


def key(shown: Sequence[Banded], marks: tuple[str, str]) -> list[str]:
    """What the marks mean, a line each; of those that there are."""
    lines = [f'<span style="color:{GAIN}">■</span> model, nine tenths of draws; line: median']
    if any(one.pale for one in shown):
        lines.append(f'<span style="color:{PALE}">■</span> the same, where it is no test')
    for hollow, sign in ((False, "◆"), (True, "◇")):
        if any(one.hollow == hollow for one in shown):
            lines.append(f'<span style="color:{LOSS}">{sign}</span> {marks[hollow]}')
    return lines


def add_texts(
    figure: go.Figure, rows: Rows, texts: Sequence[tuple[str, str]], keys: Sequence[str]
) -> None:
    """The record and its verdict in a column at the right, and the key above the plot."""
    margin = figure.layout.margin
    right = {"xref": "paper", "x": 1, "xanchor": "right", "xshift": margin.r - 4}
    for place, (value, said) in zip(rows.places, texts, strict=True):
        figure.add_annotation(
            text=f"{value}<br>{figure_text(said, LABEL_WIDTH)}",
            y=place,
            yanchor="middle",
            align="right",
            showarrow=False,
            **right,
        )
    above = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    for index, line in enumerate(keys):
        figure.add_annotation(
            text=line,
            xref="paper",
            x=0,
            xanchor="left",
            xshift=4 - margin.l,
            yshift=LINE + KEY_LINE * (len(keys) - 1 - index),
            **above,
        )


def in_numbers(one: Banded) -> str:
    """Median and band of a row."""
    places = decimals(one)
    return f"{number(one.median, places)} ({number(one.low, places)} to {number(one.high, places)})"


def table(shown: Sequence[Banded], unit: str) -> dict[str, Any]:
    """The numbers of the figure."""
    columns = ["", f"record, {unit}", f"model's median, {unit}", "5 %", "95 %", ""]
    cells = [
        [
            one.label,
            *(
                number(value, decimals(one))
                for value in (one.record, one.median, one.low, one.high)
            ),
            one.word,
        ]
        for one in shown
    ]
    return {"columns": columns, "rows": cells}
