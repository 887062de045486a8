"""What is drawn on a panel of a map: land, lines, places, and their names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tumen.report.curves import NARROW
from tumen.report.geography import Box, land
from tumen.report.panels import WIDE, Panel, Spot, Stroke, middle_of
from tumen.report.placing import LEAD, Name, Sheet, place
from tumen.report.rows import GAIN, LOSS, SERIES, WHOLE
from tumen.report.text import figure_text, number, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Colour and dash of each mode: rail and the rest told apart by lightness too, roads by dashes.
# What a region sells and buys has the colours that the bars of the two have.
MODES = {
    "rail": (WHOLE, "solid"),
    "road": (SERIES[1], "4px,1px"),
    "sea": (SERIES[3], "solid"),
    "air": (SERIES[3], "2px,3px"),
    "exports": (SERIES[0], "solid"),
    "imports": (SERIES[1], "solid"),
}
LAND = "rgba(107,119,128,0.15)"
SHORE = "rgba(107,119,128,0.45)"
FAINT = "rgba(107,119,128,0.6)"
NAME_WIDTH = 16  # characters in a line of a name
LETTER = 7.2  # pixels, at the size of names
NAME_LINE = 15.6
SIZE = 12
RING = "○"  # stands for what changed, in the key and beside the line
RING_SIZE = 17.0  # pixels, on the larger map
RINGED = 30.0  # cost of covering a point of a ring
FRAMED = 4.0  # cost of covering a point within the frame
STEP = 4.0  # pixels between the points of a line that a name should not cover


class Told(NamedTuple):
    """A name to write: where it belongs, its text as marked up, and its size."""

    name: Name
    text: str
    at: np.ndarray


def draw_panel(figure: go.Figure, panel: Panel, axis: str, domain: tuple[float, float]) -> None:
    """The axes of a panel and the land on it.

    A page as wide as it likes shows more of the land, never a part of what must be seen: the
    range is found anew at each width, from the view alone.
    """
    view = panel.view
    hidden = {"visible": False, "fixedrange": True, "autorange": True}

    def ends(least: float, most: float) -> dict[str, Any]:
        return {"clipmin": least, "clipmax": most, "include": [least, most]}

    figure.update_layout(
        {
            f"xaxis{axis}": hidden
            | {
                "domain": [0, 1],
                "anchor": f"y{axis}",
                "autorangeoptions": ends(view.left, view.right),
            },
            f"yaxis{axis}": hidden
            | {
                "domain": domain,
                "anchor": f"x{axis}",
                "scaleanchor": f"x{axis}",
                "constrain": "range",
                "autorangeoptions": ends(view.low, view.high),
            },
        }
    )
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in land(panel.land_box, panel.middle):
        x += [*map(float, np.round(ring[:, 0], 2)), None]
        y += [*map(float, np.round(ring[:, 1], 2)), None]
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"width": 0.7, "color": SHORE},
        fill="toself",
        fillcolor=LAND,
        hoverinfo="skip",
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
    )


def add_frame(figure: go.Figure, box: Box, axis: str) -> None:
    """A thin frame."""
    figure.add_shape(
        type="rect",
        x0=box.left,
        x1=box.right,
        y0=box.low,
        y1=box.high,
        xref=f"x{axis}",
        yref=f"y{axis}",
        line={"width": 1, "color": WHOLE},
    )


def style(stroke: Stroke) -> dict[str, Any]:
    """Colour and dash of a line."""
    way = stroke.way
    if way.state == "closed":
        return {"color": LOSS, "dash": "5px,3px", "width": stroke.width}
    colour, dash = MODES[way.mode]
    if way.state == "changed":
        colour = GAIN
    elif way.after <= 0:
        colour = FAINT
    return {"color": colour, "dash": dash, "width": round(stroke.width, 2)}


def draw_lines(
    figure: go.Figure, drawn: Sequence[Stroke], axis: str, hover: Sequence[str], size: float
) -> None:
    """The lines, the widest at the bottom, what changed and what is closed on top.

    `hover` is what the pointer says of each, `size` the pixels of a ring round what changed.
    """
    order = sorted(
        range(len(drawn)), key=lambda i: (drawn[i].way.state != "usual", -drawn[i].width)
    )
    axes = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
    for i in order:
        x, y = np.round(drawn[i].points, 4).T.tolist()
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line=style(drawn[i]),
            opacity=1.0 if drawn[i].way.state != "usual" else 0.75,
            hoverinfo="text",
            hovertext=hover[i],
            **axes,
        )
    marks = {"closed": ("x", LOSS, 0.5), "changed": ("circle-open", GAIN, 1.0)}
    for state, (symbol, colour, part) in marks.items():
        middles = [middle_of(stroke.points) for stroke in drawn if stroke.way.state == state]
        if middles:
            x, y = np.round(middles, 4).T.tolist()
            figure.add_scatter(
                x=x,
                y=y,
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": part * size,
                    "color": colour,
                    "line": {"width": 1.5 if state == "changed" else 0},
                },
                hoverinfo="skip",
                **axes,
            )


def draw_places(figure: go.Figure, panel: Panel, axis: str, others: Sequence[str]) -> None:
    """A dot for each place, small where its name stands on the other map."""
    for codes, size in ((others, 4), (panel.named, 7)):
        if codes:
            x, y = np.round([panel.where[code] for code in codes], 4).T.tolist()
            figure.add_scatter(
                x=x,
                y=y,
                mode="markers",
                marker={"size": size, "color": WHOLE, "line": {"width": 1, "color": "#FFFFFF"}},
                hoverinfo="skip",
                xaxis=f"x{axis}",
                yaxis=f"y{axis}",
            )


def told(panel: Panel, at: np.ndarray, lines: Sequence[str], code: str | None, marks: str) -> Told:
    """A name of these lines, measured; `code` is that of its place, `marks` set it apart."""
    x, y = map(float, at - middle_of_view(panel))
    width = LETTER * max(map(len, lines)) + 4
    text = marks.format("<br>".join(figure_text(line, NAME_WIDTH) for line in lines))
    own = None if code is None else panel.named.index(code)
    return Told(Name(x, y, width, NAME_LINE * len(lines) + 2, own), text, at)


def middle_of_view(panel: Panel) -> np.ndarray:
    """The middle of the panel at any width."""
    view = panel.view
    return np.array([(view.left + view.right) / 2, (view.low + view.high) / 2])


def names_of(
    panel: Panel, spots: Sequence[Spot], drawn: Sequence[Stroke], decimals: int
) -> list[Told]:
    """What a panel has to say: its places with their numbers, and what changed."""
    found = []
    for spot in spots:
        if spot.code in panel.named:
            lines, marks = wrapped(spot.name, NAME_WIDTH), "{}"
            if spot.value is not None:
                lines, marks = [*lines, number(spot.value, decimals)], "<b>{}</b>"
            found.append(told(panel, panel.where[spot.code], lines, spot.code, marks))
    for stroke in drawn:
        if stroke.way.note and {stroke.way.a, stroke.way.b} <= set(panel.named):
            lines = wrapped(f"{RING} {stroke.way.note}", NAME_WIDTH)
            marks = "<b>{}</b>"
            found.append(told(panel, middle_of(stroke.points), lines, None, marks))
    return found


def sheet_of(panel: Panel, drawn: Sequence[Stroke], frame: Box | None) -> Sheet:
    """What names must not cover: lines, and a frame with what is shown larger within it."""
    centre, step = middle_of_view(panel), STEP / panel.scales[0]
    lines = [(stroke.points, 1.2 + stroke.width / 4) for stroke in drawn]
    for stroke in drawn:
        if stroke.way.state == "changed":
            turn = np.linspace(0, 2 * math.pi, 13)
            ring = np.column_stack([np.cos(turn), np.sin(turn)]) * RING_SIZE / panel.scales[0] / 2
            lines.append((middle_of(stroke.points) + ring, RINGED))
    view = panel.view
    for y in (view.low, view.high):
        lines.append((np.array([(view.left, y), (view.right, y)]), FRAMED))
    if frame is not None:
        for x in np.arange(frame.left, frame.right, step):
            lines.append((np.array([(x, frame.low), (x, frame.high)]), FRAMED))
    # Lines that lie on each other cover the ground once: the heaviest counts.
    heaviest: dict[tuple[int, int], float] = {}
    for points, heavy in lines:
        gone = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        at = np.linspace(0, gone[-1], max(2, math.ceil(gone[-1] / step)))
        for x, y in np.column_stack([np.interp(at, gone, axis) for axis in (points - centre).T]):
            cell = (round(x / step), round(y / step))
            heaviest[cell] = max(heavy, heaviest.get(cell, 0.0))
    dots = np.array([panel.where[code] for code in panel.named]).reshape(-1, 2)
    return Sheet(
        panel.scales,
        ((NARROW, panel.height), (WIDE, panel.height)),
        dots - centre,
        step * np.array(list(heaviest), dtype=float).reshape(-1, 2),
        np.array(list(heaviest.values())),
    )


def draw_names(figure: go.Figure, names: Sequence[Told], sheet: Sheet, axis: str) -> None:
    """Write the names where they fit, with a thin lead to a place that is not beside them."""
    for one, (x, y) in zip(names, place([one.name for one in names], sheet), strict=True):
        name = one.name
        edge = math.hypot(max(abs(x) - name.width / 2, 0), max(abs(y) - name.height / 2, 0))
        common = {
            "text": one.text,
            "x": float(one.at[0]),
            "y": float(one.at[1]),
            "xref": f"x{axis}",
            "yref": f"y{axis}",
            "xanchor": "center",
            "yanchor": "middle",
            "font": {"size": SIZE},
        }
        if edge > LEAD:
            figure.add_annotation(
                **common,
                showarrow=True,
                ax=x,
                ay=-y,
                arrowhead=0,
                arrowwidth=0.8,
                arrowcolor=WHOLE,
                standoff=4,
            )
        else:
            figure.add_annotation(**common, showarrow=False, xshift=x, yshift=y)
