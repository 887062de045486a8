"""Whether a solve ends in the same place wherever it starts.

With one kind of factor, no duties and small transfers the equilibrium is unique (Alvarez & Lucas,
2007, Journal of Monetary Economics 54(6); Allen, Arkolakis & Takahashi, 2020, Journal of Political
Economy 128(2)). With duties, inputs, external economies or a floor under wages no theorem covers
every case, and a search from many places is what can be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import xarray as xr

from tumen.errors import ShockError, SolveError
from tumen.model.economy import State
from tumen.model.equilibrium import initial_state
from tumen.results.result import Result
from tumen.scenario.shocks import Shock
from tumen.solver.setting import Setting
from tumen.solver.solve import MAX_MAPS, Closure, Settled, result_of, settle
from tumen.status import Status
from tumen.world.horizon import with_horizon
from tumen.world.variants import with_variants
from tumen.world.world import World

# Two ends are one where no real income differs by more than this many tolerances.
SAME = 1e3


@dataclass(frozen=True)
class Multistart:
    """Where searches from several places ended. `result` is the solve from the benchmark."""

    result: Result
    spread: float
    statuses: list[Status]  # one each start, that from the benchmark first
    evaluations: list[int]
    methods: list[str]
    real_income: xr.DataArray  # (start, region), per cent; NaN where a search did not settle

    @property
    def distance(self) -> float:
        """Largest distance of any region's real income from that of `result`, relative."""
        index = 1 + self.real_income / 100
        return float(abs(index / index.isel(start=0) - 1).max())

    @property
    def settled(self) -> int:
        """Searches that ended in an equilibrium."""
        return sum(status is Status.converged for status in self.statuses)

    @property
    def same(self) -> bool:
        """Whether all that settled ended in the same equilibrium."""
        return self.distance <= SAME * self.result.tolerance

    def __str__(self) -> str:
        end = (
            "end in the same equilibrium"
            if self.same
            else "do not all end in the same equilibrium: more than one solves the equations"
        )
        return (
            f"{self.settled} of {len(self.statuses)} searches settle and {end} (real incomes "
            f"within {self.distance:.1e}); starts spread by {self.spread:g} in logs"
        )


def random_state(setting: Setting, rng: np.random.Generator, spread: float) -> State:
    """A start away from the benchmark: every unknown times exp(spread * normal)."""

    def drawn(shape: tuple[int, ...]) -> jnp.ndarray:
        return jnp.asarray(spread * rng.standard_normal(shape))

    at = initial_state(setting.economy)
    return State(
        at.log_wage + drawn(at.log_wage.shape),
        at.log_price + drawn(at.log_price.shape),
        at.expenditure * jnp.exp(drawn(at.expenditure.shape)),
        None if at.log_bill is None else at.log_bill + drawn(at.log_bill.shape),
    )


def multistart(
    world: World,
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    *,
    starts: int = 8,
    spread: float = 0.5,
    seed: int = 0,
    tolerance: float = 1e-10,
    max_maps: int = MAX_MAPS,
    variants: Mapping[str, xr.DataArray | float] | None = None,
    horizon: float | None = None,
) -> Multistart:
    """Solve from the benchmark and from `starts` random places, and say whether the ends agree.

    Every wage, price and expenditure is multiplied by exp(`spread` * standard normal), drawn from
    `seed`. That all searches agree is evidence of one equilibrium, not a proof; that two settle
    apart is proof of more than one. `solve` shows the one that is reached from the benchmark.

    Raises `ShockError` for settings that mean nothing, `SolveError` where the search from the
    benchmark does not settle, and what `solve` raises besides.
    """
    if starts < 1:
        raise ShockError(f"starts must be at least 1, not {starts!r}")
    if not spread > 0:
        raise ShockError(f"spread must be above 0, not {spread!r}")
    listed = list(shocks)
    if horizon is not None:
        world = with_horizon(world, horizon)
    world = with_variants(world, variants or {})
    first = settle(world, listed, closure, tolerance, max_maps)
    result = result_of(world, listed, closure, tolerance, first)
    if first.status is not Status.converged:
        raise SolveError(f"{first.status}: {result.message}", result)
    rng = np.random.default_rng(seed)
    ends = [first] + [
        search(first, random_state(first.setting, rng, spread), tolerance, max_maps)
        for _ in range(starts)
    ]
    results = [result_of(world, listed, closure, tolerance, end) for end in ends]
    nowhere = xr.full_like(result.real_income, np.nan)
    incomes = [one.real_income if one.status is Status.converged else nowhere for one in results]
    return Multistart(
        result,
        spread,
        [one.status for one in results],
        [one.evaluations for one in results],
        [end.method for end in ends],
        xr.concat(incomes, dim="start"),
    )


def search(first: Settled, start: State, tolerance: float, max_maps: int) -> Settled:
    """The same problem from another start."""
    solution, method = first.setting.solve(tolerance, max_maps, start)
    status, message = first.setting.outcome(solution, tolerance)
    return first._replace(solution=solution, status=status, message=message, method=method)
