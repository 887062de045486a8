"""One solved world where only real income and income are read: the fastest way to a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from tumen.errors import SolveError
from tumen.model.economy import State
from tumen.scenario.shocks import Shock, apply_all
from tumen.solver.solve import Closure, Settled, incomes, settle_collected
from tumen.status import Status
from tumen.world.world import World


class Level(NamedTuple):
    """One solved world: real income over the benchmark's and income, by region, and how it went."""

    welfare: np.ndarray
    income: np.ndarray
    residual: float
    maps: int
    state: State  # near which the search for another world may start


def level_in(
    world: World,
    shocks: Iterable[Shock],
    closure: Closure,
    tolerance: float,
    start: State | None = None,
) -> Level:
    """Solve one world, from the benchmark or a start. Raises `SolveError`."""
    to = apply_all(world, shocks)
    return level_at(settle_collected(world, to, closure, tolerance, start=start))


def level_at(settled: Settled) -> Level:
    """The same of a solve that has ended. Raises `SolveError`."""
    if settled.status is not Status.converged or settled.solution is None:
        raise SolveError(f"{settled.status}: {settled.message}", settled)
    found = incomes(settled)
    return Level(
        found.real_income,
        found.income,
        settled.setting.residual(settled.solution),
        int(settled.solution.evaluations),
        settled.solution.state,
    )
