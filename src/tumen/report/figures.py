"""The figures of a report, each titled with its finding."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

from tumen.errors import ReportError
from tumen.report.rows import GAIN, LOSS, SERIES, WHOLE, Bar, connect, draw, in_groups, one_by_one
from tumen.report.text import number

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Values: TypeAlias = "Mapping[str, float] | pd.Series[float]"

ROUNDING = 1e-6  # parts may miss their whole by this share of the largest


def ranked_bars(
    values: Values,
    *,
    title: str,
    unit: str,
    axis: str = "",
    low: Values | None = None,
    high: Values | None = None,
    highlight: Collection[str] = (),
    decimals: int | None = None,
    most: int = 36,
) -> go.Figure:
    """One bar a label, ranked from the largest loss to the largest gain.

    `title` says the finding, `axis` what is measured (then the unit). `low` and `high` are ends of
    the uncertainty, `highlight` names labels to print bold. Beyond `most` labels those in the
    middle of the ranking are left out, and the axis says how many. Values that do not exist are
    left out likewise. Raises `ReportError` when no value is left.
    """
    known = {str(key): float(v) for key, v in values.items() if math.isfinite(float(v))}
    if not known:
        raise ReportError(f"no value to show in the figure {title!r}")
    ranked = sorted(known, key=lambda label: known[label])
    losers, gainers = (most + 1) // 2, most // 2
    middle = ranked[losers : len(ranked) - gainers]
    bars = [
        Bar(
            label,
            known[label],
            LOSS if known[label] < 0 else GAIN,
            low=at(low, label),
            high=at(high, label),
            strong=label in highlight,
        )
        for label in ranked
        if label not in set(middle)
    ]
    what = f"{axis}, {unit}" if axis else unit
    if middle:
        ends = " to ".join(number(known[middle[end]], 3) for end in (0, -1))
        what += f"\n({len(middle)} from {ends} left out)"
    return draw(one_by_one(bars), title=title, unit=unit, axis=what, decimals=decimals)


def paired_bars(
    values: pd.DataFrame,
    *,
    title: str,
    unit: str,
    axis: str = "",
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    decimals: int | None = None,
) -> go.Figure:
    """Groups of bars, one bar for each series: index = groups, columns = series (two to four).

    `low` and `high`, of the same shape, are ends of the uncertainty. A value that does not exist
    keeps its row and reads "none". Raises `ReportError` for more series than there are colours.
    """
    if not 1 <= values.shape[1] <= len(SERIES):
        raise ReportError(
            f"{title!r}: {values.shape[1]} series in one figure; use one to {len(SERIES)}"
        )
    groups = [
        [
            Bar(
                str(group),
                float(values.loc[group, series]),
                SERIES[index],
                low=at(None if low is None else low[series], group),
                high=at(None if high is None else high[series], group),
            )
            for index, series in enumerate(values.columns)
        ]
        for group in values.index
    ]
    rows = in_groups(groups, [str(series) for series in values.columns])
    what = f"{axis}, {unit}" if axis else unit
    return draw(rows, title=title, unit=unit, axis=what, decimals=decimals)


def waterfall(
    parts: Values,
    total: float,
    *,
    title: str,
    unit: str,
    axis: str = "",
    start: tuple[str, float] | None = None,
    total_label: str = "Total",
    low: Values | None = None,
    high: Values | None = None,
    decimals: int | None = None,
    sort: bool = True,
) -> go.Figure:
    """Parts of a whole, each bar beginning where the one before ends; the whole comes last.

    `start` is a label and the level from which the parts set out. `sort` ranks the parts by size;
    otherwise they keep their order. Raises `ReportError` when start and parts do not add up to the
    total.
    """
    known = {str(key): float(value) for key, value in parts.items()}
    first = start[1] if start else 0.0
    scale = max(map(abs, (*known.values(), total, first)), default=0.0)
    if not abs(first + sum(known.values()) - total) <= ROUNDING * scale:
        raise ReportError(
            f"{title!r}: the parts add up to {first + sum(known.values()):.8g}, not to the total "
            f"{total:.8g}; show the remainder as a part of its own"
        )
    order = sorted(known, key=lambda label: -abs(known[label])) if sort else list(known)
    bars = [Bar(start[0], first, WHOLE, strong=True)] if start else []
    level = first
    for label in order:
        value = known[label]
        colour = LOSS if value < 0 else GAIN
        bars.append(Bar(label, value, colour, level, at(low, label), at(high, label)))
        level += value
    bars.append(Bar(total_label, total, WHOLE, strong=True))
    what = f"{axis}, {unit}" if axis else unit
    rows = one_by_one(bars)
    figure = draw(rows, title=title, unit=unit, axis=what, decimals=decimals)
    connect(figure, rows)
    return figure


def at(values: Values | None, label: str) -> float | None:
    """The value at the label, where there is one."""
    if values is None or label not in values:
        return None
    value = float(values[label])
    return value if math.isfinite(value) else None
