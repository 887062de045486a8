"""Shocks: small typed records of what changes, and how they act on the model's arrays.

A selector is a code, a list of codes, a named group ("EU27", "G7", "west") or None for all; None
never means a region's trade with itself. A value is a number or an `xarray.DataArray` over
dimensions it touches: labels decide, labels it lacks stay as they are, dimensions it lacks
broadcast, and a DataArray over both importer and exporter sets own cells as given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import TypeAlias

import numpy as np
import xarray as xr

from tumen.codes import resolve
from tumen.errors import ShockError, nearest
from tumen.world.world import World

Selector: TypeAlias = str | Sequence[str] | None
Value: TypeAlias = float | xr.DataArray


@dataclass
class Accumulator:
    """The shocked arrays, labelled, while the list of shocks is applied in order."""

    world: World
    tariff: xr.DataArray
    cost_factor: xr.DataArray
    weight: xr.DataArray
    productivity: xr.DataArray
    labour: xr.DataArray
    transfer: xr.DataArray

    @classmethod
    def neutral(cls, world: World) -> Accumulator:
        """No shock: the benchmark tariffs, factors of one and no transfers."""
        data = world.dataset
        ones = xr.ones_like(data["trade_share"])
        return cls(
            world,
            data["tariff"].copy(),
            ones,
            ones.copy(),
            xr.ones_like(data["expenditure"]),
            xr.ones_like(data["value_added"]),
            xr.zeros_like(data["value_added"]),
        )


def check_value(
    value: Value | None,
    name: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> None:
    """Refuse a value that is missing, not finite or outside its range; naming the labels."""
    if value is None:
        raise ShockError(f"{name} is missing")
    if isinstance(value, (bool, str)):
        raise ShockError(f"{name} must be a number or a DataArray, not {value!r}")
    array = value if isinstance(value, xr.DataArray) else xr.DataArray(float(value))
    numbers = array.astype(float)
    rules = [(numbers.isnull() | np.isinf(numbers), "is not a finite number")]
    if above is not None:
        rules.append((numbers <= above, f"must be above {above:g}"))
    if least is not None:
        rules.append((numbers < least, f"must be at least {least:g}"))
    if most is not None:
        rules.append((numbers > most, f"must be at most {most:g}"))
    for bad, sentence in rules:
        if not bool(bad.any()):
            continue
        index = np.unravel_index(int(np.argmax(bad.values)), bad.shape)
        where = ", ".join(
            f"{dim} {bad.indexes[dim][i]}" for dim, i in zip(bad.dims, index, strict=True)
        )
        shown = float(numbers.values[index])
        raise ShockError(f"{name}{' at ' + where if where else ''} {sentence}, not {shown:g}")


def patch(
    world: World, like: xr.DataArray, selectors: dict[str, Selector], value: Value, name: str
) -> tuple[dict[str, list[str]], xr.DataArray, xr.DataArray]:
    """Resolve selectors and value: the labels touched, the value there, and which cells count."""
    members = world.members
    given = value if isinstance(value, xr.DataArray) else xr.DataArray(float(value))
    extra = set(given.dims) - set(like.dims)
    if extra:
        raise ShockError(
            f"{name} has dimension {sorted(map(str, extra))[0]!r}; it may have {tuple(like.dims)}"
        )
    where: dict[str, list[str]] = {}
    for dim in map(str, like.dims):
        labels = [str(label) for label in like.indexes[dim]]
        chosen = resolve(
            selectors.get(dim), labels, None if dim == "sector" else members, field=dim
        )
        if dim in given.dims:
            if dim not in given.coords:
                raise ShockError(f"{name} has no labels on dimension {dim!r}; labels decide")
            offered = [str(label) for label in given.indexes[dim]]
            unknown = [label for label in offered if label not in labels]
            if unknown:
                raise ShockError(
                    f"{name}: unknown {dim} {unknown[0]!r}{nearest(unknown[0], labels)}"
                )
            chosen = [label for label in chosen if label in set(offered)]
        where[dim] = chosen
    part = like.sel(where)
    picked = given.sel({dim: where[str(dim)] for dim in given.dims})
    counts = xr.ones_like(part, dtype=bool)
    if "importer" in like.dims and not {"importer", "exporter"} <= set(given.dims):
        counts = counts & (
            part["importer"].astype(str).drop_vars("importer")
            != part["exporter"].astype(str).drop_vars("exporter")
        )
    return where, (xr.zeros_like(part) + picked).transpose(*part.dims), counts


def merge(
    world: World,
    array: xr.DataArray,
    selectors: dict[str, Selector],
    value: Value,
    name: str,
    rule: str,
) -> xr.DataArray:
    """Return `array` with the selected cells set to, raised by or multiplied by the value."""
    where, new, counts = patch(world, array, selectors, value, name)
    old = array.sel(where)
    if rule == "set":
        changed = new
    elif rule == "add":
        changed = old + new
    else:
        changed = old * new
    result = array.copy()
    result.loc[where] = xr.where(counts, changed, old).transpose(*array.dims)
    return result


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
    """Import tariff: `rate` is the new ad-valorem rate (the last one wins), `change` adds to it.

    Both are fractions: 0.1 is ten per cent, or ten percentage points.
    """

    rate: Value | None = field(default=None, kw_only=True)
    change: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Set or raise the tariff; it must stay above -1."""
        if (self.rate is None) == (self.change is None):
            raise ShockError("Tariff needs either rate= or change=, not both and not neither")
        name, rule = ("rate", "set") if self.rate is not None else ("change", "add")
        value = self.rate if self.rate is not None else self.change
        assert value is not None
        check_value(value, f"Tariff {name}", above=-1.0 if rule == "set" else None)
        to.tariff = merge(to.world, to.tariff, self.selectors(), value, f"Tariff {name}", rule)
        check_value(to.tariff, "the tariff after Tariff change", above=-1.0)


@dataclass(frozen=True, eq=False)
class TradeCost(Bilateral):
    """Iceberg or non-tariff cost: `factor` multiplies delivered cost; 1.1 is ten per cent dearer."""

    factor: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Multiply the cost factor."""
        check_value(self.factor, "TradeCost factor", above=0.0)
        assert self.factor is not None
        to.cost_factor = merge(
            to.world, to.cost_factor, self.selectors(), self.factor, "TradeCost factor", "times"
        )


@dataclass(frozen=True, eq=False)
class Embargo(Bilateral):
    """Multiply the cell's weight in the price index by 1 - `share`; share 1 is a full ban.

    It is not the fall of the flow: `tumen.calibrate` finds the weights that give a recorded fall.
    """

    share: Value = field(default=1.0, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Multiply the weight; a ban is an exact zero."""
        check_value(self.share, "Embargo share", least=0.0, most=1.0)
        to.weight = merge(
            to.world, to.weight, self.selectors(), 1 - self.share, "Embargo share", "times"
        )


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
        to.productivity = merge(
            to.world,
            to.productivity,
            {"region": self.region, "sector": self.sector},
            self.factor,
            "Productivity factor",
            "times",
        )


@dataclass(frozen=True, eq=False)
class LabourForce(Shock):
    """`factor` scales the labour force (all primary factors, where labour is the only one)."""

    region: Selector = None
    factor: Value | None = field(default=None, kw_only=True)

    def apply(self, to: Accumulator) -> None:
        """Multiply the labour force."""
        check_value(self.factor, "LabourForce factor", above=0.0)
        assert self.factor is not None
        to.labour = merge(
            to.world,
            to.labour,
            {"region": self.region},
            self.factor,
            "LabourForce factor",
            "times",
        )


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
        shape = {"source": to.world.regions, "destination": to.world.regions}
        template = xr.DataArray(
            np.zeros((len(to.world.regions),) * 2), dims=tuple(shape), coords=shape
        )
        selectors: dict[str, Selector] = {"source": self.source, "destination": self.destination}
        where, amount, _ = patch(to.world, template, selectors, self.value, "Transfer value")
        given = self.value.dims if isinstance(self.value, xr.DataArray) else ()
        for dim in ("source", "destination"):
            if dim not in given and len(where[dim]) != 1:
                raise ShockError(
                    f"Transfer {dim} names {len(where[dim])} regions; give value as a DataArray "
                    f"over {dim!r} to say how much each one takes part"
                )
        change = to.transfer.copy()
        change.loc[{"region": where["destination"]}] += amount.sum("source").values
        change.loc[{"region": where["source"]}] -= amount.sum("destination").values
        to.transfer = change


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
