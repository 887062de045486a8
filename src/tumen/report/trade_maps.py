"""A region's trade on a map: a line to each partner, as wide as what is sold and what is bought."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from tumen.report.curves import NARROW
from tumen.report.mapmarks import (
    RING_SIZE,
    draw_lines,
    draw_names,
    draw_panel,
    draw_places,
    names_of,
    sheet_of,
)
from tumen.report.maps import KEY_ROW, draw_key, key_lines
from tumen.report.panels import NEAREST, Panel, Spot, Way, make_panel, strokes
from tumen.report.rows import TITLE_LINE, TITLE_WIDTH, template
from tumen.report.text import decimals_for, figure_text, number, wrapped
from tumen.world.names import name_of
from tumen.world.world import World

if TYPE_CHECKING:
    import plotly.graph_objects as go

CENTRES = Path(__file__).parent / "centres.csv"
TALL = 200.0  # pixels: the least height of a map that may show all the world
ACROSS = 560  # pixels of the widest page, on which no coast should come twice
THICKEST = 8.0  # pixels of the line that carries most
NAMED = 7  # partners whose names stand on the map; a phone has room for no more
UNIT = "million USD"
FLOWS = ("exports", "imports")


class Centre(NamedTuple):
    """Where a region is drawn: its capital, or of a group that of its largest economy."""

    place: str
    lat: float
    lon: float


@cache
def centres() -> dict[str, Centre]:
    """Centres by the code of the region."""
    with CENTRES.open(encoding="utf-8", newline="") as stream:
        return {
            row["code"]: Centre(row["place"], float(row["lat"]), float(row["lon"]))
            for row in csv.DictReader(stream)
        }


def drawn(world: World, region: str, trade: pd.DataFrame) -> tuple[list[Spot], list[Way]]:
    """Places and lines of the regions that have a centre, largest trade first."""
    known = centres()
    codes = [code for code in (region, *trade.index) if code in known]
    spots = [
        Spot(code, name_of(world, code), known[code].place, known[code].lat, known[code].lon)
        for code in codes
    ]
    ways = [
        Way(region, code, flow, float(trade.loc[code, flow]), float(trade.loc[code, flow]))
        for code in codes[1:]
        for flow in FLOWS
        if trade.loc[code, flow] > 0
    ]
    return spots, ways


def trade_map(world: World, region: str, trade: pd.DataFrame, title: str) -> go.Figure | None:
    """The map of a region's exports and imports [partner]; None where fewer than two are placed.

    `trade` has the columns `exports` and `imports`, million USD, largest trade first.
    """
    import plotly.graph_objects as go

    spots, ways = drawn(world, region, trade)
    if region not in centres() or not ways:
        return None
    codes = [spot.code for spot in spots]
    panel = taller(make_panel("", spots, codes, codes[: NAMED + 1], THICKEST, NEAREST[0]))
    most = max(way.after for way in ways)
    lines = strokes(panel, ways, {}, most, codes)
    key = key_lines(ways, ("", ""), UNIT)
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    above = KEY_ROW * (len(key) + 1)
    decimals = decimals_for(way.after for way in ways)
    figure = go.Figure(layout={"template": template()})
    figure.update_layout(
        title_text=figure_text(title, TITLE_WIDTH),
        margin={"l": 0, "r": 0, "t": round(heading + above), "b": 0},
        height=round(heading + above + panel.height),
        meta={
            "title": title,
            "heading": heading,
            "kind": "Map",
            "table": table(world, trade, decimals),
        },
    )
    draw_panel(figure, panel, "", (0.0, 1.0))
    names = {spot.code: spot.name for spot in spots}
    hover = [
        f"{figure_text(names[line.way.b], TITLE_WIDTH)}, {line.way.mode}: "
        f"{number(line.way.after, decimals)} {UNIT}"
        for line in lines
    ]
    draw_lines(figure, lines, "", hover, RING_SIZE)
    draw_places(figure, panel, "", codes[NAMED + 1 :])
    draw_names(figure, names_of(panel, spots, lines, 0), sheet_of(panel, lines, None), "")
    draw_key(figure, key, most)
    return figure


def taller(panel: Panel) -> Panel:
    """The panel with room for names above and below a map of all the world."""
    height = max(panel.height, TALL)
    wide, tall = panel.view.right - panel.view.left, panel.view.high - panel.view.low
    scales = (min(NARROW / wide, height / tall), min(ACROSS / wide, height / tall))
    return replace(panel, height=height, scales=scales)


def table(
    world: World, trade: pd.DataFrame, decimals: int
) -> dict[str, list[list[str]] | list[str]]:
    """The numbers of the map, of all partners, drawn or not."""
    rows = [
        [name_of(world, str(code)), *(number(float(row[flow]), decimals) for flow in FLOWS)]
        for code, row in trade.iterrows()
    ]
    return {"columns": ["", *(f"{flow}, {UNIT}" for flow in FLOWS)], "rows": rows}


def undrawn(world: World, trade: pd.DataFrame) -> list[str]:
    """Names of the partners that have no place on a map."""
    return [name_of(world, str(code)) for code in trade.index if code not in centres()]


def groups(world: World, codes: np.ndarray | list[str]) -> dict[str, str]:
    """Of the groups of economies among these regions: where each is drawn, by its name."""
    known = centres()
    return {
        name_of(world, code): known[code].place
        for code in codes
        if code in known and len(world.members.get(code, ())) > 1
    }
