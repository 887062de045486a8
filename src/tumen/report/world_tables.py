"""What tables and figures about a world share: its source, its names, and numbers as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from tumen.analysis import exposure
from tumen.report import figures
from tumen.report.document import Cell, Column, Figure, Source, Table
from tumen.report.text import number
from tumen.report.trade_maps import UNIT
from tumen.world.names import name_of
from tumen.world.world import World

MOST = 15  # economies in the figure of a world
UNITS = {
    "theirs_direct": "share of the partner's spending",
    "theirs_total": "share of the partner's final spending",
    "own_direct": "share of its spending",
    "own_total": "share of its final spending",
    "earned": "share of its value added",
}


class View(NamedTuple):
    """What a reader sees, and the same as unrounded data."""

    block: Figure | Table
    data: Table


def benchmark(world: World) -> Source:
    """Where the numbers of a world are from, in brief."""
    return Source(f"benchmark {world.name} {world.version}, an estimate")


def origins(world: World) -> list[Source]:
    """The same in full: the benchmark and what it was made from."""
    told = str(world.dataset.attrs.get("sources", ""))
    return [benchmark(world), *(Source(part) for part in told.split("; ") if part)]


def sector_name(world: World, sector: str) -> str:
    """A sector's everyday name, its code where it has none."""
    names = world.dataset.coords.get("sector_name")
    return sector if names is None else str(names.sel(sector=sector).item())


def share(value: float) -> str:
    """A share in per cent, with as many digits as matter."""
    size = 100 * value
    if 0 < size < 0.005:
        return "less than 0.01 %"
    return f"{number(size, 0 if size >= 9.5 else 1 if size >= 0.95 else 2)} %"


def data_of(
    world: World, frame: pd.DataFrame, caption: str, head: str, called: Callable[[str], str]
) -> Table:
    """A frame as data: code and name of each row, then its numbers."""
    columns = [Column(head, numeric=False), Column("name", numeric=False)]
    columns += [Column(str(name), UNITS.get(str(name), UNIT)) for name in frame]
    rows: list[list[Cell]] = [
        [str(code), called(str(code)), *map(float, row)]
        for code, row in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    return Table(caption, columns, rows, sources=origins(world))


def decimals(largest: float) -> int:
    """Decimals of amounts in million USD: none for a large economy, one for a small one."""
    return 0 if largest >= 1e5 else 1


def economies(world: World) -> View:
    """The economies of a world, the largest first."""
    frame = exposure.economies(world).sort_values("value_added", ascending=False, kind="stable")
    whole = frame["value_added"].sum()
    first = [name_of(world, str(code)) for code in frame.index[:2]]
    part = frame["value_added"].head(2).sum() / whole
    title = f"{' and '.join(first)} make {share(part)} of the world's value added"
    shown = frame[["value_added"]].head(MOST) / 1e6
    shown = shown.rename(index=lambda code: name_of(world, str(code)))
    shown.columns = pd.Index(["value added"])
    chart = figures.paired_bars(shown, title=title, unit="trillion USD", decimals=2)
    data = data_of(world, frame, title, "region", lambda code: name_of(world, code))
    return View(Figure(chart, sources=[benchmark(world)]), data)
