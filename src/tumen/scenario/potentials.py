"""Potential shares of closed flows, and the consumer goods behind them: two tables of a case."""

from __future__ import annotations

import csv
import functools
import io
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tumen.errors import ScenarioError, nearest
from tumen.scenario.figure import End
from tumen.scenario.locate import locate
from tumen.scenario.shocks import MOST_ENTERED
from tumen.scenario.tables import Table, table

POTENTIALS = "potentials.csv"
GOODS = "goods.csv"
NUMBERS = ("share", "se", "low", "high", "flow_musd", "anchor_musd", "recorded_2016_musd")
LABELS = ("importer", "exporter", "sector")


@dataclass(frozen=True)
class Potential:
    """Share of the buyer's spending on a sector that a flow would have if it were open.

    `se` is the standard error of `share` that comes from the coefficients; `low` and `high` are
    the ends of the 90 per cent range that also holds the spread of single flows. Flows in million
    USD: the potential one, the one with the partner it was moved from, and the one on record.
    """

    importer: str
    exporter: str
    sector: str
    share: float
    se: float
    low: float
    high: float
    flow_musd: float
    anchor_musd: float
    recorded_2016_musd: float
    method: str
    source: str

    def at(self, end: End) -> float:
        """The share at one end of its range, or at its centre."""
        return {"low": self.low, "central": self.share, "high": self.high}[end]

    def moved(self, position: float) -> Potential:
        """The flow with its share moved in logs, as far as its high end at 1, its low at -1."""
        if self.share == 0:
            return self
        end = self.high if position > 0 else self.low
        return replace(self, share=self.share * (end / self.share) ** abs(position))


@dataclass(frozen=True)
class Good:
    """A good of the case: codes of the Harmonized System, sectors, legal status and evidence.

    `stated_musd` is a recorded flow and `stated_import_share` its share of all that the importer
    buys abroad, where a source gives one.
    """

    good: str
    hs: tuple[str, ...]
    sectors: tuple[str, ...]
    importer: str
    exporter: str
    trade_mark: str
    status: str
    stated_musd: float | None
    stated_import_share: float | None
    evidence: tuple[str, ...]
    note: str


def table_of(case: str | Path, name: str) -> Path:
    """A table beside the scenario file of a shipped case, a folder or a path."""
    folder = Path(case)
    return (folder if folder.is_dir() else locate(case).parent) / name


def lines(of: Table, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their line numbers. Raises `ScenarioError` where the table cannot be read."""
    path = of.path
    try:
        reader = csv.DictReader(io.StringIO(of.content.decode("utf-8"), newline=""))
        lacking = [name for name in needed if name not in (reader.fieldnames or ())]
        if lacking:
            raise ScenarioError(f"{path}, line 1: the column {lacking[0]!r} is missing; add it")
        for row in reader:
            yield reader.line_num, {name: (row[name] or "").strip() for name in needed}
    except (csv.Error, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: the table is not a CSV in UTF-8 ({error})") from None


def number(path: Path, line: int, field: str, text: str) -> float:
    """A finite number that is not negative."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ScenarioError(f"{path}, line {line}, field {field}: {text!r} is no number from 0 up")
    return value


def read_potentials(case: str | Path) -> list[Potential]:
    """Read potentials.csv of a case.

    Raises `ScenarioError` naming file, line and field for a value that is no number, a range out
    of order, a share above what may enter, a trade with itself or a flow named twice.
    """
    return list(potentials_of(table(table_of(case, POTENTIALS))))


@functools.lru_cache(maxsize=16)
def potentials_of(of: Table) -> tuple[Potential, ...]:
    """The rows of a table of potentials, remembered by its content."""
    path = of.path
    found: dict[tuple[str, ...], Potential] = {}
    for line, row in lines(of, (*LABELS, *NUMBERS, "method", "source")):
        values = {name: number(path, line, name, row[name]) for name in NUMBERS}
        if not values["low"] <= values["share"] <= values["high"]:
            raise ScenarioError(
                f"{path}, line {line}, field share: low, share and high must rise in this order"
            )
        if values["high"] > MOST_ENTERED:
            raise ScenarioError(
                f"{path}, line {line}, field high: at most {MOST_ENTERED} of a market is entered, "
                f"not {values['high']:g}"
            )
        cell = (row["importer"], row["exporter"], row["sector"])
        if row["importer"] == row["exporter"]:
            raise ScenarioError(f"{path}, line {line}: {row['importer']} does not enter itself")
        if cell in found:
            raise ScenarioError(f"{path}, line {line}: {' '.join(cell)} stands twice")
        found[cell] = Potential(
            *cell,
            share=values["share"],
            se=values["se"],
            low=values["low"],
            high=values["high"],
            flow_musd=values["flow_musd"],
            anchor_musd=values["anchor_musd"],
            recorded_2016_musd=values["recorded_2016_musd"],
            method=row["method"],
            source=row["source"],
        )
    return tuple(found.values())


def read_goods(case: str | Path, evidence: Collection[str] | None = None) -> list[Good]:
    """Read goods.csv of a case; codes, sectors and evidence ids are separated by blanks.

    With `evidence`, the known ids, an id that is not among them is an error. Raises
    `ScenarioError` naming file, line and field for a code that is none, a good without sector, or
    a stated figure without evidence.
    """
    path = table_of(case, GOODS)
    fields = ("good", "hs", "sector", "importer", "exporter", "trade_mark", "status")
    stated = ("stated_musd", "stated_import_share")
    found = []
    for line, row in lines(table(path), (*fields, *stated, "evidence", "note")):
        codes, sectors = tuple(row["hs"].split()), tuple(row["sector"].split())
        for code in codes:
            if not (code.isdigit() and len(code) in (2, 4, 6)):
                raise ScenarioError(
                    f"{path}, line {line}, field hs: {code!r} is no code of 2, 4 or 6 digits"
                )
        if not sectors:
            raise ScenarioError(f"{path}, line {line}, field sector: {row['good']!r} needs one")
        cited = tuple(row["evidence"].split())
        for key in cited:
            if evidence is not None and key not in evidence:
                raise ScenarioError(
                    f"{path}, line {line}, field evidence: there is no evidence {key!r}"
                    f"{nearest(key, evidence)}"
                )
        figures = {
            name: number(path, line, name, row[name]) if row[name] else None for name in stated
        }
        if not cited and any(value is not None for value in figures.values()):
            raise ScenarioError(f"{path}, line {line}, field evidence: a stated figure needs an id")
        found.append(
            Good(
                row["good"],
                codes,
                sectors,
                row["importer"],
                row["exporter"],
                row["trade_mark"],
                row["status"],
                figures["stated_musd"],
                figures["stated_import_share"],
                cited,
                row["note"],
            )
        )
    return found
