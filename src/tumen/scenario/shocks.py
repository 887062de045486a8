"""Shocks: small typed records of what changes, and how they act on the model's arrays.

A selector is a code, a list of codes, a named group ("EU27", "G7", "west") or None for all; None
never means a region's trade with itself. A value is a number or an `xarray.DataArray` over
dimensions it touches: labels decide, labels it lacks stay as they are, dimensions it lacks
broadcast, and a DataArray over both importer and exporter sets own cells as given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

import xarray as xr

from tumen.errors import ShockError
from tumen.scenario.patches import (
    BILATERAL,
    NATIONAL,
    PAIRS,
    SECTORAL,
    Accumulator,
    Rule,
    Selector,
    Value,
    check_value,
    merge,
    place,
)
from tumen.world.world import World


class Shock:
    """Base of all shocks; `apply` changes the accumulator, `describe` says what it does."""

    def apply(self, to: Accumulator) -> None:
        """Apply the shock to the arrays collected so far."""
        raise NotImplementedError

    def describe(self) -> dict[str, object]:
        """The record as plain values, for files and hashes."""
        plain: dict[str, object] = {"kind": type(self).__name__}
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if isinstance(value, xr.DataArray):
                value = value.to_dict()
            elif isinstance(value, Iterable) and not isinstance(value, str):
                value = list(value)
            if value is not None:
                plain[item.name] = value
        return plain


@dataclass(frozen=True, eq=False)
class Bilateral(Shock):
    """A shock to cells importer x exporter x sector."""

    importer: Selector = None
    exporter: Selector = None
    sector: Selector = None

    def selectors(self) -> dict[str, Selector]:
        """Selectors by dimension."""
        return {"importer": self.importer, "exporter": self.exporter, "sector": self.sector}


@dataclass(frozen=True, eq=False)
class Tariff(Bilateral):
    """Import tariff: `rate` is the new ad-valorem rate (the last wins), `change` adds to it.

    Both are fractions: 0.1 is ten per cent, or ten percentage points.
    """

    rate: Value | None = field(default=None, kw_only=True)
    change: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Set or raise the tariff; it must stay above -1."""
        if (self.rate is None) == (self.change is None):
            raise ShockError("Tariff needs either rate= or change=, not both and not neither")
        rule: Rule = "set" if self.rate is not None else "add"
        name = "Tariff rate" if self.rate is not None else "Tariff change"
        value = self.rate if self.rate is not None else self.change
        check_value(value, name, above=-1.0 if rule == "set" else None)
        assert value is not None
        merge(to.world, to.tariff, BILATERAL, self.selectors(), value, name, rule)
        if (to.tariff <= -1).any():
            raise ShockError(f"{name} takes a tariff to -1 or below; a rate is above -1")


@dataclass(frozen=True, eq=False)
class TradeCost(Bilateral):
    """Iceberg or non-tariff cost: `factor` multiplies delivered cost; 1.1 is a tenth dearer."""

    factor: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Multiply the cost factor."""
        check_value(self.factor, "TradeCost factor", above=0.0)
        assert self.factor is not None
        name = "TradeCost factor"
        merge(to.world, to.cost_factor, BILATERAL, self.selectors(), self.factor, name, "times")


@dataclass(frozen=True, eq=False)
class Embargo(Bilateral):
    """Multiply the cell's weight in the price index by 1 - `share`; share 1 is a full ban.

    It is not the fall of the flow: `tumen.calibrate` finds the weights that give a recorded fall.
    """

    share: Value = field(default=1.0, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Multiply the weight; a ban is an exact zero."""
        check_value(self.share, "Embargo share", least=0.0, most=1.0)
        left = 1 - self.share
        merge(to.world, to.weight, BILATERAL, self.selectors(), left, "Embargo share", "times")


@dataclass(frozen=True, eq=False)
class Productivity(Shock):
    """`factor` scales unit-cost productivity: 1.1 makes the bundle ten per cent more productive."""

    region: Selector = None
    sector: Selector = None
    factor: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Multiply productivity."""
        check_value(self.factor, "Productivity factor", above=0.0)
        assert self.factor is not None
        where = {"region": self.region, "sector": self.sector}
        name = "Productivity factor"
        merge(to.world, to.productivity, SECTORAL, where, self.factor, name, "times")


@dataclass(frozen=True, eq=False)
class LabourForce(Shock):
    """`factor` scales the labour force (all primary factors, where labour is the only one)."""

    region: Selector = None
    factor: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Multiply the labour force."""
        check_value(self.factor, "LabourForce factor", above=0.0)
        assert self.factor is not None
        where = {"region": self.region}
        name = "LabourForce factor"
        merge(to.world, to.labour, NATIONAL, where, self.factor, name, "times")


@dataclass(frozen=True, eq=False)
class Transfer(Shock):
    """`value` million USD a year goes from `source` to `destination`.

    With several sources or destinations, `value` is a DataArray over `source` and/or
    `destination`: nothing is split by assumption. A negative value reverses the direction.
    """

    source: Selector = None
    destination: Selector = None
    value: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Add to the transfers received by destinations, take from sources."""
        check_value(self.value, "Transfer value")
        assert self.value is not None
        where: dict[str, Selector] = {"source": self.source, "destination": self.destination}
        (givers, takers), amount = place(to.world, PAIRS, where, self.value, "Transfer value")
        given = self.value.dims if isinstance(self.value, xr.DataArray) else ()
        for dim, chosen in zip(PAIRS, (givers, takers), strict=True):
            if dim not in given and len(chosen) != 1:
                raise ShockError(
                    f"Transfer {dim} names {len(chosen)} regions; give value as a DataArray "
                    f"over {dim!r} to say how much each one takes part"
                )
        to.transfer[takers] += amount.sum(axis=0)
        to.transfer[givers] -= amount.sum(axis=1)


def apply_all(world: World, shocks: Iterable[Shock]) -> Accumulator:
    """Apply shocks in list order to the neutral arrays."""
    to = Accumulator.neutral(world)
    for number, shock in enumerate(shocks, start=1):
        if not isinstance(shock, Shock):
            raise ShockError(
                f"shock {number} is a {type(shock).__name__}; use Tariff, TradeCost, Embargo, "
                "Productivity, LabourForce or Transfer"
            )
        try:
            shock.apply(to)
        except ShockError as error:
            raise ShockError(f"shock {number}: {error}") from None
    return to
