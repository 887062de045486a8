"""The data and the experiment of Caliendo & Parro (2015), from the archive of published targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

import tumen

PAIR = ("importer", "exporter", "sector")


def dataset(path: Path) -> tuple[xr.Dataset, tumen.Tariff]:
    """Benchmark of 1993 and the tariff cuts among the members, million USD and fractions."""
    z = np.load(path, allow_pickle=True)
    regions, sectors = list(map(str, z["regions"])), list(map(str, z["sectors"]))
    flow, tariff = z["trade_net_of_tariff_imp_exp_sec"] / 1e6, z["tariff_1993"]
    inputs, added = z["intermediate_reg_input_user"] / 1e6, z["value_added"] / 1e6
    final = z["final_consumption"]
    paid = flow * (1 + tariff)
    spent, cost = paid.sum(axis=1), added + inputs.sum(axis=1)
    labels = {"importer": regions, "exporter": regions, "sector": sectors}
    data = xr.Dataset(
        {
            "trade_share": (PAIR, paid / spent[:, None, :]),
            "expenditure": (("region", "sector"), spent),
            "tariff": (PAIR, tariff),
            "value_added_share": (("region", "sector"), added / cost),
            "input_share": (("region", "input", "sector"), inputs / cost[:, None, :]),
            "final_share": (("region", "sector"), final / final.sum(axis=1, keepdims=True)),
            "value_added": ("region", added.sum(axis=1)),
            "transfer": ("region", z["deficit"] / 1e6),
            "trade_elasticity": ("sector", z["theta"]),
        },
        coords=labels | {"region": regions, "input": sectors},
        attrs={"name": "caliendo-parro-1993", "year": 1993, "elasticities": "Caliendo & Parro"},
    )
    return data, tumen.Tariff(rate=xr.DataArray(z["tariff_cf_nafta"], labels, PAIR))
