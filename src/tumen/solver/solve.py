"""`tumen.solve`: from a world and shocks to a labelled result with a status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple, get_args

import numpy as np
import xarray as xr

from tumen.errors import ShockError, SolveError
from tumen.model.economy import Economy, State
from tumen.model.welfare import Outcome
from tumen.results.result import Result
from tumen.scenario.patches import Accumulator
from tumen.scenario.shocks import Shock, apply_all
from tumen.solver import engine
from tumen.solver.setting import Setting, neutral_arrays, shock_arrays
from tumen.status import Status
from tumen.world.arrays import economy_of
from tumen.world.horizon import with_horizon
from tumen.world.variants import with_variants
from tumen.world.world import World

Closure = Literal["fixed", "proportional", "zero"]
MAX_MAPS = 2000


def check_arguments(
    closure: str, tolerance: float, max_maps: int, home_floor: float | None
) -> None:
    """Refuse settings that mean nothing."""
    if closure not in get_args(Closure):
        raise ShockError(f'closure must be "fixed", "proportional" or "zero", not {closure!r}')
    if not 0 < tolerance < 1:
        raise ShockError(f"tolerance must lie between 0 and 1, not {tolerance!r}")
    if max_maps < 1:
        raise ShockError(f"max_maps must be at least 1, not {max_maps!r}")
    if home_floor is not None and not 0 < home_floor < 1:
        raise ShockError(f"home_floor must lie between 0 and 1, not {home_floor!r}")


class Settled(NamedTuple):
    """A solve that has ended, in the model's arrays."""

    setting: Setting
    solution: engine.Solution | None
    status: Status
    message: str
    notes: list[str]
    rebase_evaluations: int
    method: str  # which ended it; empty where nothing was solved


def settle(
    world: World,
    shocks: Sequence[Shock],
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    max_maps: int = MAX_MAPS,
    home_floor: float | None = None,
) -> Settled:
    """Check, rebase where asked for, and iterate; the labelled result is made from what returns."""
    check_arguments(closure, tolerance, max_maps, home_floor)
    return settle_collected(
        world, apply_all(world, shocks), closure, tolerance, max_maps, home_floor
    )


class Base(NamedTuple):
    """The economy that a solve starts from, after the unshocked solve where there is one."""

    economy: Economy
    status: Status
    message: str
    evaluations: int


def base_of(
    world: World, economy: Economy, closure: Closure, tolerance: float, max_maps: int
) -> Base:
    """Solve the world unshocked and take what comes out as the benchmark."""
    base = Setting(world, economy, neutral_arrays(economy), closure)
    status, message, maps = base.status, base.message, 0
    if status is Status.converged:
        at_base, _ = base.solve(tolerance, max_maps)
        maps = int(at_base.evaluations)
        status, message = base.outcome(at_base, tolerance)
        economy = engine.rebase(base.economy, base.shock, at_base, tariffs=base.tariffs)
    return Base(economy, status, message and f"Without any shock: {message}", maps)


def rebases(world: World, closure: Closure) -> bool:
    """Whether changes are measured from an unshocked solve rather than from the data."""
    return closure == "zero" or world.check == "warn"


class Prepared(NamedTuple):
    """A solve before its search: what is known then, and how long the unshocked one took."""

    setting: Setting
    status: Status
    message: str
    notes: list[str]
    rebase_evaluations: int


def prepare(
    world: World,
    to: Accumulator,
    closure: Closure,
    tolerance: float,
    max_maps: int = MAX_MAPS,
    home_floor: float | None = None,
    base: Base | None = None,
) -> Prepared:
    """Check shocks already applied and, where asked for, solve the world without them."""
    arrays = shock_arrays(to)
    setting = Setting(world, economy_of(world), arrays, closure, home_floor)
    floored = setting.floored
    notes = list(to.notes)
    if floored:
        notes.append(f"home_floor {home_floor} in {', '.join(floored)}")
    rebase_maps = 0
    status, message = setting.status, setting.message
    if status is Status.converged and (rebases(world, closure) or floored):
        if base is None or floored:
            base = base_of(world, setting.economy, closure, tolerance, max_maps)
        status, message, rebase_maps = base.status, base.message, base.evaluations
        if status is Status.converged:
            setting = Setting(world, base.economy, arrays, closure, floored=bool(floored))
            status, message = setting.status, setting.message
    return Prepared(setting, status, message, notes, rebase_maps)


def settle_collected(
    world: World,
    to: Accumulator,
    closure: Closure,
    tolerance: float,
    max_maps: int = MAX_MAPS,
    home_floor: float | None = None,
    base: Base | None = None,
    start: State | None = None,
) -> Settled:
    """`settle` for shocks already applied; `base` hands over an unshocked solve already made.

    The search begins at `start`, the benchmark by default: the solution of a world nearby saves
    maps, and changes the answer by less than the tolerance.
    """
    made = prepare(world, to, closure, tolerance, max_maps, home_floor, base)
    setting, status, message = made.setting, made.status, made.message
    solution: engine.Solution | None = None
    method = ""
    if status is Status.converged:
        solution, method = setting.solve(tolerance, max_maps, start)
        status, message = setting.outcome(solution, tolerance)
    message = " ".join(part for part in (message, status.sentence) if part)
    return Settled(setting, solution, status, message, made.notes, made.rebase_evaluations, method)


class Incomes(NamedTuple):
    """What losses and offsets are made of, by region in the world's order."""

    real_income: np.ndarray  # new/base
    income: np.ndarray  # final spending, million USD


def incomes(settled: Settled) -> Incomes:
    """Real income and income of a settled world, where nothing else is read: the fastest way.

    Raises `SolveError` unless the solve converged.
    """
    solution = converged(settled)
    found = engine.real_income(settled.setting.economy, solution)
    return Incomes(np.asarray(found), np.asarray(solution.market.income))


def outcome_arrays(settled: Settled) -> Outcome:
    """What a settled world comes to, as NumPy arrays in the world's order and without labels.

    Ratios new/base and levels in million USD; `tumen.Result` labels the same numbers. Raises
    `SolveError` unless the solve converged.
    """
    return settled.setting.outcome_arrays(converged(settled))


def converged(settled: Settled) -> engine.Solution:
    """The solution of a settled world. Raises `SolveError` unless there is one."""
    if settled.status is not Status.converged or settled.solution is None:
        raise SolveError(f"no number to read, {settled.status}: {settled.message}")
    return settled.solution


def result_of(
    world: World, shocks: Sequence[Shock], closure: str, tolerance: float, settled: Settled
) -> Result:
    """The labelled result of a solve that has ended."""
    setting, solution, status = settled.setting, settled.solution, settled.status
    return Result(
        world=world,
        shocks=shocks,
        closure=closure,
        tolerance=tolerance,
        status=status,
        message=settled.message,
        notes=settled.notes,
        residual=setting.residual(solution),
        evaluations=int(solution.evaluations) if solution else 0,
        rebase_evaluations=settled.rebase_evaluations,
        method=settled.method,
        numbers=partial(setting.numbers, solution) if solution else None,
    )


def solve(
    world: World,
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    throw: bool = True,
    *,
    max_maps: int = MAX_MAPS,
    home_floor: float | None = None,
    variants: Mapping[str, xr.DataArray | float] | None = None,
    horizon: float | None = None,
) -> Result:
    """Solve the world after the shocks, in exact hats, and return a labelled `Result`.

    `closure` says what transfers do: "fixed" keeps them in units of world primary income,
    "proportional" scales spending with income, "zero" first solves the world without transfers
    and measures every change from there. Primary income summed over the world is the numeraire.
    `tolerance` bounds the largest relative change of any wage, price or expenditure in one map
    and, relative to world value added, the excess demand of any region. `home_floor` (0.01, say)
    gives cells a ban leaves without supplier that home share before solving; it is off by default.
    `variants` switches on variants of the model, each by its variable (a number or a DataArray):
    `input_substitution`, `import_elasticity`, `mobility`, `wage_floor` and the others that
    `tumen show variants` lists; variables that the world itself holds are on without. `horizon`,
    years since the shocks, sets all that stand for slowness at once, from 0.25 on; `variants` have
    the last word.

    Raises `SolveError` (with `.result`) when there is no solution to show and `throw` is true;
    with `throw=False` the result carries the status, and reading a number from it raises.
    Raises `ShockError` for a shock or setting that means nothing, `WorldError` for variants that
    exclude each other or lie outside their range, and for a horizon outside its own.

    Source: Caliendo & Parro (2015), section 3; Dekle, Eaton & Kortum (2008) for exact hats.
    """
    listed = list(shocks)
    if horizon is not None:
        world = with_horizon(world, horizon)
    world = with_variants(world, variants or {})
    settled = settle(world, listed, closure, tolerance, max_maps, home_floor)
    result = result_of(world, listed, closure, tolerance, settled)
    if throw and settled.status is not Status.converged:
        raise SolveError(f"{settled.status}: {result.message}", result)
    return result
