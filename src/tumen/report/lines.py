"""Paths over years as lines, each named at its end, with bands and dated marks.

Like the figures of bars, one carries its title and its numbers in `layout.meta`, from which a
document takes the heading, the table under the figure and the text for those who cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tumen.errors import ReportError
from tumen.report.curves import (
    LEAD,
    Frame,
    Line,
    add_band,
    add_marks,
    add_names,
    corner,
    end_name,
    extent,
    trace,
    year_ticks,
)
from tumen.report.rows import (
    AXIS_WIDTH,
    CHARACTER,
    LINE,
    PADDING,
    RULE,
    SERIES,
    TITLE_LINE,
    TITLE_WIDTH,
    WHOLE,
    template,
    ticks,
)
from tumen.report.text import decimals_for, figure_text, number, wrapped

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

PLOT = 240  # least height of the plot, in pixels
BOTTOM = 34


def paths(
    values: pd.DataFrame,
    *,
    title: str,
    unit: str,
    axis: str = "",
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    marks: Mapping[float, str] | None = None,
    dashed: Mapping[str, str] | None = None,
    base: float | None = 0.0,
    decimals: int | None = None,
) -> go.Figure:
    """Lines over years: index = years, columns = series, named at the end of each line.

    `title` says the finding, `axis` what is measured (then the unit). `low` and `high`, with some
    of the same columns, are ends of the uncertainty, drawn as bands. `marks` are thin vertical
    lines at a year with a word on what begins there. `dashed` draws a series dashed in the colour
    of another. `base` is a level that the axis shows and marks, None for none. A value that does
    not exist is a gap. Raises `ReportError` for more colours than there are, years that do not
    rise, a series without values or a mark outside the years.
    """
    import plotly.graph_objects as go

    years = checked_years(values, title)
    lines = made_lines(values, low, high, dashed or {}, title)
    marks = {float(year): text for year, text in (marks or {}).items()}
    outside = [year for year in marks if not years[0] <= year <= years[-1]]
    if outside:
        raise ReportError(
            f"{title!r}: the mark at {outside[0]:g} lies outside {years[0]:g} to {years[-1]:g}"
        )
    if decimals is None:
        level = base or 0.0  # a ratio near one is told apart by its distance from one
        decimals = decimals_for(value - level for line in lines for value in line.values)
    names = [end_name(line, decimals) for line in lines]
    ends = extent(lines, base)
    marked = ticks(*ends)
    plot = max(PLOT, sum(LINE * len(name) + PADDING for name in names))
    frame = Frame(
        left=12 + CHARACTER * max(map(len, marked["ticktext"])),
        right=24 + CHARACTER * max(len(part) + LEAD for name in names for part in name),
        plot=plot,
        across=(years[0], years[-1]),
        up=ends,
    )
    figure = go.Figure(layout={"template": template()})
    for line in lines:
        add_band(figure, years, line)
    for line in lines:
        figure.add_scatter(**trace(years, line, unit, decimals))
    flags = add_marks(figure, marks, frame)
    what = wrapped(f"{axis}, {unit}" if axis else unit, AXIS_WIDTH)
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    top = flags + LINE * len(what) + 14
    figure.update_layout(
        title_text=figure_text(title, TITLE_WIDTH),
        margin={"l": round(frame.left), "r": round(frame.right), "t": heading + top, "b": BOTTOM},
        height=round(heading + top + plot + BOTTOM),
        meta={
            "title": title,
            "heading": heading,
            "kind": "Line chart",
            "table": table(years, lines, unit, decimals),
        },
    )
    figure.update_xaxes(range=frame.across, showgrid=False, **year_ticks(years))
    figure.update_yaxes(range=ends, showgrid=True, gridcolor=RULE, **marked)
    if base is not None:
        figure.add_hline(y=base, line_width=1, line_color=WHOLE, layer="below")
    add_names(figure, years, lines, names, frame)
    figure.add_annotation(
        text=f"<i>{'<br>'.join(figure_text(part, AXIS_WIDTH) for part in what)}</i>",
        **corner(),
        align="left",
        xshift=4 - round(frame.left),
        yshift=flags + 8,
    )
    return figure


def checked_years(values: pd.DataFrame, title: str) -> list[float]:
    """The years, at least two and rising."""
    try:
        years = [float(year) for year in values.index]
    except (TypeError, ValueError):
        raise ReportError(f"{title!r}: the index of a path must be years") from None
    if len(years) < 2 or any(not after > before for before, after in pairwise(years)):
        raise ReportError(f"{title!r}: a path needs two years or more, in rising order")
    return years


def made_lines(
    values: pd.DataFrame,
    low: pd.DataFrame | None,
    high: pd.DataFrame | None,
    dashed: Mapping[str, str],
    title: str,
) -> list[Line]:
    """The series with their bands, colours and dashes."""
    names = [str(name) for name in values.columns]
    solid = [name for name in names if name not in dashed]
    if not 1 <= len(solid) <= len(SERIES):
        raise ReportError(
            f"{title!r}: {len(solid)} colours in one figure; use one to {len(SERIES)}"
        )
    colours = dict(zip(solid, SERIES, strict=False))
    for name in set(dashed) | set(dashed.values()):
        if name not in names or dashed.get(name) in dashed:
            raise ReportError(f"{title!r}: dashed names {name!r}, which is no series to pair")
    lines = [
        Line(
            name,
            series_of(values, column),
            series_of(low, column, values),
            series_of(high, column, values),
            colours[dashed.get(name, name)],
            "dash" if name in dashed else "solid",
        )
        for name, column in zip(names, values.columns, strict=True)
    ]
    for line in lines:
        if not any(map(math.isfinite, line.values)):
            raise ReportError(f"{title!r}: {line.name!r} has no value to show")
    return lines


def series_of(
    frame: pd.DataFrame | None, column: object, like: pd.DataFrame | None = None
) -> list[float]:
    """One column as numbers, at the years of `like`; empty where there is none."""
    if frame is None or column not in frame:
        return []
    chosen = frame if like is None else frame.reindex(like.index)
    return [float(value) for value in chosen[column]]


def table(
    years: Sequence[float], lines: Sequence[Line], unit: str, decimals: int
) -> dict[str, Any]:
    """The numbers of the figure, a row for each year; a range stands in brackets."""

    def cell(line: Line, i: int) -> str:
        shown = number(line.values[i], decimals)
        if not line.low or not line.high:
            return shown
        return f"{shown} ({number(line.low[i], decimals)} to {number(line.high[i], decimals)})"

    return {
        "columns": ["year", *(f"{line.name}, {unit}" for line in lines)],
        "rows": [[f"{year:g}", *(cell(line, i) for line in lines)] for i, year in enumerate(years)],
    }
