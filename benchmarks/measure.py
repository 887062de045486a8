"""Everything that is measured about one problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np

import tumen
from benchmarks import numpy_map
from benchmarks.cases import Problem
from benchmarks.timing import milliseconds
from tumen.model import equations, equilibrium
from tumen.model.economy import State
from tumen.solver.adjoint import gradient_at
from tumen.solver.engine import WAGE_STEP
from tumen.solver.solve import MAX_MAPS, Settled, settle

TOLERANCE = 1e-10
# Maps are timed in a row, so that the cost of calling a compiled function does not count.
IN_A_ROW = 50


@dataclass(frozen=True)
class Measured:
    """Counts, and milliseconds of one run on one machine; ratios are what to compare."""

    maps: int
    base_maps: int
    residual: float
    call_ms: float  # tumen.solve, labels in and labels out
    solve_ms: float  # the shocked equilibrium alone
    map_ms: float
    numpy_map_ms: float
    gradient_ms: float
    gradient_products: int

    @property
    def solve_ratio(self) -> float:
        """Time of the solve over as many maps in NumPy."""
        return self.solve_ms / (self.maps * self.numpy_map_ms)

    @property
    def gradient_ratio(self) -> float:
        """Time of the gradient over that of the solve."""
        return self.gradient_ms / self.solve_ms


def maps_in_a_row(settled: Settled, start: State) -> Callable[[], object]:
    """A compiled row of maps from the benchmark."""
    setting = settled.setting
    kernel = equations.trade_weights(setting.economy, setting.shock, tariffs=setting.tariffs)

    @jax.jit
    def row(economy: object, shock: object, kernel: object, rule: object, state: State) -> State:
        def one(_: object, at: State) -> State:
            return equilibrium.equilibrium_map(economy, shock, kernel, rule, at, WAGE_STEP)[0]

        return jax.lax.fori_loop(0, IN_A_ROW, one, state)

    return lambda: jax.block_until_ready(
        row(setting.economy, setting.shock, kernel, setting.rule, start)
    )


def numpy_maps_in_a_row(settled: Settled, start: State) -> Callable[[], object]:
    """The same row in NumPy."""
    setting = settled.setting
    kernel = equations.trade_weights(setting.economy, setting.shock, tariffs=setting.tariffs)
    scale = np.asarray(equilibrium.expenditure_scale(setting.economy))
    arrays = numpy_map.arrays_of(setting.economy, setting.shock, kernel, setting.rule, scale)

    def row() -> object:
        at = tuple(np.asarray(part) for part in start[:3])
        for _ in range(IN_A_ROW):
            at = numpy_map.equilibrium_map(arrays, *at, WAGE_STEP)[:3]
        return at

    return row


def gradient_call(problem: Problem, settled: Settled) -> Callable[[], tuple[object, ...]]:
    """Gradient of the first region's real income with respect to every shock."""
    setting, solution = settled.setting, settled.solution
    assert solution is not None
    seed = np.zeros(len(problem.world.regions))
    seed[0] = 1.0
    return lambda: jax.block_until_ready(
        gradient_at(
            setting.economy,
            setting.shock,
            setting.rule,
            solution.state,
            seed,
            TOLERANCE,
            MAX_MAPS,
            name="real_income",
        )
    )


def measure(problem: Problem, repeats: int) -> Measured:
    """Solve, differentiate and time one problem. Raises `SolveError` when it has no solution."""
    world, shocks, closure = problem.world, problem.shocks, problem.closure
    result = tumen.solve(world, shocks, closure, TOLERANCE)
    settled = settle(world, list(shocks), closure, TOLERANCE)
    setting = settled.setting
    start = equilibrium.initial_state(setting.economy)
    gradient = gradient_call(problem, settled)
    return Measured(
        maps=result.evaluations,
        base_maps=result.rebase_evaluations,
        residual=result.residual,
        call_ms=milliseconds(lambda: tumen.solve(world, shocks, closure, TOLERANCE), repeats),
        solve_ms=milliseconds(
            lambda: jax.block_until_ready(setting.solve(TOLERANCE, MAX_MAPS)), repeats
        ),
        map_ms=milliseconds(maps_in_a_row(settled, start), repeats) / IN_A_ROW,
        numpy_map_ms=milliseconds(numpy_maps_in_a_row(settled, start), repeats) / IN_A_ROW,
        gradient_ms=milliseconds(gradient, repeats),
        gradient_products=int(gradient()[-1]),
    )
