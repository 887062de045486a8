"""The world without the pressure: recorded falls of trade undone, closed flows opened again.

Where senders abstain, their part of it is undone in every world. What undoes the pressure is then
split by cells into the part that stands everywhere and the rest; together they are the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from tumen.analysis.calibrate import calibrated_weights, recorded_cells
from tumen.codes import resolve
from tumen.scenario.load import Case
from tumen.scenario.records import Record
from tumen.scenario.schema import Measure
from tumen.scenario.shocks import MarketEntry, Shock, TradeCost, apply_all
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import open_flows, to_labels
from tumen.world.world import World

Shocks = tuple[Shock, ...]


class Same:
    """A value told apart by being the same object, for memory that goes by it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


class Lift(NamedTuple):
    """What undoes the pressure of a case: the part of those who abstain, and the rest.

    `maps` and `error` are those of the calibration: its maps and its largest relative gap.
    """

    rest: Shocks
    standing: Shocks
    maps: int
    error: float

    @property
    def whole(self) -> list[Shock]:
        """All of it, whoever abstains."""
        return [*self.rest, *self.standing]


def lift_of(case: Case, world: World | None = None) -> Lift:
    """What undoes the pressure of a case, on its world or the same with other elasticities."""
    scenario, on = case.scenario, world or case.world
    records = Same(case.records)
    strength = tuple((measure.id, measure.strength.central) for measure in scenario.pressure)
    whole, maps, error = lifted_once(on, records, strength, scenario.closure, scenario.tolerance)
    if not scenario.abstain:
        return Lift(whole, (), maps, error)
    imposing = tuple(Same(measure) for measure in scenario.pressure)
    return Lift(*parted(on, whole, records, imposing, tuple(scenario.abstain)), maps, error)


@lru_cache(maxsize=16)
def lifted_once(
    world: World,
    records: Same,
    strength: tuple[tuple[str, float], ...],
    closure: str,
    tolerance: float,
) -> tuple[Shocks, int, float]:
    """The calibration, kept: every variation of a case that leaves these alone shares it."""
    cells = recorded_with(records.value, dict(strength), world)
    shocks, maps, error = lifting(world, *cells, closure, tolerance)
    return tuple(shocks), maps, error


def recorded(case: Case, world: World) -> tuple[xr.DataArray, xr.DataArray]:
    """Ratios of the flows that are lifted, and earlier shares of those that are reopened.

    Both [importer, exporter, sector], missing elsewhere; a ratio only where the world has a flow.
    A measure's strength is the power of its ratios and the part of its earlier shares.
    """
    strength = {measure.id: measure.strength.central for measure in case.scenario.pressure}
    return recorded_with(case.records, strength, world)


def recorded_with(
    records: Iterable[Record], strength: dict[str, float], world: World
) -> tuple[xr.DataArray, xr.DataArray]:
    """The same from the records and the strength of each measure."""
    sector = {label: at for at, label in enumerate(world.sectors)}
    region = {label: at for at, label in enumerate(world.regions)}
    flow = open_flows(world.shared)
    ratios, shares = np.full(flow.shape, np.nan), np.full(flow.shape, np.nan)
    for record in records:
        cell = sector[record.sector], region[record.importer], region[record.exporter]
        if record.treatment == "lift" and flow[cell]:
            ratios[cell] = record.ratio ** strength[record.measure]
        elif record.treatment == "reopen" and record.earlier_share is not None:
            shares[cell] = record.earlier_share * strength[record.measure]
    return to_labels(world, ratios, BILATERAL), to_labels(world, shares, BILATERAL)


def lifting(
    world: World, records: xr.DataArray, earlier: xr.DataArray, closure: str, tolerance: float
) -> tuple[list[Shock], int, float]:
    """What undoes the recorded pressure: falls reversed, and closed flows opened, all at once.

    `records` [importer, exporter, sector] holds the recorded ratios of the flows that are lifted,
    `earlier` the earlier shares of those that are reopened; both missing elsewhere. Returns the
    shocks, the maps of the calibration and its largest relative gap.
    """
    entry: list[Shock] = []
    if np.isfinite(earlier.values).any():
        entry.append(MarketEntry(share=earlier.copy(False, np.nan_to_num(earlier.values))))
    cells = recorded_cells(world, records.copy(False, 1 / records.values))
    found = calibrated_weights(world, *cells, entry, closure, tolerance)  # type: ignore[arg-type]
    return [*entry, found.shock(world)], found.maps, found.error


def abstaining(
    world: World, records: Iterable[Record], measures: Iterable[Measure], names: Iterable[str]
) -> np.ndarray:
    """Whether a recorded cell [importer, exporter, sector] is the measure of one who abstains."""
    out = set(resolve(list(names), world.regions, world.members, field="abstain"))
    silent = {
        one.id: out.intersection(
            resolve(one.senders, world.regions, world.members, field="senders")
        )
        for one in measures
    }
    sector = {label: at for at, label in enumerate(world.sectors)}
    region = {label: at for at, label in enumerate(world.regions)}
    cells = np.zeros(open_flows(world.shared).shape, dtype=bool)
    for record in records:
        if silent[record.measure].intersection((record.importer, record.exporter)):
            cells[sector[record.sector], region[record.importer], region[record.exporter]] = True
    return to_labels(world, cells, BILATERAL).values.astype(bool)


@lru_cache(maxsize=16)
def parted(
    world: World,
    whole: Shocks,
    records: Same,
    measures: tuple[Same, ...],
    names: tuple[str, ...],
) -> tuple[Shocks, Shocks]:
    """What undoes the pressure, as the rest and the part of those who abstain.

    Shares of a market hold together, so that markets are entered by the weights that the shares
    of all of them come to: a part of these is the same whatever the other part does.
    """
    cells = abstaining(world, records.value, [one.value for one in measures], names)
    parts: tuple[list[Shock], list[Shock]] = ([], [])
    for shock in whole:
        for chosen, part in zip((~cells, cells), parts, strict=True):
            if isinstance(shock, MarketEntry):
                entered = to_labels(world, apply_all(world, [shock]).entry, BILATERAL)
                kept = np.where(chosen, entered.values, 0.0)
                if kept.any():
                    part.append(MarketEntry(weight=entered.copy(False, kept)))
            else:
                assert isinstance(shock, TradeCost)
                factor = shock.factor
                assert isinstance(factor, xr.DataArray)
                kept = np.where(chosen, factor.values, 1.0)
                if (kept != 1).any():
                    part.append(TradeCost(factor=factor.copy(False, kept)))
    return tuple(parts[0]), tuple(parts[1])
