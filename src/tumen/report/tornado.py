"""A tornado: where an outcome stands when one figure after another is at its low or high end.

Every figure has its name and numbers in a line above its bar, so that the bars have the whole
width, on a phone too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from tumen.errors import ReportError
from tumen.report.rows import (
    AXIS_HEIGHT,
    AXIS_WIDTH,
    BAR,
    GAIN,
    GAP,
    INK,
    KEY_LINE,
    LINE,
    PADDING,
    RULE,
    SERIES,
    TITLE_LINE,
    TITLE_WIDTH,
    template,
    ticks,
)
from tumen.report.text import decimals_for, figure_text, number, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

AT_LOW, AT_HIGH = SERIES[3], GAIN  # pale and full of the same blue: one accent, told apart in grey
KEY = ("figure in the lowest tenth of its range", "in the highest tenth")
LABEL = 27  # characters of a line above a bar, beside the numbers
SIDE = 14  # pixels left and right of the plot
THIN = BAR / 2 - 0.5  # of two bars to the same side
EDGE = 0.2  # of the axis, at either end, where the word for the mean has no room on both sides
AIR = 0.06  # of the axis, at either end


class Swing(NamedTuple):
    """One figure: the outcome at its low and at its high end."""

    label: str
    low: float
    high: float


class Place(NamedTuple):
    """Where a row stands, in pixels downwards: the top of its label, the middle of its bar."""

    label: float
    bar: float


def tornado(
    swings: Sequence[Swing],
    centre: float,
    *,
    title: str,
    unit: str,
    axis: str,
    decimals: int | None = None,
) -> go.Figure:
    """A bar for each figure, from the outcome's mean to where it stands at either end.

    Rows keep their order. Where both ends lie on the same side of the mean, their bars lie one
    above the other. Raises `ReportError` where there is none to show.
    """
    import plotly.graph_objects as go

    if not swings:
        raise ReportError(f"no figure to show in {title!r}")
    if decimals is None:
        decimals = decimals_for((end - centre for one in swings for end in one[1:]), 2)
    places, height = placed(swings)
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    top = LINE + 14 + KEY_LINE * len(KEY)
    bottom = AXIS_HEIGHT + (LINE + 1) * len(wrapped(f"{axis}, {unit}", AXIS_WIDTH))
    ends = span(swings, centre)
    figure = go.Figure(layout={"template": template()})
    for at_high in (False, True):
        figure.add_bar(**trace(swings, places, centre, decimals, at_high=at_high))
    figure.update_layout(
        barmode="overlay",
        title_text=figure_text(title, TITLE_WIDTH),
        margin={"l": SIDE, "r": SIDE, "t": heading + top, "b": bottom},
        height=round(heading + top + height + bottom),
        meta={
            "title": title,
            "heading": heading,
            "kind": "Tornado chart",
            "table": {
                "columns": ["", f"at its low end, {unit}", f"at its high end, {unit}"],
                "rows": [
                    [one.label, *(number(end, decimals) for end in one[1:])] for one in swings
                ],
            },
        },
    )
    figure.update_xaxes(
        title_text=figure_text(f"{axis}, {unit}", AXIS_WIDTH),
        range=ends,
        showgrid=False,
        ticks="outside",
        tickcolor=RULE,
        automargin=False,
        **ticks(*ends),
    )
    figure.update_yaxes(range=[height, 0], showticklabels=False, automargin=False)
    figure.add_hline(y=height, line_width=1, line_color=RULE)
    add_centre(figure, places, centre, number(centre, decimals), ends)
    add_labels(figure, swings, places, decimals)
    add_key(figure)
    return figure


def placed(swings: Sequence[Swing]) -> tuple[list[Place], float]:
    """Where each row stands, and the height of all."""
    labels = [LINE * len(wrapped(one.label, LABEL)) + PADDING for one in swings]
    ends = list(accumulate(label + BAR + GAP for label in labels))
    places = [
        Place(end - GAP - BAR - label, end - GAP - BAR / 2)
        for end, label in zip(ends, labels, strict=True)
    ]
    return places, ends[-1]


def span(swings: Sequence[Swing], centre: float) -> list[float]:
    """The axis: every end and the mean, with a little air; it need not show zero."""
    reached = [centre, *(end for one in swings for end in one[1:])]
    least, most = min(reached), max(reached)
    air = AIR * (most - least) if most > least else 1.0
    return [least - air, most + air]


def trace(
    swings: Sequence[Swing],
    places: Sequence[Place],
    centre: float,
    decimals: int,
    *,
    at_high: bool,
) -> dict[str, Any]:
    """The bars to one end, from the mean; thin and apart where both lie on the same side."""
    same = [(one.low - centre) * (one.high - centre) > 0 for one in swings]
    shift = (THIN + 1) / 2 if at_high else -(THIN + 1) / 2
    return {
        "orientation": "h",
        "y": [place.bar + shift * thin for place, thin in zip(places, same, strict=True)],
        "x": [(one.high if at_high else one.low) - centre for one in swings],
        "base": [centre] * len(swings),
        "width": [THIN if thin else BAR for thin in same],
        "marker": {"color": AT_HIGH if at_high else AT_LOW},
        "hoverinfo": "text",
        "hovertext": [f"{figure_text(one.label, LABEL)}: {both(one, decimals)}" for one in swings],
    }


def both(one: Swing, decimals: int) -> str:
    """The outcome at both ends of a figure."""
    return f"{number(one.low, decimals)} → {number(one.high, decimals)}"


def add_centre(
    figure: go.Figure, places: Sequence[Place], centre: float, mean: str, ends: Sequence[float]
) -> None:
    """The mean: a dark line through every bar, joined by a pale one, with its number above."""
    figure.add_vline(x=centre, line_width=1, line_color=RULE, layer="below")
    for place in places:
        figure.add_shape(
            type="line",
            x0=centre,
            x1=centre,
            y0=place.bar - BAR / 2 - 2,
            y1=place.bar + BAR / 2 + 2,
            line={"width": 1.5, "color": INK},
        )
    # Near an edge the word stands beside the line, not across it.
    part = (centre - ends[0]) / (ends[1] - ends[0])
    figure.add_annotation(
        text=f"<i>mean {mean}</i>",
        x=centre,
        xanchor="left" if part < EDGE else "right" if part > 1 - EDGE else "center",
        yref="paper",
        y=1,
        yanchor="bottom",
        yshift=2,
        showarrow=False,
    )


def add_labels(
    figure: go.Figure, swings: Sequence[Swing], places: Sequence[Place], decimals: int
) -> None:
    """The name of each figure above its bar, and the numbers at the end of the same line."""
    for one, place in zip(swings, places, strict=True):
        common = {"xref": "paper", "y": place.label, "yanchor": "top", "showarrow": False}
        figure.add_annotation(
            text=figure_text(one.label, LABEL),
            x=0,
            xanchor="left",
            align="left",
            xshift=4 - SIDE,
            **common,
        )
        figure.add_annotation(
            text=both(one, decimals), x=1, xanchor="right", xshift=SIDE - 4, **common
        )


def add_key(figure: go.Figure) -> None:
    """Which end each colour shows."""
    for index, (colour, name) in enumerate(zip((AT_LOW, AT_HIGH), KEY, strict=True)):
        figure.add_annotation(
            text=f'<span style="color:{colour}">■</span> {name}',
            xref="paper",
            x=0,
            xanchor="left",
            xshift=4 - SIDE,
            yref="paper",
            y=1,
            yanchor="bottom",
            yshift=LINE + 12 + KEY_LINE * (len(KEY) - 1 - index),
            showarrow=False,
        )
