"""From flows in million USD to a world: the one place where accounts become shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tumen.errors import WorldError

BILATERAL = ("importer", "exporter", "sector")


def shares(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, and 0 where both are zero."""
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole != 0)


def dataset_from_flows(
    *,
    regions: Sequence[str],
    sectors: Sequence[str],
    trade: np.ndarray,
    intermediate: np.ndarray,
    final: np.ndarray,
    value_added: np.ndarray,
    trade_elasticity: np.ndarray,
    tariff: np.ndarray | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Make a world's dataset from flows.

    Shapes: `trade` [importer, exporter, sector] before tariff, `intermediate` [region, input,
    sector] (the region's use of the input by the sector), `final` [region, sector] and
    `value_added` [region, sector], all million USD; `tariff` as `trade`, a fraction, 0 if absent.
    Uses are duty-paid. The transfer is final spending less value added and tariff revenue.
    Raises `WorldError` when a shape does not fit the labels.
    """
    count, kinds = len(regions), len(sectors)
    tariff = np.zeros_like(trade) if tariff is None else tariff
    for name, array, shape in (
        ("trade", trade, (count, count, kinds)),
        ("tariff", tariff, (count, count, kinds)),
        ("intermediate", intermediate, (count, kinds, kinds)),
        ("final", final, (count, kinds)),
        ("value_added", value_added, (count, kinds)),
        ("trade_elasticity", trade_elasticity, (kinds,)),
    ):
        if array.shape != shape:
            raise WorldError(f"{name} has shape {array.shape}; the labels ask for {shape}")
    paid = trade * (1 + tariff)
    spent = paid.sum(axis=1)
    cost = value_added + intermediate.sum(axis=1)
    income = final.sum(axis=1)
    revenue = (trade * tariff).sum(axis=(1, 2))
    primary = value_added.sum(axis=1)
    coords = {
        "region": list(regions),
        "importer": list(regions),
        "exporter": list(regions),
        "sector": list(sectors),
        "input": list(sectors),
    }
    # A sector without output has no cost structure of its own: value added stands for it.
    idle = cost == 0
    added_share = np.where(idle, 1.0, shares(value_added, cost))
    input_share = shares(intermediate, cost[:, None, :]).transpose(0, 2, 1)
    return xr.Dataset(
        {
            "trade_share": (BILATERAL, shares(paid, spent[:, None, :])),
            "expenditure": (("region", "sector"), spent),
            "tariff": (BILATERAL, tariff),
            "value_added_share": (("region", "sector"), added_share),
            "input_share": (("region", "sector", "input"), input_share),
            "final_share": (("region", "sector"), shares(final, income[:, None])),
            "value_added": ("region", primary),
            "transfer": ("region", income - primary - revenue),
            "trade_elasticity": ("sector", np.asarray(trade_elasticity, dtype=float)),
        },
        coords=coords,
        attrs=dict(attributes or {}),
    )
