"""A tornado: where an outcome stands when one figure after another is at its low or high end."""

from __future__ import annotations

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
    SERIES,
    TITLE_LINE,
    TITLE_WIDTH,
    WHOLE,
    Bar,
    Rows,
    extent,
    one_by_one,
    template,
    ticks,
)
from tumen.report.text import decimals_for, figure_text, number, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

AT_LOW, AT_HIGH = SERIES[3], GAIN  # pale and full of the same blue: one accent, told apart in grey
KEY = ("figure in the lowest tenth of its range", "in the highest tenth")
THIN = BAR / 2 - 0.5  # of two bars to the same side
AIR = 0.06  # of the axis, at either end


class Swing(NamedTuple):
    """One figure: the outcome at its low and at its high end."""

    label: str
    low: float
    high: float


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
    rows = one_by_one([Bar(one.label, one.high - centre, AT_HIGH, centre) for one in swings])
    texts = [f"{number(one.low, decimals)} → {number(one.high, decimals)}" for one in swings]
    labels = [wrapped(one.label, LABEL_WIDTH) for one in swings]
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    top = LINE + 12 + KEY_LINE * len(KEY) + LINE
    bottom = AXIS_HEIGHT + (LINE + 1) * len(wrapped(f"{axis}, {unit}", AXIS_WIDTH))
    ends = span(swings, centre)
    figure = go.Figure(layout={"template": template()})
    for at_high in (False, True):
        figure.add_bar(**trace(swings, rows, centre, texts, at_high=at_high))
    figure.update_layout(
        barmode="overlay",
        title_text=figure_text(title, TITLE_WIDTH),
        margin={
            "l": round(12 + CHARACTER * max(len(line) for label in labels for line in label)),
            "r": round(14 + CHARACTER * max(map(len, texts))),
            "t": heading + top,
            "b": bottom,
        },
        height=round(heading + top + rows.height + bottom),
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
        title_text=figure_text(f"{axis}, {unit}", AXIS_WIDTH), range=ends, **ticks(*ends)
    )
    figure.update_yaxes(
        range=[rows.height, 0],
        tickvals=rows.label_places,
        ticktext=[figure_text(one.label, LABEL_WIDTH) for one in swings],
    )
    figure.add_vline(x=centre, line_width=1, line_color=INK)
    add_texts(figure, rows, texts, f"mean {number(centre, decimals)}", centre)
    return figure


def span(swings: Sequence[Swing], centre: float) -> list[float]:
    """The axis: every end and the mean, with a little air; it need not show zero."""
    reached = [centre, *(end for one in swings for end in one[1:])]
    least, most = min(reached), max(reached)
    if least == most:
        return extent([Bar("", centre, WHOLE)])
    air = AIR * (most - least)
    return [least - air, most + air]


def trace(
    swings: Sequence[Swing],
    rows: Rows,
    centre: float,
    texts: Sequence[str],
    *,
    at_high: bool,
) -> dict[str, Any]:
    """The bars to one end, from the mean; thin and apart where both lie on the same side."""
    same = [(one.low - centre) * (one.high - centre) > 0 for one in swings]
    shift = THIN / 2 + 0.5 if at_high else -THIN / 2 - 0.5
    return {
        "orientation": "h",
        "y": [place + shift * thin for place, thin in zip(rows.places, same, strict=True)],
        "x": [(one.high if at_high else one.low) - centre for one in swings],
        "base": [centre] * len(swings),
        "width": [THIN if thin else BAR for thin in same],
        "marker": {"color": AT_HIGH if at_high else AT_LOW},
        "hoverinfo": "text",
        "hovertext": [
            f"{figure_text(one.label, LABEL_WIDTH)}: {text}"
            for one, text in zip(swings, texts, strict=True)
        ],
    }


def add_texts(
    figure: go.Figure, rows: Rows, texts: Sequence[str], mean: str, centre: float
) -> None:
    """The two ends of every row in a column at the right, the mean over its line, and the key."""
    margin = figure.layout.margin
    right = {"xref": "paper", "x": 1, "xanchor": "right", "xshift": margin.r - 4}
    for place, text in zip(rows.places, texts, strict=True):
        figure.add_annotation(text=text, y=place, yanchor="middle", showarrow=False, **right)
    above = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    figure.add_annotation(text="<i>low → high</i>", yshift=2, **above, **right)
    figure.add_annotation(text=f"<i>{mean}</i>", x=centre, yshift=2, **above)
    for index, (colour, name) in enumerate(zip((AT_LOW, AT_HIGH), KEY, strict=True)):
        figure.add_annotation(
            text=f'<span style="color:{colour}">■</span> {name}',
            xref="paper",
            x=0,
            xanchor="left",
            xshift=4 - margin.l,
            yshift=LINE + 14 + KEY_LINE * (len(KEY) - 1 - index),
            **above,
        )
