"""A region of a world as figures and tables: what it makes, whom it trades with, who depends on it.

Each view is what a reader sees and, apart from it, its numbers as they are, unrounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from tumen.analysis import exposure
from tumen.analysis.exposure import Flow
from tumen.report import figures
from tumen.report.case_maps import OUTLINE
from tumen.report.document import Cell, Column, Figure, Table
from tumen.report.trade_maps import UNIT, groups, trade_map, undrawn
from tumen.report.world_tables import View, benchmark, data_of, decimals, sector_name, share
from tumen.world.names import name_of
from tumen.world.world import World

MOST = 10  # partners in a figure
ACROSS = 5  # partners in the table by sector
BENCHMARK = (
    "Direct: what is bought from there, over all that is bought at home and abroad, by final "
    "buyers and as inputs. Through inputs: final purchases from each producer, times the value "
    "added of {name} in a unit of what that producer makes with all inputs of inputs counted, over "
    "final spending; wherever the goods were finished. The two are shares of different wholes. In "
    "the benchmark final buyers and firms have the same suppliers."
)


class Asked(NamedTuple):
    """A region of a world, the partner looked at, and which way the trade by sector goes."""

    world: World
    region: str
    partner: str
    flow: Flow = "exports"

    @property
    def name(self) -> str:
        """The region's everyday name."""
        return name_of(self.world, self.region)

    @property
    def partners(self) -> pd.DataFrame:
        """Its partners, largest trade first."""
        return exposure.partners(self.world, self.region)


def by_partner(asked: Asked, frame: pd.DataFrame, caption: str) -> Table:
    """Numbers by partner as data."""
    return data_of(asked.world, frame, caption, "partner", lambda code: name_of(asked.world, code))


def by_sector(asked: Asked, frame: pd.DataFrame, caption: str) -> Table:
    """Numbers by sector as data."""
    return data_of(
        asked.world, frame, caption, "sector", lambda code: sector_name(asked.world, code)
    )


def sectors(asked: Asked) -> View:
    """What the region makes and trades, by sector."""
    frame = exposure.sectors(asked.world, asked.region)
    whole = frame.sum()
    largest = str(frame["value_added"].idxmax())
    caption = (
        f"{sector_name(asked.world, largest)} make"
        f" {share(frame.loc[largest, 'value_added'] / whole['value_added'])} of the value added of"
        f" {asked.name}; output and trade by sector"
    )
    titles = ("gross output", "value added", "exports", "imports")
    columns = [Column("sector", numeric=False)]
    columns += [Column(title, UNIT, decimals=decimals(frame.to_numpy().max())) for title in titles]
    rows: list[list[Cell]] = [
        [sector_name(asked.world, str(code)), *map(float, row)]
        for code, row in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    total: list[Cell] = ["All sectors", *map(float, whole)]
    block = Table(caption, columns, rows, total, sources=[benchmark(asked.world)])
    return View(block, by_sector(asked, frame, caption))


def trade(asked: Asked) -> View:
    """Exports and imports by partner."""
    frame = asked.partners[["exports", "imports"]]
    buyer, seller = str(frame["exports"].idxmax()), str(frame["imports"].idxmax())
    sold, bought = (frame[flow].max() / frame[flow].sum() for flow in frame)
    title = f"{name_of(asked.world, buyer)} takes {share(sold)} of the exports of {asked.name}"
    if buyer == seller:
        title += f" and provides {share(bought)} of its imports"
    else:
        title += f"; {name_of(asked.world, seller)} provides {share(bought)} of its imports"
    shown = frame.head(MOST).rename(index=lambda code: name_of(asked.world, str(code)))
    rest = len(frame) - len(shown)
    if rest:
        shown = pd.concat([shown, frame.tail(rest).sum().to_frame(f"{rest} others together").T])
    chart = figures.paired_bars(shown, title=title, unit=UNIT, axis="trade a year")
    block = Figure(chart, sources=[benchmark(asked.world)])
    return View(block, by_partner(asked, frame, title))


def mapped(asked: Asked) -> View | None:
    """The same on a map; None where the places are not known."""
    frame = asked.partners[["exports", "imports"]]
    first = [name_of(asked.world, str(code)) for code in frame.index[:3]]
    part = frame.head(3).to_numpy().sum() / frame.to_numpy().sum()
    title = f"{share(part)} of the trade of {asked.name} is with {', '.join(first[:-1])} and "
    title += first[-1]
    chart = trade_map(asked.world, asked.region, frame, title)
    if chart is None:
        return None
    missing = undrawn(asked.world, frame)
    told = "; ".join(
        f"{name}: {place}"
        for name, place in groups(asked.world, [asked.region, *map(str, frame.index)]).items()
    )
    caption = (
        "Each economy is drawn at its capital, and lines are no courses of ships. A line twice as "
        "wide carries eight times as much."
        + (f" A group is drawn at the capital of its largest economy ({told})." if told else "")
        + (f" Not drawn: {', '.join(missing)}." if missing else "")
    )
    block = Figure(chart, caption, [benchmark(asked.world), OUTLINE])
    return View(block, by_partner(asked, frame, title))


def exposed(asked: Asked, whose: str, title: str, name: str) -> View:
    """Exposure one way, direct and through inputs, the largest first."""
    frame = asked.partners[[f"{whose}_direct", f"{whose}_total"]]
    frame = frame.sort_values(f"{whose}_total", ascending=False, kind="stable")
    shown = 100 * frame.head(MOST)
    shown = shown.rename(index=lambda code: name_of(asked.world, str(code)))
    shown.columns = pd.Index(["direct", "through inputs"])
    chart = figures.paired_bars(shown, title=title, unit="per cent", axis="share of spending")
    block = Figure(chart, BENCHMARK.format(name=name), [benchmark(asked.world)])
    return View(block, by_partner(asked, frame, title))


def theirs(asked: Asked) -> View:
    """How much each partner depends on the region."""
    frame = asked.partners
    most = str(frame["theirs_total"].idxmax())
    title = (
        f"{name_of(asked.world, most)} depends most on {asked.name}: "
        f"{share(frame['theirs_total'].max())} of its final spending ends as income there"
    )
    return exposed(asked, "theirs", title, asked.name)


def own(asked: Asked) -> View:
    """How much the region depends on each partner."""
    frame = asked.partners
    most = str(frame["own_total"].idxmax())
    title = (
        f"{asked.name} depends most on {name_of(asked.world, most)}: "
        f"{share(frame['own_total'].max())} of its final spending ends as income there"
    )
    return exposed(asked, "own", title, "the partner")


def partners(asked: Asked) -> View:
    """All partners: trade, exposure both ways, and who pays the region's income."""
    frame = asked.partners
    caption = (
        f"{asked.name} and each partner: trade, exposure both ways, and where income is earned"
    )
    columns = [
        Column("partner", numeric=False),
        *(
            Column(flow, UNIT, decimals=decimals(frame["exports"].max()))
            for flow in frame.columns[:2]
        ),
        Column("partner's, direct", "per cent", decimals=2),
        Column("partner's, through inputs", "per cent", decimals=2),
        Column("own, direct", "per cent", decimals=2),
        Column("own, through inputs", "per cent", decimals=2),
        Column("income earned there", "per cent", decimals=2),
    ]
    rows: list[list[Cell]] = [
        [name_of(asked.world, str(code)), *map(float, row[:2]), *(100 * float(v) for v in row[2:])]
        for code, row in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    note = (
        f"Partner's: how much of the partner's spending depends on {asked.name}; own: the reverse; "
        "both as defined under the figures above. Income earned there: the part of the value added "
        f"of {asked.name} that the partner's final spending pays."
    )
    block = Table(caption, columns, rows, note=note, sources=[benchmark(asked.world)])
    return View(block, by_partner(asked, frame, caption))


def matrix(asked: Asked) -> View:
    """Exports or imports by sector and partner."""
    frame = exposure.traded(asked.world, asked.region, asked.flow)
    order = frame.sum().sort_values(ascending=False, kind="stable").index
    what = "sells to" if asked.flow == "exports" else "buys from"
    caption = f"What {asked.name} {what} each of its main partners, by sector"
    first = [str(code) for code in order[:ACROSS]]
    places = decimals(float(frame.to_numpy().sum()))
    titles = [*(name_of(asked.world, code) for code in first), "others", "all"]
    columns = [Column("sector", numeric=False)]
    columns += [Column(title, UNIT, decimals=places) for title in titles]

    def cells(label: str, row: pd.Series[float]) -> list[Cell]:
        whole = float(row.sum())
        known = [float(row[code]) for code in first]
        return [label, *known, whole - sum(known), whole]

    rows = [cells(sector_name(asked.world, str(code)), row) for code, row in frame.iterrows()]
    total = cells("All sectors", frame.sum())
    block = Table(caption, columns, rows, total, sources=[benchmark(asked.world)])
    return View(block, by_sector(asked, frame, caption))


def pair(asked: Asked) -> View | None:
    """Exports and imports with the partner looked at, by sector; None where nothing is traded."""
    frame = exposure.pair(asked.world, asked.region, asked.partner)
    whole = frame.sum()
    if not float(whole.sum()):
        return None
    other = name_of(asked.world, asked.partner)
    flow = "exports" if whole["exports"] >= whole["imports"] else "imports"
    largest = str(frame[flow].idxmax())
    part = share(frame.loc[largest, flow] / whole[flow])
    verb = "sells to" if flow == "exports" else "buys from"
    goods = sector_name(asked.world, largest).lower()
    title = f"{part} of what {asked.name} {verb} {other} comes from {goods}"
    order = (-(frame["exports"] + frame["imports"])).to_numpy().argsort(kind="stable")
    shown = frame.iloc[order].head(MOST)
    shown = shown.rename(index=lambda code: sector_name(asked.world, str(code)))
    rest = frame.iloc[order].tail(len(frame) - len(shown)).sum()
    if len(frame) > MOST:
        shown = pd.concat([shown, rest.to_frame(f"{len(frame) - MOST} other sectors").T])
    chart = figures.paired_bars(shown, title=title, unit=UNIT, axis=f"with {other}, a year")
    block = Figure(chart, sources=[benchmark(asked.world)])
    return View(block, by_sector(asked, frame, title))


# In the order of the page.
VIEWS: dict[str, Callable[[Asked], View | None]] = {
    "pair": pair,
    "trade": trade,
    "map": mapped,
    "theirs": theirs,
    "own": own,
    "sectors": sectors,
    "matrix": matrix,
    "partners": partners,
}
