"""Worlds built from the data that published results rest on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import tumen
from tumen.world.build import dataset_from_flows

BILATERAL = ("importer", "exporter", "sector")


def table(shared: Path, name: str) -> pd.DataFrame:
    """One table of published figures."""
    return pd.read_csv(shared / "targets" / name)


def nafta(shared: Path, *, materials: bool = True) -> tuple[xr.Dataset, xr.DataArray]:
    """The 31 regions and 40 sectors of Caliendo & Parro (2015), and the tariffs of 2005.

    Without materials all cost is value added and final shares are those of all spending.
    """
    with np.load(shared / "targets/data/cp2015_nafta.npz") as data:
        raw = {name: data[name] for name in data.files}
    regions, sectors = [str(x) for x in raw["regions"]], [str(x) for x in raw["sectors"]]
    flow, tariff = raw["trade_net_of_tariff_imp_exp_sec"] / 1e6, raw["tariff_1993"]
    paid = flow * (1 + tariff)
    spent = paid.sum(axis=1)
    added, inputs = raw["value_added"] / 1e6, raw["intermediate_reg_input_user"] / 1e6
    final = raw["final_consumption"] / 1e6
    transfer = raw["deficit"] / 1e6
    if not materials:
        added, inputs, final = flow.sum(axis=0), np.zeros_like(inputs), spent
        transfer = spent.sum(1) - added.sum(1) - (flow * tariff).sum((1, 2))
    cost = added + inputs.sum(axis=1)
    coords = {"importer": regions, "exporter": regions, "sector": sectors}
    dataset = xr.Dataset(
        {
            "trade_share": (BILATERAL, paid / spent[:, None, :]),
            "expenditure": (("region", "sector"), spent),
            "tariff": (BILATERAL, tariff),
            "value_added_share": (("region", "sector"), added / cost),
            "input_share": (("region", "input", "sector"), inputs / cost[:, None, :]),
            "final_share": (("region", "sector"), final / final.sum(1, keepdims=True)),
            "value_added": ("region", added.sum(axis=1)),
            "transfer": ("region", transfer),
            "trade_elasticity": ("sector", raw["theta"]),
        },
        coords=coords | {"region": regions, "input": sectors},
    )
    return dataset, xr.DataArray(raw["tariff_cf_nafta"], dims=BILATERAL, coords=coords)


def one_sector_world(flow: np.ndarray, regions: list[str], theta: float) -> tumen.World:
    """A world of one sector without inputs from flows [importer, exporter]."""
    trade = flow[:, :, None]
    count = len(regions)
    return tumen.World(
        dataset_from_flows(
            regions=regions,
            sectors=["all"],
            trade=trade,
            intermediate=np.zeros((count, 1, 1)),
            final=trade.sum(axis=1),
            value_added=trade.sum(axis=0),
            trade_elasticity=np.array([theta]),
        )
    )
