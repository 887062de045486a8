"""The gist of a case: losses and shares undone as a short table, with what the case itself says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tumen.analysis.fourworlds import ENDS
from tumen.app.pages.texts import text
from tumen.report.text import number
from tumen.report.words import share
from tumen.scenario.load import Case
from tumen.world.names import name_of


class Cell(NamedTuple):
    """A number of the gist with its range, as text."""

    now: str
    span: str


class Place(NamedTuple):
    """A cell of the gist: where its number stands in the answer, and what the case says."""

    at: str
    cell: Cell
    was: str


class Row(NamedTuple):
    """The gist of one target."""

    title: str
    places: list[Place]


NOTHING = Cell("–", "")


def cell_of(ends: Mapping[str, float | None], shown: Callable[[float], str]) -> Cell:
    """A number with its range as text; a share of a loss that is too small has none."""
    low, central, high = (ends[end] for end in ENDS)
    if central is None:
        return Cell(text("case.no_ratio"), "")
    now = f"{shown(central)} %"
    if low is None or high is None:
        return Cell(now, "")
    span = [shown(end) for end in sorted((low, high))]
    return Cell(now, "" if span[0] == span[1] else text("case.span", low=span[0], high=span[1]))


def gist_of(whole: Mapping[str, Any]) -> dict[str, Cell]:
    """The numbers that a reader looks at first: losses and the shares undone in each phase."""
    found = {
        f"loss.{region}": cell_of(loss["pressure"], number)
        for region, loss in whole["loss"].items()
    }
    for phase, ratios in whole["offset_ratio"].items():
        for region, ratio in ratios.items():
            found[f"offset_ratio.{phase}.{region}"] = cell_of(ratio, share)
    return found


def rows_of(case: Case, now: Mapping[str, Cell], base: Mapping[str, Cell]) -> list[Row]:
    """The gist as a table: targets down, the loss and each phase across."""

    def place(at: str) -> Place:
        cell, was = now.get(at, NOTHING), base[at].now
        return Place(at, cell, "" if cell.now in (was, "–") else text("case.was", value=was))

    phases = [phase.id for phase in case.scenario.tied_phases]
    return [
        Row(
            name_of(case.world, region),
            [
                place(f"loss.{region}"),
                *(place(f"offset_ratio.{phase}.{region}") for phase in phases),
            ],
        )
        for region in case.scenario.targets
    ]
