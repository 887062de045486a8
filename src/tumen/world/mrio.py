"""Worlds from multi-region input-output tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import xarray as xr

from tumen.errors import WorldError, nearest
from tumen.sources import wiod
from tumen.sources.mrio import InputOutputTable, closed
from tumen.world.build import dataset_from_flows
from tumen.world.world import World

Elasticity: TypeAlias = float | Mapping[str, float] | xr.DataArray

READERS: Mapping[str, Callable[[Path, int | None], InputOutputTable]] = {"wiod": wiod.read}


def elasticity_by_sector(given: Elasticity, sectors: tuple[str, ...]) -> tuple[np.ndarray, str]:
    """One elasticity a sector and what the set is called. Raises `WorldError` for a gap."""
    if isinstance(given, (int, float)):
        return np.full(len(sectors), float(given)), f"uniform-{given:g}"
    table = given.to_series().to_dict() if isinstance(given, xr.DataArray) else dict(given)
    missing = [sector for sector in sectors if sector not in table]
    if missing:
        raise WorldError(
            f"trade_elasticity has no value for sector {', '.join(missing[:4])}; give every "
            f"sector one, or one number for all"
        )
    unknown = [str(name) for name in table if name not in sectors]
    if unknown:
        raise WorldError(
            f"trade_elasticity: unknown sector {unknown[0]!r}{nearest(unknown[0], sectors)}"
        )
    return np.array([float(table[sector]) for sector in sectors]), "own"


def read_mrio(
    path: str | Path,
    kind: str = "wiod",
    year: int | None = None,
    *,
    trade_elasticity: Elasticity = 5.0,
) -> World:
    """Make a world of a multi-region input-output table.

    `path` is a file, or a folder with a file for each year and then `year` picks one. Kinds:
    `wiod`, the World Input-Output Database, release of 2013, as Parquet (41 regions, 35 sectors).
    Negative final uses are set to zero and output is solved again with the table's own input
    coefficients, so that every identity holds; the attribute `balanced` says what moved. Value
    added is output less inputs and so holds net taxes on products; there are no tariffs.
    `trade_elasticity` is one number for all sectors, or a value for each by label.

    Raises `WorldError` for an unknown kind, and naming the file when it cannot be read as one.
    """
    if kind not in READERS:
        raise WorldError(
            f"no reader for tables of kind {kind!r}; supported kinds: {', '.join(READERS)}"
        )
    table, repair = closed(READERS[kind](Path(path), year))
    theta, named = elasticity_by_sector(trade_elasticity, table.sectors)
    # [origin i, sector j, buyer n, buying sector k] to the world's layouts.
    uses = table.intermediate
    trade = (uses.sum(axis=3) + table.final).transpose(2, 0, 1)
    dataset = dataset_from_flows(
        regions=table.regions,
        sectors=table.sectors,
        trade=trade,
        intermediate=uses.sum(axis=0).transpose(1, 0, 2),
        final=table.final.sum(axis=0).T,
        value_added=table.output - uses.sum(axis=(0, 1)),
        trade_elasticity=theta,
        attributes={
            "name": f"{table.kind}-{table.year}",
            "title": table.title,
            "year": table.year,
            "elasticities": named,
            "sources": table.source,
            "licences": table.licence,
            "balanced": str(repair),
        },
    )
    return World(
        dataset.assign_coords(
            region_name=("region", list(table.region_names)),
            region_members=("region", list(table.region_members)),
            sector_name=("sector", list(table.sector_names)),
            goods=("sector", list(table.goods)),
        )
    )
