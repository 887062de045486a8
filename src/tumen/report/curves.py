"""Drawing lines over years: bands, names at the ends of lines, dated marks above the plot.

Names stand beside the ends of their lines and are pushed apart where lines end together; the text
of a mark stands above the plot, high enough to clear the marks to its right even on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tumen.report.rows import CHARACTER, INK, LINE, PADDING, WHOLE
from tumen.report.text import figure_text, number, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

NARROW = 320  # pixels of a figure on a phone: what has room there has room anywhere
END_WIDTH = 15  # characters in a line of a name at the end of its line
LEAD = 4  # characters of the stroke before a name
MARK_WIDTH = 30
YEARS_SHOWN = 4


class Line(NamedTuple):
    """One series as drawn."""

    name: str
    values: list[float]
    low: list[float]
    high: list[float]
    colour: str
    dash: str

    @property
    def last(self) -> int:
        """Position of the last value there is."""
        return max(i for i, value in enumerate(self.values) if math.isfinite(value))


class Frame(NamedTuple):
    """Sizes in pixels, and the ends of both axes."""

    left: float
    right: float
    plot: float
    across: tuple[float, float]
    up: list[float]

    def height_of(self, value: float) -> float:
        """Pixels from the bottom of the plot."""
        return self.plot * (value - self.up[0]) / (self.up[1] - self.up[0])

    def least_width(self) -> float:
        """Width of the plot on a phone."""
        return NARROW - self.left - self.right


def end_name(line: Line, decimals: int) -> list[str]:
    """The words at the end of a line: its name and its last value."""
    last = number(line.values[line.last], decimals).replace(" ", "\u00a0")
    return wrapped(f"{line.name} {last}", END_WIDTH)


def extent(lines: Sequence[Line], base: float | None) -> list[float]:
    """The vertical axis: all lines with their bands, the base, and a little air."""
    shown = [] if base is None else [base]
    for line in lines:
        shown += [v for v in (*line.values, *line.low, *line.high) if math.isfinite(v)]
    least, most = min(shown), max(shown)
    air = 0.04 * (most - least) or 1.0
    return [least - air, most + air]


def add_band(figure: go.Figure, years: Sequence[float], line: Line) -> None:
    """The range between low and high, pale in the colour of the line."""
    if not line.low or not line.high:
        return
    known = [
        i for i in range(len(years)) if math.isfinite(line.low[i]) and math.isfinite(line.high[i])
    ]
    red, green, blue = (int(line.colour[i : i + 2], 16) for i in (1, 3, 5))
    figure.add_scatter(
        x=[years[i] for i in (*known, *reversed(known))],
        y=[line.low[i] for i in known] + [line.high[i] for i in reversed(known)],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.16)",
        hoverinfo="skip",
    )


def trace(years: Sequence[float], line: Line, unit: str, decimals: int) -> dict[str, Any]:
    """One line, with its numbers under the pointer."""
    name = figure_text(line.name, MARK_WIDTH)
    return {
        "x": list(years),
        "y": line.values,
        "mode": "lines+markers",
        "line": {"color": line.colour, "width": 2.2, "dash": line.dash},
        "marker": {"color": line.colour, "size": 4},
        "cliponaxis": False,
        "hoverinfo": "text",
        "hovertext": [
            f"{year:g}, {name}: {number(value, decimals)} {unit}"
            for year, value in zip(years, line.values, strict=True)
        ],
    }


def corner() -> dict[str, Any]:
    """An annotation that sits on the upper left corner of the plot."""
    return {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }


def add_marks(figure: go.Figure, marks: Mapping[float, str], frame: Frame) -> float:
    """Thin lines at the marked years, each with its text above the plot; the height taken.

    The text runs right from its line, so it must stand above the text of every mark it reaches.
    """
    placed: list[tuple[float, float]] = []  # place on a phone, and pixels taken above the plot
    for year in sorted(marks, reverse=True):
        first, last = frame.across
        place = frame.least_width() * (year - first) / (last - first)
        room = frame.least_width() - place + frame.right - 12
        text = wrapped(marks[year], min(MARK_WIDTH, math.floor(room / CHARACTER)))
        reach = place + CHARACTER * max(map(len, text)) + 8
        below = max((taken for other, taken in placed if other < reach), default=0.0)
        taken = below + LINE * len(text) + 4
        placed.append((place, taken))
        figure.add_shape(
            type="line",
            x0=year,
            x1=year,
            yref="paper",
            y0=0,
            y1=1 + taken / frame.plot,
            line={"width": 1, "color": WHOLE, "dash": "dot"},
            layer="below",
        )
        figure.add_annotation(
            **corner() | {"xref": "x", "x": year},
            text="<br>".join(figure_text(part, MARK_WIDTH) for part in text),
            align="left",
            xshift=2,
            yshift=below,
            font={"size": 12, "color": INK},
        )
    return max((taken for _, taken in placed), default=0.0)


def add_names(
    figure: go.Figure,
    years: Sequence[float],
    lines: Sequence[Line],
    names: Sequence[Sequence[str]],
    frame: Frame,
) -> None:
    """Name each line beside its end, with a thin lead where the name had to move."""
    wanted = [frame.height_of(line.values[line.last]) for line in lines]
    sizes = [LINE * len(name) + PADDING for name in names]
    for line, name, here, place in zip(
        lines, names, wanted, apart(wanted, sizes, frame.plot), strict=True
    ):
        glyph = "- -" if line.dash == "dash" else "—"
        text = "<br>".join(figure_text(part, END_WIDTH) for part in name)
        figure.add_annotation(
            text=f'<span style="color:{line.colour}"><b>{glyph}</b></span> {text}',
            x=years[line.last],
            y=line.values[line.last],
            xanchor="left",
            yanchor="middle",
            align="left",
            showarrow=True,
            arrowhead=0,
            arrowwidth=1,
            arrowcolor=line.colour if abs(place - here) > LINE / 2 else "rgba(0,0,0,0)",
            ax=12,
            ay=here - place,
        )


def apart(wanted: Sequence[float], sizes: Sequence[float], whole: float) -> list[float]:
    """Middles as near to those wanted as they can be without overlap, within `whole` pixels."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    middles = [0.0] * len(wanted)
    floor = 0.0
    for i in order:
        middles[i] = max(wanted[i], floor + sizes[i] / 2)
        floor = middles[i] + sizes[i] / 2
    ceiling = whole
    for i in reversed(order):
        middles[i] = min(middles[i], ceiling - sizes[i] / 2)
        ceiling = middles[i] - sizes[i] / 2
    return middles


def year_ticks(years: Sequence[float]) -> dict[str, Any]:
    """A few round years."""
    within = range(math.ceil(years[0]), math.floor(years[-1]) + 1)
    for step in steps():
        shown = [year for year in within if year % step == 0]
        if len(shown) <= YEARS_SHOWN:
            break
    return {"tickvals": shown, "ticktext": [str(year) for year in shown]}


def steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 and so on."""
    size = 1
    while True:
        yield from (size, 2 * size, 5 * size)
        size *= 10
