"""Shocks: small typed records of what changes, and how they act on the model's arrays.

A selector is a code, a list of codes, a named group ("EU27", "G7", "west") or None for all; None
never means a region's trade with itself. A value is a number or an `xarray.DataArray` over
dimensions it touches: labels decide, labels it lacks stay as they are, dimensions it lacks
broadcast, and a DataArray over both importer and exporter sets own cells as given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

import numpy as np
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
    cells_of,
    check_value,
    labels_of,
    merge,
    place,
)
from tumen.world.arrays import economy_of
from tumen.world.world import World

# A market is entered beside others: a share close to one would leave them nothing.
MOST_ENTERED = 0.95


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
class ExportTax(Bilateral):
    r"""Export tax: `rate` is the new ad-valorem rate (the last wins), `change` adds to it.

    Fractions of what producers receive, none at the benchmark. Delivered cost is multiplied by
    $1+\epsilon'$; producers receive flow / $(1+\epsilon')$, the exporter's treasury the rest.
    """

    rate: Value | None = field(default=None, kw_only=True)
    change: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Set or raise the export tax; it must stay above -1."""
        if (self.rate is None) == (self.change is None):
            raise ShockError("ExportTax needs either rate= or change=, not both and not neither")
        rule: Rule = "set" if self.rate is not None else "add"
        name = "ExportTax rate" if self.rate is not None else "ExportTax change"
        value = self.rate if self.rate is not None else self.change
        check_value(value, name, above=-1.0 if rule == "set" else None)
        assert value is not None
        merge(to.world, to.export_tax, BILATERAL, self.selectors(), value, name, rule)
        if (to.export_tax <= -1).any():
            raise ShockError(f"{name} takes an export tax to -1 or below; a rate is above -1")


@dataclass(frozen=True, eq=False)
class PriceCap(Bilateral):
    r"""Cap on the price that importers pay: `cap` against the market `price`, in the same unit.

    With constant returns a producer has no rent to give up, and a cap below cost would end sales.
    What the cap takes is therefore modelled as a lump sum from exporter to importer,
    $\max(0, 1 - cap/price)$ of the value of the flow before tariff, at an unchanged marginal price;
    what it does to supply needs factors that cannot move. The result says so.
    """

    cap: float | None = field(default=None, kw_only=True)
    price: float | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Set the part of the flow's value that is handed over."""
        for name, value in (("PriceCap cap", self.cap), ("PriceCap price", self.price)):
            check_value(value, name, above=0.0)
            if isinstance(value, xr.DataArray):
                raise ShockError(f"{name} is one number; use a shock for each cap")
        assert self.cap is not None
        assert self.price is not None
        gap = max(0.0, 1 - float(self.cap) / float(self.price))
        merge(to.world, to.price_gap, BILATERAL, self.selectors(), gap, "PriceCap", "set")
        if gap:
            to.notes.append(
                f"price cap {self.cap:g} against {self.price:g}: a lump sum of {100 * gap:.1f} % "
                "of the flow from exporter to importer, marginal price unchanged"
            )
        else:
            to.notes.append(
                f"price cap {self.cap:g} is not below the price {self.price:g}: no effect"
            )


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
        for weights in (to.weight, to.entry):
            merge(to.world, weights, BILATERAL, self.selectors(), left, "Embargo share", "times")


@dataclass(frozen=True, eq=False)
class MarketEntry(Bilateral):
    r"""Open a closed flow, or widen a near-closed one, to `share` of the buyer's spending.

    The share holds at benchmark prices: with the weights of a cell summing to $W$ (1 unless a ban
    came before), a flow of weight $\pi$ gets $(sW-\pi)/(1-s)$ on top, for a closed flow
    $s/(1-s)$. Shares of several exporters in one shock hold together. `weight` gives the weight on
    top itself instead, whatever is sold already. More varieties are a gain in themselves,
    $(1+e)^{1/\theta}$ in the price index, which the result reports as `variety_gain`.
    """

    share: Value | None = field(default=None, kw_only=True)
    weight: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Add the weight of the new flow. Raises `ShockError` where it is larger already."""
        if (self.share is None) == (self.weight is None):
            raise ShockError("MarketEntry needs either share= or weight=, not both and not neither")
        if self.weight is not None:
            name = "MarketEntry weight"
            check_value(self.weight, name, least=0.0)
            merge(to.world, to.entry, BILATERAL, self.selectors(), self.weight, name, "add")
            return
        check_value(self.share, "MarketEntry share", least=0.0)
        assert self.share is not None
        positions, share = touched(
            *place(to.world, BILATERAL, self.selectors(), self.share, "MarketEntry share")
        )
        rows = np.ix_(*positions[:2])
        benchmark = np.asarray(economy_of(to.world.shared).trade_share)
        weights = benchmark[rows] * to.weight[rows] + to.entry[rows]
        held = np.where(share > 0, weights[:, :, positions[2]], 0.0)
        whole = weights.sum(axis=2)
        entering = share.sum(axis=2)
        if (entering > MOST_ENTERED).any():
            raise ShockError(
                f"MarketEntry share must leave others something: at most {MOST_ENTERED} in all, "
                f"not {entering.max():g}"
            )
        total = (whole - held.sum(axis=2)) / (1 - entering)
        added = share * total[:, :, None] - held
        if (added < 0).any():
            j, n, i = np.argwhere(added < 0)[0]
            sector, importer, exporter = (
                labels_of(to.world, dim)[where[at]]
                for dim, where, at in zip(BILATERAL, positions, (j, n, i), strict=True)
            )
            raise ShockError(
                f"MarketEntry share: {exporter} already sells {held[j, n, i]:.3g} of the {sector} "
                f"that {importer} buys, more than {share[j, n, i]:.3g}; use TradeCost instead"
            )
        to.entry[cells_of(positions)] += added


def touched(positions: list[np.ndarray], share: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """The block of cells [j, n, i] where a share is asked for; none of what a region sells itself.

    Most shocks open a few flows of many: what follows looks at no others.
    """
    own = positions[1][:, None] == positions[2][None, :]
    share = np.where(own, 0.0, share)
    kept = [np.flatnonzero((share > 0).any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    block = [at[keep] for at, keep in zip(positions, kept, strict=True)]
    return block, share[np.ix_(*kept)]


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
                f"shock {number} is a {type(shock).__name__}; use Tariff, ExportTax, PriceCap, "
                "TradeCost, Embargo, MarketEntry, Productivity, LabourForce or Transfer (a Link "
                "changes a network: tumen.routes solves for it)"
            )
        try:
            shock.apply(to)
        except ShockError as error:
            raise ShockError(f"shock {number}: {error}") from None
    return to
