"""`tumen.calibrate`: the trade weights that reproduce recorded changes of flows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import xarray as xr

from tumen.errors import ShockError, SolveError
from tumen.model.equilibrium import initial_state
from tumen.results.result import Result
from tumen.scenario.shocks import Shock, TradeCost
from tumen.solver.calibrated import calibrate_weights
from tumen.solver.setting import Setting
from tumen.solver.solve import MAX_MAPS, Closure, settle, solve
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import to_labels
from tumen.world.world import World


@dataclass(frozen=True)
class Calibration:
    """Weights that give the recorded flows, and the equilibrium in which they do."""

    weight: xr.DataArray  # [importer, exporter, sector], 1 where nothing was recorded
    shock: TradeCost  # the same as a cost, weight^(-1/theta)
    result: Result
    error: float  # largest relative gap between a flow and its record
    maps: int


def recorded_cells(world: World, flow_hat: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Cells with a record, as positions (sector, importer, exporter), and their ratios."""
    if set(flow_hat.dims) != set(BILATERAL):
        raise ShockError(f"flow_hat has dimensions {flow_hat.dims}; it needs {BILATERAL}")
    labels = {"importer": world.regions, "exporter": world.regions, "sector": world.sectors}
    for dim, known in labels.items():
        unknown = [str(label) for label in flow_hat.indexes[dim] if str(label) not in known]
        if unknown:
            raise ShockError(f"flow_hat: unknown {dim} {unknown[0]!r}")
    full = flow_hat.reindex(labels).transpose("sector", "importer", "exporter")
    positions = np.argwhere(np.isfinite(full.values))
    if not len(positions):
        raise ShockError("flow_hat records nothing: every cell is missing")
    ratios = full.values[tuple(positions.T)]
    base = world.trade_flow.sel(labels).transpose("sector", "importer", "exporter").values
    for (j, n, i), ratio in zip(positions, ratios, strict=True):
        where = f"{world.sectors[j]} from {world.regions[i]} to {world.regions[n]}"
        if ratio <= 0:
            raise ShockError(f"flow_hat for {where} is {ratio:g}; a flow that ends is an Embargo")
        if n == i:
            raise ShockError(f"flow_hat for {where}: sales at home carry no trade weight")
        if base[j, n, i] <= 0:
            raise ShockError(f"flow_hat for {where}: the benchmark has no such flow to scale")
    return positions, ratios


def hungriest(world: World, setting: Setting, positions: np.ndarray, ratios: np.ndarray) -> str:
    """Name the buyer of whose spending the records ask for most, and how much."""
    share = np.asarray(setting.economy.trade_share)
    asked: dict[tuple[int, int], float] = {}
    for (j, n, i), ratio in zip(positions, ratios, strict=True):
        asked[j, n] = asked.get((j, n), 0.0) + share[j, n, i] * ratio
    (j, n), most = max(asked.items(), key=lambda item: item[1])
    return (
        f"The records ask for {100 * most:.0f} % of what {world.regions[n]} spends on "
        f"{world.sectors[j]} at the benchmark; check or drop the largest rises"
    )


def calibrate(
    world: World,
    flow_hat: xr.DataArray,
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    *,
    max_maps: int = MAX_MAPS,
) -> Calibration:
    """Find the weights under which flows change as recorded, all cells at once.

    `flow_hat` [importer, exporter, sector] is new over benchmark flow (before tariff, in units of
    world primary income), missing where nothing was recorded; labels may be a part of the
    world's. Prices, wages and every other flow answer: the weights are those of the whole
    equilibrium, with `shocks` in force. Recorded falls are not weights: at unchanged prices a flow
    that fell by half would need a weight of about a half, in equilibrium it may need more or less.

    Raises `ShockError` for a record the world cannot take, `SolveError` when no weights do it.
    """
    positions, ratios = recorded_cells(world, flow_hat)
    listed = list(shocks)
    start = settle(world, listed, closure, tolerance, max_maps)
    if start.solution is None:
        raise SolveError(f"no calibration without an equilibrium, {start.status}: {start.message}")
    setting = start.setting
    log_weight, residual, maps = calibrate_weights(
        setting.economy,
        setting.shock,
        setting.rule,
        initial_state(setting.economy),
        tuple(jnp.asarray(axis) for axis in positions.T),
        jnp.log(jnp.asarray(ratios)),
        tolerance,
        max_maps,
        tariffs=setting.tariffs,
    )
    if not float(residual) <= tolerance:
        raise SolveError(
            f"no weights reproduce the {len(ratios)} recorded flows: after {int(maps)} maps the "
            f"largest gap is {float(residual):.2g}. {hungriest(world, setting, positions, ratios)}"
        )
    weights = np.ones(setting.economy.trade_share.shape)
    weights[tuple(positions.T)] = np.exp(np.asarray(log_weight))
    weight = to_labels(world, weights, BILATERAL).rename("weight")
    shock = TradeCost(factor=weight ** (-1 / world.dataset["trade_elasticity"]))
    result = solve(world, [*listed, shock], closure, tolerance, max_maps=max_maps)
    base = xr.zeros_like(result.trade_flow) + world.trade_flow
    if closure == "zero" or world.check == "warn":
        base = solve(world, [], closure, tolerance, max_maps=max_maps).trade_flow
    gap = np.abs(result.trade_flow / base.where(base > 0) / flow_hat - 1)
    return Calibration(weight, shock, result, float(gap.max()), int(maps))
