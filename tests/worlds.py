"""Hand-made and random worlds in which every accounting identity holds to rounding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

import tumen

BILATERAL = ("importer", "exporter", "sector")

# Labels that are not in alphabetical order, so that sorting anywhere would show.
REGIONS = ("Quay", "Alder", "Moor", "Birch", "Zeal", "Cove")
SECTORS = ("tools", "grain", "metal", "cloth")


def dataset_from_structure(
    *,
    share: np.ndarray,
    tariff: np.ndarray,
    value_added_share: np.ndarray,
    input_share: np.ndarray,
    final_share: np.ndarray,
    theta: np.ndarray,
    tilt: np.ndarray | None = None,
    total: float = 1e4,
    regions: Sequence[str] = REGIONS,
    sectors: Sequence[str] = SECTORS,
) -> xr.Dataset:
    """Levels that fit the given structure: spending solves the linear goods-market system.

    Shapes: `share`, `tariff` [importer, exporter, sector], `value_added_share`, `final_share`
    [region, sector], `input_share` [region, sector, input]. World final spending is `total`
    million USD, distributed so that no region gives or receives a transfer; `tilt` [region]
    multiplies each region's part of it, which makes transfers.
    """
    count, kinds = value_added_share.shape
    size = count * kinds
    # Output of exporter i in sector j for each unit that importer n spends on j.
    sold = np.zeros((count, kinds, count, kinds))
    for j in range(kinds):
        sold[:, j, :, j] = (share[:, :, j] / (1 + tariff[:, :, j])).T
    # Spending of n on input k for each unit of its output of j.
    bought = np.zeros((count, kinds, count, kinds))
    for n in range(count):
        bought[n, :, n, :] = input_share[n].T
    step = bought.reshape(size, size) @ sold.reshape(size, size)
    final = np.zeros((size, count))
    for n in range(count):
        final[n * kinds : (n + 1) * kinds, n] = final_share[n]
    spending = np.linalg.solve(np.eye(size) - step, final)  # per unit of final spending
    output = sold.reshape(size, size) @ spending
    duty = (share * tariff / (1 + tariff)).sum(axis=1)
    earned = (value_added_share.reshape(size, 1) * output).reshape(count, kinds, count).sum(1)
    levied = (duty.reshape(size, 1) * spending).reshape(count, kinds, count).sum(1)
    # Without transfers final spending is its own image; the columns of the matrix sum to one.
    system = np.vstack([earned + levied - np.eye(count), np.ones((1, count))])
    income = np.linalg.lstsq(system, np.append(np.zeros(count), 1.0), rcond=None)[0]
    income = income * (1 if tilt is None else tilt)
    income = total * income / income.sum()
    value_added = earned @ income
    transfer = income - value_added - levied @ income
    labels = {
        "importer": list(regions[:count]),
        "exporter": list(regions[:count]),
        "region": list(regions[:count]),
        "sector": list(sectors[:kinds]),
        "input": list(sectors[:kinds]),
    }
    return xr.Dataset(
        {
            "trade_share": (BILATERAL, share),
            "expenditure": (("region", "sector"), (spending @ income).reshape(count, kinds)),
            "tariff": (BILATERAL, tariff),
            "value_added_share": (("region", "sector"), value_added_share),
            "input_share": (("region", "sector", "input"), input_share),
            "final_share": (("region", "sector"), final_share),
            "value_added": ("region", value_added),
            "transfer": ("region", transfer - transfer.mean()),
            "trade_elasticity": ("sector", theta),
        },
        coords=labels,
    )


def random_dataset(
    rng: np.random.Generator,
    regions: int,
    sectors: int,
    *,
    tariffs: bool = True,
    deficits: bool = True,
    inputs: bool = True,
    zeros: float = 0.0,
    theta: Sequence[float] | None = None,
    spread: float = 1.0,
) -> xr.Dataset:
    """Random structure, exactly balanced.

    `deficits` tilts final spending by a tenth or so, `zeros` is the share of foreign cells without
    trade, `spread` the log deviation of how much exporters sell abroad, and so of region sizes.
    """
    own = np.eye(regions, dtype=bool)[:, :, None]
    weight = rng.gamma(0.7, size=(regions, regions, sectors)) + 1e-3
    weight = weight * np.exp(spread * rng.standard_normal((1, regions, 1)))
    weight = np.where(own, 0.0, weight)
    home = weight.sum(axis=1) * rng.uniform(0.5, 5.0, (regions, sectors))
    # One ring of trade stays open: every region can reach every other.
    ring = np.zeros(weight.shape, dtype=bool)
    ring[np.arange(regions), (np.arange(regions) + 1) % regions, 0] = True
    weight = np.where((rng.random(weight.shape) < zeros) & ~ring, 0.0, weight)
    weight = np.where(own, home[:, None, :], weight)
    share = weight / weight.sum(axis=1, keepdims=True)
    tariff = np.where(own, 0.0, rng.uniform(0, 0.4, weight.shape)) if tariffs else 0 * weight
    cost = rng.dirichlet(np.ones(sectors + 1), size=(regions, sectors))
    added = 0.15 + 0.85 * cost[..., 0] if inputs else np.ones((regions, sectors))
    inner = cost[..., 1:] / cost[..., 1:].sum(-1, keepdims=True) * (1 - added)[..., None]
    final = rng.dirichlet(np.ones(sectors), size=regions)
    return dataset_from_structure(
        share=share,
        tariff=tariff,
        value_added_share=1 - inner.sum(-1),
        input_share=inner,
        final_share=final / final.sum(-1, keepdims=True),
        tilt=np.exp(0.1 * rng.standard_normal(regions)) if deficits else None,
        total=1e4 * regions,
        theta=np.asarray(theta if theta is not None else rng.uniform(1.5, 8.0, sectors)),
    )


def random_world(rng: np.random.Generator, regions: int, sectors: int, **options) -> tumen.World:
    """A checked world from `random_dataset`."""
    return tumen.World(random_dataset(rng, regions, sectors, **options))


def two_by_one(theta: float = 4.0, deficit: float = 0.0) -> tumen.World:
    """Two regions, one good, no inputs, no tariffs: the textbook case."""
    share = np.array([[[0.8], [0.2]], [[0.3], [0.7]]])
    return tumen.World(
        dataset_from_structure(
            share=share,
            tariff=np.zeros_like(share),
            value_added_share=np.ones((2, 1)),
            input_share=np.zeros((2, 1, 1)),
            final_share=np.ones((2, 1)),
            tilt=np.array([1.0 + deficit, 1.0]),
            total=1000.0,
            theta=np.array([theta]),
        )
    )


def three_by_two(deficits: bool = True) -> tumen.World:
    """Three regions, two sectors, with tariffs and inputs; every number is written out."""
    share = np.array(
        [
            [[0.75, 0.60], [0.15, 0.30], [0.10, 0.10]],
            [[0.20, 0.05], [0.70, 0.85], [0.10, 0.10]],
            [[0.30, 0.25], [0.20, 0.25], [0.50, 0.50]],
        ]
    )
    tariff = np.array(
        [
            [[0.00, 0.00], [0.05, 0.10], [0.20, 0.00]],
            [[0.10, 0.02], [0.00, 0.00], [0.15, 0.30]],
            [[0.00, 0.08], [0.12, 0.00], [0.00, 0.00]],
        ]
    )
    added = np.array([[0.5, 0.6], [0.4, 0.7], [0.55, 0.3]])
    split = np.array([[0.7, 0.3], [0.4, 0.6]])
    return tumen.World(
        dataset_from_structure(
            share=share,
            tariff=tariff,
            value_added_share=added,
            input_share=(1 - added)[..., None] * split,
            final_share=np.array([[0.4, 0.6], [0.7, 0.3], [0.55, 0.45]]),
            tilt=np.array([1.05, 0.98, 0.9]) if deficits else None,
            theta=np.array([4.0, 2.5]),
        )
    )
