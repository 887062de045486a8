"""The world without the pressure: recorded falls of trade undone, closed flows opened again."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tumen.analysis.calibrate import calibrate
from tumen.scenario.load import Case
from tumen.scenario.shocks import MarketEntry, Shock
from tumen.world.world import World


def recorded(case: Case, world: World) -> tuple[xr.DataArray, xr.DataArray]:
    """Ratios of the flows that are lifted, and earlier shares of those that are reopened.

    Both [importer, exporter, sector], missing elsewhere; a ratio only where the world has a flow.
    """
    ratios = xr.full_like(world.trade_flow, np.nan)
    shares = ratios.copy()
    for record in case.records:
        cell = {
            "importer": record.importer,
            "exporter": record.exporter,
            "sector": record.sector,
        }
        if record.treatment == "lift":
            ratios.loc[cell] = record.ratio
        elif record.treatment == "reopen" and record.earlier_share is not None:
            shares.loc[cell] = record.earlier_share
    return ratios.where(world.trade_flow > 0), shares


def lifting(
    world: World, records: xr.DataArray, earlier: xr.DataArray, closure: str, tolerance: float
) -> tuple[list[Shock], int, float]:
    """What undoes the recorded pressure: falls reversed, and closed flows opened, all at once.

    `records` [importer, exporter, sector] holds the recorded ratios of the flows that are lifted,
    `earlier` the earlier shares of those that are reopened; both missing elsewhere. Returns the
    shocks, the maps of the calibration and its largest relative gap.
    """
    entry: list[Shock] = []
    if bool(earlier.notnull().any()):
        entry.append(MarketEntry(share=earlier.fillna(0.0)))
    found = calibrate(world, 1 / records, entry, closure, tolerance)  # type: ignore[arg-type]
    return [*entry, found.shock], found.maps, found.error
