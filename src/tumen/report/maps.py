"""Maps of what moves between places: lines as wide as what they carry, over the outline of land.

A map is drawn with ordinary lines in a projection of its own, so it needs no network. Like the
other figures it carries its title and its numbers in `layout.meta`, from which a document takes
the heading, the table under the figure and the text for those who cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tumen.errors import ReportError
from tumen.report.curves import corner
from tumen.report.geography import Box, curve, project
from tumen.report.mapmarks import (
    FAINT,
    MODES,
    RING,
    RING_SIZE,
    add_frame,
    draw_lines,
    draw_names,
    draw_panel,
    draw_places,
    names_of,
    sheet_of,
)
from tumen.report.panels import NEAREST, Panel, Spot, Way, bends, make_panel, strokes, width_of
from tumen.report.rows import GAIN, LINE, LOSS, TITLE_LINE, TITLE_WIDTH, WHOLE, template
from tumen.report.text import decimals_for, figure_text, number, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

WIDEST = 12.0  # pixels of the line that carries most
SLIMMER = 1 / 3  # lines of the map of all beside those of the one that shows a part larger
PANEL_TITLE = 26
BELOW = 6
KEY_WIDTH = 42  # characters in a line of the key
KEY_ROW = LINE + 3
SAMPLE, SAMPLE_STEP = 28, 96  # pixels of a line in the key, and from one to the next


def flow_map(
    spots: Sequence[Spot],
    ways: Sequence[Way],
    *,
    title: str,
    unit: str,
    close_to: Collection[str] = (),
    headings: tuple[str, str] = ("", ""),
    words: tuple[str, str] = ("changed", "closed"),
    decimals: int | None = None,
) -> go.Figure:
    """Places and the links between them, each as wide as the cube root of what it carries after.

    `title` says the finding. With `close_to`, codes of places that a map of all is too small for,
    a second map shows these larger; `headings` are those of the two. What changed is drawn in a
    colour of its own and closed links as thin dashes with a cross; `words` say what the two are.
    Raises `ReportError` for a way to an unknown place, or where nothing is carried.
    """
    import plotly.graph_objects as go

    most = checked(spots, ways, title)
    if decimals is None:
        marked = [way for way in ways if way.state == "changed"] or ways
        decimals = decimals_for(value for way in marked for value in (way.before, way.after))
    panels, bent = made_panels(spots, ways, close_to, headings)
    key = key_lines(ways, words, unit)
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    above = KEY_ROW * (len(key) + 1)
    plot = sum(panel.height + PANEL_TITLE for panel in panels)
    figure = go.Figure(layout={"template": template()})
    figure.update_layout(
        title_text=figure_text(title, TITLE_WIDTH),
        margin={"l": 0, "r": 0, "t": round(heading + above), "b": BELOW},
        height=round(heading + above + plot + BELOW),
        meta={
            "title": title,
            "heading": heading,
            "kind": "Map",
            "table": table(spots, ways, unit, decimals),
        },
    )
    draw_all(figure, panels, spots, ways, bent, most, unit, decimals)
    draw_key(figure, key, most)
    return figure


def checked(spots: Sequence[Spot], ways: Sequence[Way], title: str) -> float:
    """The largest value carried."""
    codes = {spot.code for spot in spots}
    for way in ways:
        if not {way.a, way.b} <= codes:
            raise ReportError(f"{title!r}: the way {way.a}-{way.b} leads to an unknown place")
        if way.mode not in MODES:
            raise ReportError(f"{title!r}: unknown mode {way.mode!r}; one of {', '.join(MODES)}")
    most = max((way.after for way in ways), default=0.0)
    if not 0 < most < math.inf:
        raise ReportError(f"{title!r}: no way carries anything")
    return most


def made_panels(
    spots: Sequence[Spot],
    ways: Sequence[Way],
    close_to: Collection[str],
    headings: tuple[str, str],
) -> tuple[list[Panel], dict[tuple[str, str], float]]:
    """One panel, or one of all and one of a part where there is such a part; and bends of ways.

    What else lies in view of the part belongs to it, so that no place is left out of a map that
    shows where it is.
    """
    codes = [spot.code for spot in spots]
    near = [code for code in codes if code in close_to]
    part = None
    while 1 < len(near) < len(codes):
        part = make_panel(headings[1], spots, near, near, WIDEST, NEAREST[1])
        seen = part.view.holds(np.array([part.where[code] for code in codes]))
        grown = [code for code, here in zip(codes, seen, strict=True) if here or code in near]
        if grown == near:
            break
        near = grown
    split = part is not None and len(near) < len(codes)
    far = [code for code in codes if code not in near] if split else codes
    settings = (WIDEST * SLIMMER, NEAREST[0]) if split else (WIDEST, NEAREST[1])
    first = make_panel(headings[0], spots, codes, far, *settings)
    bent = bends(first, ways)
    arcs = [curve(first.where[a], first.where[b], bend) for (a, b), bend in bent.items()]
    also = np.concatenate(arcs) if arcs else None
    whole = make_panel(headings[0], spots, codes, far, *settings, also)
    return [whole, part] if split and part is not None else [whole], bent


def draw_all(
    figure: go.Figure,
    panels: Sequence[Panel],
    spots: Sequence[Spot],
    ways: Sequence[Way],
    bent: Mapping[tuple[str, str], float],
    most: float,
    unit: str,
    decimals: int,
) -> None:
    """Draw each panel under the one before."""
    names = {spot.code: spot.name for spot in spots}
    plot = sum(panel.height + PANEL_TITLE for panel in panels)
    taken = 0.0
    for index, panel in enumerate(panels):
        axis = "" if index == 0 else str(index + 1)
        shown = panel.named if index else tuple(names)
        drawn = strokes(panel, ways, bent, most, shown)
        taken += PANEL_TITLE + panel.height
        domain = (1 - taken / plot, 1 - (taken - panel.height) / plot)
        draw_panel(figure, panel, axis, domain)
        hover = [said(stroke.way, names, unit, decimals) for stroke in drawn]
        draw_lines(
            figure, drawn, axis, hover, RING_SIZE if panel.widest == WIDEST else 0.7 * RING_SIZE
        )
        draw_places(figure, panel, axis, [code for code in shown if code not in panel.named])
        frame = seen_on(panels[1], panel) if len(panels) > 1 and not index else None
        if len(panels) > 1:
            add_frame(figure, frame or panel.view, axis)
        names_here = names_of(panel, spots, drawn, decimals)
        draw_names(figure, names_here, sheet_of(panel, drawn, frame), axis)
        figure.add_annotation(
            **corner() | {"y": domain[1]},
            text=f"<i>{figure_text(panel.title, KEY_WIDTH)}</i>",
            align="left",
            xshift=4,
            yshift=3,
        )


def seen_on(panel: Panel, other: Panel) -> Box:
    """The view of a panel as a box on another, whose latitude of true scale is not the same."""
    degree, nothing = np.ones(1), np.zeros(1)
    squeeze = [float(project(degree, nothing, one.middle)[0, 0]) for one in (panel, other)]
    part = squeeze[1] / squeeze[0]
    return Box(part * panel.view.left, part * panel.view.right, panel.view.low, panel.view.high)


def said(way: Way, names: dict[str, str], unit: str, decimals: int) -> str:
    """What the pointer says of a line."""
    ends = figure_text(f"{names[way.a]} to {names[way.b]}, {way.mode}", TITLE_WIDTH)
    before, after = (number(value, decimals) for value in (way.before, way.after))
    return f"{ends}: {after} {unit} (before: {before})"


def table(spots: Sequence[Spot], ways: Sequence[Way], unit: str, decimals: int) -> dict[str, Any]:
    """The numbers of the figure: places that have one, what changed, then what carries most."""
    rows = [
        [f"through {spot.name}, {spot.state}", "", "", number(spot.value, decimals)]
        for spot in sorted(spots, key=lambda spot: -(spot.value or 0.0))
        if spot.value is not None
    ]
    names = {spot.code: spot.name for spot in spots}
    for way in sorted(ways, key=lambda way: (way.state == "usual", -way.after, -way.before)):
        state = "" if way.state == "usual" else f", {way.state}"
        rows.append(
            [
                f"{names[way.a]} to {names[way.b]}",
                way.mode + state,
                number(way.before, decimals),
                number(way.after, decimals),
            ]
        )
    return {"columns": ["", "", f"before, {unit}", f"after, {unit}"], "rows": rows}


def key_lines(ways: Sequence[Way], words: tuple[str, str], unit: str) -> list[str]:
    """What colours and widths mean, in as few lines as have room on a phone."""
    usual = [way for way in ways if way.state == "usual"]
    items = [
        (colour, "■" if dash == "solid" else "- -", mode)
        for mode, (colour, dash) in MODES.items()
        if any(way.mode == mode and way.after > 0 for way in usual)
    ]
    if any(way.state == "changed" for way in ways):
        items.append((GAIN, RING, words[0]))
    if any(way.state == "closed" for way in ways):
        items.append((LOSS, "✕", words[1]))
    if any(way.after <= 0 for way in usual):
        items.append((FAINT, "—", "carries nothing"))
    lines: list[str] = []
    taken = KEY_WIDTH
    for colour, glyph, text in items:
        parts = wrapped(text, KEY_WIDTH - len(glyph) - 1)
        first, *rest = (figure_text(part, KEY_WIDTH) for part in parts)
        item = f'<span style="color:{colour}"><b>{glyph}</b></span> {first}'
        length = len(glyph) + 1 + len(text)
        if taken + 2 + length > KEY_WIDTH:
            lines += [item, *rest]
            taken = length
        else:
            lines[-1] += f"\u2003{item}"
            taken += 2 + length
    width = wrapped(f"Width: {unit}", KEY_WIDTH)
    return [*lines, *(figure_text(line, KEY_WIDTH) for line in width)]


def samples(most: float) -> list[float]:
    """Three round values whose lines are about as wide as can be, half, and a quarter of it."""
    made = []
    for value in (most, most / 8, most / 64):
        size = 10.0 ** math.floor(math.log10(value))
        made.append(max(1.0, math.floor(value / size)) * size)
    return made


def draw_key(figure: go.Figure, key: Sequence[str], most: float) -> None:
    """The key above the maps: colours, then three lines of known width."""
    for index, line in enumerate(key):
        up = KEY_ROW * (len(key) - index) + 2
        figure.add_annotation(**corner(), text=line, align="left", xshift=4, yshift=up)
    for index, value in enumerate(samples(most)):
        left = 6 + SAMPLE_STEP * index
        figure.add_shape(
            type="line",
            xref="paper",
            yref="paper",
            xsizemode="pixel",
            ysizemode="pixel",
            xanchor=0,
            yanchor=1,
            x0=left,
            x1=left + SAMPLE,
            y0=LINE / 2 + 4,
            y1=LINE / 2 + 4,
            line={"width": round(width_of(value, most, WIDEST), 2), "color": WHOLE},
        )
        figure.add_annotation(
            **corner(),
            text=number(value, max(0, -math.floor(math.log10(value)))),
            xshift=left + SAMPLE + 4,
            yshift=3,
        )
