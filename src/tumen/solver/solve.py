"""`tumen.solve`: from a world and shocks to a labelled result with a status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, get_args

import jax.numpy as jnp
import numpy as np

from tumen.errors import ShockError, SolveError, WorldError
from tumen.model.economy import Array, Economy, Rule
from tumen.model.economy import Shock as ShockArrays
from tumen.model.equilibrium import initial_state
from tumen.model.welfare import benchmark_income
from tumen.results.result import Numbers, Result
from tumen.scenario.patches import Accumulator
from tumen.scenario.shocks import Shock, apply_all
from tumen.solver import engine, feasibility
from tumen.status import Status
from tumen.world.arrays import economy_of, to_model
from tumen.world.world import World

Closure = Literal["fixed", "proportional", "zero"]
MAX_MAPS = 2000
# Optional variables that change the equilibrium; `capital_share` matters only over time.
VARIANTS = ("profit_share", "scale_elasticity", "labour_supply_elasticity")


def shock_arrays(to: Accumulator) -> ShockArrays:
    """The collected shocks as the model takes them."""
    return ShockArrays(
        log_cost=jnp.asarray(np.log(to.cost_factor)),
        weight=jnp.asarray(to.weight),
        entry=jnp.asarray(to.entry),
        tariff=jnp.asarray(to.tariff),
        log_productivity=jnp.asarray(np.log(to.productivity)),
        log_labour=jnp.asarray(np.log(to.labour)),
        transfer=jnp.asarray(to.transfer),
    )


def neutral_arrays(economy: Economy) -> ShockArrays:
    """No shock at all."""
    return ShockArrays(
        log_cost=jnp.zeros_like(economy.trade_share),
        weight=jnp.ones_like(economy.trade_share),
        entry=jnp.zeros_like(economy.trade_share),
        tariff=economy.tariff,
        log_productivity=jnp.zeros_like(economy.expenditure),
        log_labour=jnp.zeros_like(economy.value_added),
        transfer=jnp.zeros_like(economy.value_added),
    )


def spending_rule(economy: Economy, closure: str, added: Array, part: np.ndarray) -> Rule:
    """How spending follows income under a closure; `added` are the shocks' transfers."""
    same = jnp.asarray(part[:, None] == part[None, :], dtype=float)
    one = jnp.ones_like(economy.value_added)
    if closure == "proportional":
        income = benchmark_income(economy)
        return Rule(income / (income - economy.transfer), added, same)
    held = economy.transfer if closure == "fixed" else jnp.zeros_like(one)
    return Rule(one, held + added, same)


class Setting:
    """One solve in the making: the economy, the shocks, and what is known before iterating."""

    def __init__(
        self,
        world: World,
        economy: Economy,
        shock: ShockArrays,
        closure: str,
        home_floor: float | None = None,
        *,
        floored: bool = False,
    ) -> None:
        self.world, self.closure = world, closure
        self.floored: list[str] = []
        weight = np.asarray(shock.weight)
        share = np.asarray(economy.trade_share)
        banned = (share > 0) & (weight == 0)
        entered = np.asarray(shock.entry) > 0
        open_cells = (share > 0) & ~banned | entered
        wanted = np.asarray(economy.expenditure) > 0
        data = world.dataset
        placeholder = (
            np.asarray(to_model(world, data["placeholder"])) > 0
            if "placeholder" in data and not floored
            else None
        )
        missing = feasibility.without_supplier(open_cells, banned, wanted, placeholder)
        if home_floor is not None and missing.any():
            share = lift_home_share(share, missing, home_floor)
            economy = economy._replace(trade_share=jnp.asarray(share))
            open_cells = (share > 0) & (weight > 0) | entered
            self.floored = [
                f"{world.sectors[j]} in {world.regions[n]}" for j, n in np.argwhere(missing)
            ]
            missing = np.zeros_like(missing)
        self.economy, self.shock = economy, shock
        self.tariffs = bool(np.any(economy.tariff) or np.any(shock.tariff))
        part, crossing = feasibility.trading_parts(open_cells, wanted)
        held = 0.0 if closure == "zero" else np.asarray(economy.transfer)
        income = np.asarray(benchmark_income(economy))
        self.status, self.message = feasibility.verdict(
            world.regions,
            world.sectors,
            missing,
            part,
            crossing,
            held + np.asarray(shock.transfer),
            income,
        )
        self.rule = spending_rule(economy, closure, shock.transfer, part)

    def solve(self, tolerance: float, max_maps: int) -> engine.Solution:
        """Iterate from the benchmark."""
        return engine.solve_equilibrium(
            self.economy,
            self.shock,
            self.rule,
            initial_state(self.economy),
            tolerance,
            max_maps,
            tariffs=self.tariffs,
        )

    def outcome(self, solution: engine.Solution, tolerance: float) -> tuple[Status, str]:
        """Status and message of a finished loop."""
        poor = np.asarray(solution.market.income) <= 0
        if poor.any():
            names = [self.world.regions[n] for n in np.flatnonzero(poor)]
            return (
                Status.absorption_negative,
                f"Final spending would not be above zero in {feasibility.listed(names)}.",
            )
        worst = self.residual(solution)
        if worst <= tolerance:
            return Status.converged, ""
        return (
            Status.stalled,
            f"After {int(solution.evaluations)} maps the residual is {worst:.2g}, above "
            f"{tolerance:.2g}; largest {largest_gaps(self.world, solution)}.",
        )

    @staticmethod
    def residual(solution: engine.Solution | None) -> float:
        """Largest relative gap left in any equation; infinite when nothing was solved."""
        if solution is None:
            return float("inf")
        return max(float(solution.residual), float(solution.clearing))

    def numbers(self, solution: engine.Solution | None) -> Numbers | None:
        """Everything a converged result shows."""
        if solution is None:
            return None
        shown, first, (creation, diversion), variety = engine.describe(
            self.economy, self.shock, solution, tariffs=self.tariffs
        )
        return Numbers(shown, first, creation, diversion, variety)


def lift_home_share(share: np.ndarray, missing: np.ndarray, floor: float) -> np.ndarray:
    """Give home producers `floor` of the named cells; the others shrink in proportion."""
    lifted = share.copy()
    for j, n in np.argwhere(missing):
        others = np.delete(lifted[j, n], n).sum()
        lifted[j, n] *= (1 - floor) / others if others > 0 else 0.0
        lifted[j, n, n] = floor if others > 0 else 1.0
    return lifted


def largest_gaps(world: World, solution: engine.Solution) -> str:
    """Name the wages, prices and spending furthest from solving their equation."""
    gaps = []
    for name, now, then in zip(
        ("wage", "price", "spending"), solution.state, solution.mapped, strict=True
    ):
        gap = np.abs(np.nan_to_num(np.asarray(then - now), nan=np.inf))
        index = np.unravel_index(int(np.argmax(gap)), gap.shape)
        where = (
            world.regions[index[0]]
            if gap.ndim == 1
            else f"{world.sectors[index[0]]} in {world.regions[index[1]]}"
        )
        gaps.append(f"{name}: {where} ({gap[index]:.2g})")
    return ", ".join(gaps)


def refuse_variants(world: World) -> None:
    """Refuse a world whose optional variables ask for what the model does not yet do."""
    active = [name for name in VARIANTS if name in world.dataset]
    if active:
        raise WorldError(
            f"the world holds {', '.join(active)}, which this version of the model would ignore; "
            "drop it to solve without"
        )


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
    refuse_variants(world)
    arrays = shock_arrays(apply_all(world, shocks))
    setting = Setting(world, economy_of(world), arrays, closure, home_floor)
    notes = [f"home_floor {home_floor} in {', '.join(setting.floored)}"] if setting.floored else []
    solution: engine.Solution | None = None
    rebase_maps = 0
    status, message = setting.status, setting.message
    if status is Status.converged and (closure == "zero" or world.check == "warn" or notes):
        base = Setting(world, setting.economy, neutral_arrays(setting.economy), closure)
        status, message = base.status, base.message
        if status is Status.converged:
            at_base = base.solve(tolerance, max_maps)
            rebase_maps = int(at_base.evaluations)
            status, message = base.outcome(at_base, tolerance)
            economy = engine.rebase(base.economy, base.shock, at_base, tariffs=base.tariffs)
            setting = Setting(world, economy, arrays, closure, floored=bool(notes))
        message = message and f"Without any shock: {message}"
        if status is Status.converged:
            status, message = setting.status, setting.message
    if status is Status.converged:
        solution = setting.solve(tolerance, max_maps)
        status, message = setting.outcome(solution, tolerance)
    message = " ".join(part for part in (message, status.sentence) if part)
    return Settled(setting, solution, status, message, notes, rebase_maps)


def solve(
    world: World,
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    throw: bool = True,
    *,
    max_maps: int = MAX_MAPS,
    home_floor: float | None = None,
) -> Result:
    """Solve the world after the shocks, in exact hats, and return a labelled `Result`.

    `closure` says what transfers do: "fixed" keeps them in units of world primary income,
    "proportional" scales spending with income, "zero" first solves the world without transfers
    and measures every change from there. Primary income summed over the world is the numeraire.
    `tolerance` bounds the largest relative change of any wage, price or expenditure in one map
    and, relative to world value added, the excess demand of any region. `home_floor` (0.01, say)
    gives cells a ban leaves without supplier that home share before solving; it is off by default.

    Raises `SolveError` (with `.result`) when there is no solution to show and `throw` is true;
    with `throw=False` the result carries the status, and reading a number from it raises.
    Raises `ShockError` for a shock or setting that means nothing.

    Source: Caliendo & Parro (2015), section 3; Dekle, Eaton & Kortum (2008) for exact hats.
    """
    listed = list(shocks)
    settled = settle(world, listed, closure, tolerance, max_maps, home_floor)
    setting, solution, status = settled.setting, settled.solution, settled.status
    result = Result(
        world=world,
        shocks=listed,
        closure=closure,
        tolerance=tolerance,
        status=status,
        message=settled.message,
        notes=settled.notes,
        residual=setting.residual(solution),
        evaluations=int(solution.evaluations) if solution else 0,
        rebase_evaluations=settled.rebase_evaluations,
        numbers=setting.numbers(solution) if status is Status.converged else None,
    )
    if throw and status is not Status.converged:
        raise SolveError(f"{status}: {result.message}", result)
    return result
