"""`tumen.calibrate`: the trade weights that reproduce recorded changes of flows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr

from tumen.errors import ShockError, SolveError
from tumen.results.result import Result
from tumen.scenario.patches import labels_of
from tumen.scenario.shocks import Shock, TradeCost, apply_all
from tumen.solver.calibrated import calibrate_weights
from tumen.solver.setting import Setting
from tumen.solver.solve import MAX_MAPS, Closure, check_arguments, prepare, solve
from tumen.status import Status
from tumen.vocabulary import BILATERAL
from tumen.world.arrays import economy_of, open_flows, to_labels
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
    full = np.full((len(world.sectors), len(world.regions), len(world.regions)), np.nan)
    places = []
    for dim in ("sector", "importer", "exporter"):
        known = {label: at for at, label in enumerate(labels_of(world, dim))}
        offered = [str(label) for label in flow_hat.indexes[dim]]
        for label in offered:
            if label not in known:
                raise ShockError(f"flow_hat: unknown {dim} {label!r}")
        places.append([known[label] for label in offered])
    full[np.ix_(*places)] = flow_hat.transpose("sector", "importer", "exporter").values
    positions = np.argwhere(np.isfinite(full))
    return positions, full[tuple(positions.T)]


def check_cells(world: World, positions: np.ndarray, ratios: np.ndarray) -> None:
    """Refuse records that no weight can give: none, at home, of no flow, or of one that ends."""
    if not len(positions):
        raise ShockError("flow_hat records nothing: every cell is missing")
    j, n, i = positions.T
    nothing = ~open_flows(world.shared)[j, n, i]
    for at in np.flatnonzero((ratios <= 0) | (n == i) | nothing):
        where = f"{world.sectors[j[at]]} from {world.regions[i[at]]} to {world.regions[n[at]]}"
        if ratios[at] <= 0:
            raise ShockError(
                f"flow_hat for {where} is {ratios[at]:g}; a flow that ends is an Embargo"
            )
        if n[at] == i[at]:
            raise ShockError(f"flow_hat for {where}: sales at home carry no trade weight")
        raise ShockError(f"flow_hat for {where}: the benchmark has no such flow to scale")


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


class Weights(NamedTuple):
    """Weights of the recorded cells, and how well they give the records."""

    positions: np.ndarray  # [cell, 3] sector, importer, exporter
    log_weight: np.ndarray  # [cell]
    error: float  # largest relative gap between a flow and its record where the search ended
    maps: int

    def over(self, world: World) -> np.ndarray:
        """The weights of all cells [j, n, i], 1 where nothing was recorded."""
        weights = np.ones(economy_of(world).trade_share.shape)
        weights[tuple(self.positions.T)] = np.exp(self.log_weight)
        return weights

    def shock(self, world: World) -> TradeCost:
        r"""The weights as a cost, $\omega^{-1/\theta}$."""
        power = -1 / np.asarray(economy_of(world).trade_elasticity)
        cost = self.over(world) ** power[:, None, None]
        return TradeCost(factor=to_labels(world, cost, BILATERAL))


def calibrated_weights(
    world: World,
    positions: np.ndarray,
    ratios: np.ndarray,
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    max_maps: int = MAX_MAPS,
) -> Weights:
    """Find the weights at which the flows of the cells change by `ratios`; arrays in and out.

    `positions` [cell, 3] are sector, importer and exporter. Raises as `calibrate` does.
    """
    check_arguments(closure, tolerance, max_maps, None)
    check_cells(world, positions, ratios)
    made = prepare(world, apply_all(world, shocks), closure, tolerance, max_maps)
    if made.status is not Status.converged:
        raise SolveError(
            f"no calibration without an equilibrium, {made.status}: {made.message} "
            f"{made.status.sentence}".rstrip()
        )
    setting = made.setting
    found = calibrate_weights(
        setting.economy,
        setting.shock,
        setting.rule,
        setting.benchmark(),
        tuple(positions.T),
        np.log(ratios),
        tolerance,
        max_maps,
        tariffs=setting.tariffs,
    )
    if not float(found.residual) <= tolerance:
        raise SolveError(
            f"no weights reproduce the {len(ratios)} recorded flows: after "
            f"{int(found.evaluations)} maps the largest gap is {float(found.residual):.2g}. "
            f"{hungriest(world, setting, positions, ratios)}"
        )
    return Weights(
        positions, np.asarray(found.log_weight), float(found.gap), int(found.evaluations)
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
    found = calibrated_weights(world, positions, ratios, listed, closure, tolerance, max_maps)
    weight = to_labels(world, found.over(world), BILATERAL).rename("weight")
    shock = found.shock(world)
    result = solve(world, [*listed, shock], closure, tolerance, max_maps=max_maps)
    base = xr.zeros_like(result.trade_flow) + world.trade_flow
    if closure == "zero" or world.check == "warn":
        base = solve(world, [], closure, tolerance, max_maps=max_maps).trade_flow
    gap = np.abs(result.trade_flow / base.where(base > 0) / flow_hat - 1)
    return Calibration(weight, shock, result, float(gap.max()), found.maps)
