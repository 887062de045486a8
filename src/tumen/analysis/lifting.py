"""The world without the pressure: recorded falls of trade undone, closed flows opened again."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tumen.analysis.calibrate import calibrated_weights, recorded_cells
from tumen.scenario.load import Case
from tumen.scenario.shocks import MarketEntry, Shock
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import open_flows, to_labels
from tumen.world.world import World


def recorded(case: Case, world: World) -> tuple[xr.DataArray, xr.DataArray]:
    """Ratios of the flows that are lifted, and earlier shares of those that are reopened.

    Both [importer, exporter, sector], missing elsewhere; a ratio only where the world has a flow.
    A measure's strength is the power of its ratios and the part of its earlier shares.
    """
    strength = {measure.id: measure.strength.central for measure in case.scenario.pressure}
    sector = {label: at for at, label in enumerate(world.sectors)}
    region = {label: at for at, label in enumerate(world.regions)}
    flow = open_flows(world.shared)
    ratios, shares = np.full(flow.shape, np.nan), np.full(flow.shape, np.nan)
    for record in case.records:
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
