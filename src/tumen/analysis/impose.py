"""From one equilibrium to another as shocks: a solved world as the benchmark of what follows.

What a case calls the world without pressure is a solution, reached from the benchmark in the long
run. To ask what the pressure does in the first months, that world must be the starting point, with
its own allocation of factors, and the pressure must fall on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy

import numpy as np
import xarray as xr

from tumen.errors import SolveError
from tumen.model.economy import State
from tumen.results.result import Result
from tumen.scenario.patches import Accumulator
from tumen.scenario.shocks import Shock, apply_all
from tumen.solver import engine
from tumen.solver.solve import Closure, Settled, result_of, settle, settle_collected
from tumen.status import Status
from tumen.vocabulary import BILATERAL, INPUTS, NATIONAL, SECTORAL
from tumen.world.arrays import economy_of, to_labels
from tumen.world.world import World

# Variables of a world that a solution gives anew, and their dimensions.
SOLVED = {
    "trade_share": BILATERAL,
    "expenditure": SECTORAL,
    "value_added_share": SECTORAL,
    "input_share": INPUTS,
    "value_added": NATIONAL,
    "transfer": NATIONAL,
}


class Imposed:
    """A solved world as a benchmark, on which the shocks of other worlds can be put.

    `base` are the shocks that lead from `world` to it; `adapt` changes how it can respond, to a
    horizon for instance. Shocks are given as for `world`: `solve` puts on what they differ by from
    `base`. Where `adapt` leaves the model as it is, the answers are those of `tumen.solve`.
    """

    def __init__(
        self,
        world: World,
        base: Iterable[Shock],
        closure: Closure = "fixed",
        tolerance: float = 1e-10,
        adapt: Callable[[World], World] | None = None,
    ) -> None:
        self.closure, self.tolerance = closure, tolerance
        listed = list(base)
        settled = settle(world, listed, closure, tolerance)
        if settled.status is not Status.converged or settled.solution is None:
            raise SolveError(f"the world to start from, {settled.status}: {settled.message}")
        self.origin, self.held = world, apply_all(world, listed)
        self.settled = settled
        self.start = solved_world(world, settled)
        self.world = adapt(self.start) if adapt else self.start

    def adapted(self, adapt: Callable[[World], World]) -> Imposed:
        """The same solved world, solved no second time, with another way to respond."""
        other = copy(self)
        other.world = adapt(self.start)
        return other

    def relative(self, new: Accumulator) -> Accumulator:
        r"""What shocks to the original world, applied to it, differ by from those that lead here.

        Weights are compared whole, $(\pi\omega + e)\,\hat d^{-\theta}$: where this world has a flow
        theirs over its, where it has none what enters is put in the units of this world's price
        index, $\times(\hat c_i/\hat P_n)^{-\theta}$. Transfers are differences, the rest ratios.
        """
        old = self.held
        economy = economy_of(self.origin)
        power = -np.asarray(economy.trade_elasticity)[:, None, None]
        share = np.asarray(economy.trade_share)
        weights = [(share * to.weight + to.entry) * to.cost_factor**power for to in (old, new)]
        there = weights[0] > 0
        at = self.settled.solution
        assert at is not None
        cost, price = np.asarray(at.market.log_cost), np.asarray(at.market.log_price)
        units = np.exp(power * (cost[:, None, :] - price[:, :, None]))
        to = Accumulator.neutral(self.world)
        to.weight = np.where(there, weights[1] / np.where(there, weights[0], 1.0), 1.0)
        to.entry = np.where(there, 0.0, weights[1] * units)
        to.productivity = new.productivity / old.productivity
        to.labour = new.labour / old.labour
        to.transfer = new.transfer - old.transfer
        to.tariff, to.export_tax, to.price_gap = new.tariff, new.export_tax, new.price_gap
        return to

    def settle(
        self, relative: Accumulator, home_floor: float | None = None, start: State | None = None
    ) -> Settled:
        """Solve for what `relative` gives, from this world or a start."""
        return settle_collected(
            self.world,
            relative,
            self.closure,
            self.tolerance,
            home_floor=home_floor,
            start=start,
        )

    def solve(self, shocks: Iterable[Shock], home_floor: float | None = None) -> Result:
        """The world after shocks given as for the original one, measured from this one.

        `home_floor` as in `tumen.solve`. Raises `SolveError` where there is no equilibrium.
        """
        listed = list(shocks)
        relative = self.relative(apply_all(self.origin, listed))
        settled = self.settle(relative, home_floor)
        result = result_of(self.world, listed, self.closure, self.tolerance, settled)
        if settled.status is not Status.converged:
            raise SolveError(f"{settled.status}: {settled.message}", result)
        return result


def solved_world(world: World, settled: Settled) -> World:
    """The solution of a solve as a world of its own, without variants of its own making."""
    setting, solution = settled.setting, settled.solution
    assert solution is not None
    economy = engine.rebase(setting.economy, setting.shock, solution, tariffs=setting.tariffs)
    data = world.dataset.copy()
    for name, dims in SOLVED.items():
        values: xr.DataArray = to_labels(world, getattr(economy, name), dims)
        data[name] = values.transpose(*data[name].dims)
    data.attrs |= {"derived_from": world.origin}
    data.attrs.pop("version", None)
    return World(data, check=world.check)
