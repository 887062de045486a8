"""A tie as two lists of shocks, with it and without it, and what stands in its ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from tumen.scenario.figure import End
from tumen.scenario.network import VALUE_OF_DAY
from tumen.scenario.shocks import Shock
from tumen.world.world import World


class Setting(NamedTuple):
    """Where a tie is switched: the world, the case, and which end of its figures counts.

    `level` scales what the tie brings: 1 at its height, its persistence afterwards.
    """

    world: World
    targets: Sequence[str]
    folder: Path | None = None  # of the case, where a tie reads a table beside it
    end: End = "central"
    level: float = 1.0
    value_of_day: float = VALUE_OF_DAY.central


class PaidInKind(NamedTuple):
    """A part of a payment made in goods, million USD a year."""

    title: str
    receiver: str
    value: float
    counted: float  # as money: at most what the receiver buys of such goods


@dataclass
class Switch:
    """A channel as shocks to the benchmark: with the tie, and without it."""

    on: list[Shock] = field(default_factory=list)
    off: list[Shock] = field(default_factory=list)
    received: dict[str, float] = field(default_factory=dict)  # goods outside the market, when on
    ledger: dict[str, float] = field(default_factory=dict)  # transfers when on, by region
    in_benchmark: dict[str, float] = field(default_factory=dict)
    in_kind: list[PaidInKind] = field(default_factory=list)
    from_stock: dict[str, float] = field(default_factory=dict)  # assets run down, by region
    withdrawn: dict[str, float] = field(default_factory=dict)  # labour and inputs, by region

    def after(self, shocks: Iterable[Shock]) -> Switch:
        """The same with shocks before its own, with the tie and without it."""
        listed = list(shocks)
        return replace(self, on=[*listed, *self.on], off=[*listed, *self.off])


def add(to: dict[str, float], region: str, value: float) -> None:
    """Add to a region's entry of a ledger."""
    to[region] = to.get(region, 0.0) + value
