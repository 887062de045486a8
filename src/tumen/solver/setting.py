"""One solve in the making: shocks as arrays, the rule of spending, what is known before it runs."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from tumen.model.economy import Array, Economy, Rule, State
from tumen.model.economy import Shock as ShockArrays
from tumen.model.equilibrium import initial_state
from tumen.model.viability import price_growth
from tumen.model.welfare import Outcome, benchmark_income
from tumen.results.result import Numbers
from tumen.scenario.patches import Accumulator
from tumen.solver import engine, feasibility
from tumen.solver.newton import newton_krylov
from tumen.status import Status
from tumen.world.arrays import economy_of, placeholders
from tumen.world.world import World

# Accelerated maps before Newton-Krylov is tried: nearly every solve needs fewer than 200.
SWITCH = 300
# Prices that grow by more than this in every round of costs will not settle.
LEAST_GROWTH = 1e-6
ANDERSON, NEWTON = "anderson", "newton-krylov"
UNKNOWNS = ("wage", "price", "spending", "wage bill")  # of the state, as a message names them


@jax.jit
def handed_over(arrays: dict[str, Array | None]) -> dict[str, Array | None]:
    """NumPy arrays as the compiled functions hold them: one call for all is the fastest way."""
    return arrays


def shock_arrays(to: Accumulator) -> ShockArrays:
    """The collected shocks as the model takes them."""
    arrays = {
        "log_cost": np.log(to.cost_factor),
        "weight": to.weight,
        "entry": to.entry,
        "tariff": to.tariff,
        "log_productivity": np.log(to.productivity),
        "log_labour": np.log(to.labour),
        "transfer": to.transfer,
        "export_tax": to.export_tax if to.export_tax.any() else None,
        "price_gap": to.price_gap if to.price_gap.any() else None,
    }
    return ShockArrays(**handed_over(arrays))


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


@functools.lru_cache(maxsize=64)
def together(part: tuple[int, ...]) -> tuple[Array, Array]:
    """Which regions [n, m] are in the same part, and a one for each."""
    numbers = np.array(part)
    same = jnp.asarray(numbers[:, None] == numbers[None, :], dtype=float)
    return same, jnp.ones(len(part))


@functools.lru_cache(maxsize=16)
def benchmark_state(world: World) -> State:
    """The start of every search in a world, whatever its trade elasticities."""
    return initial_state(economy_of(world))


def spending_rule(economy: Economy, closure: str, added: Array, part: np.ndarray) -> Rule:
    """How spending follows income under a closure; `added` are the shocks' transfers."""
    same, one = together(tuple(part.tolist()))
    if closure == "proportional":
        income = benchmark_income(economy)
        return Rule(income / (income - economy.transfer), added, same)
    received = np.asarray(added)
    if closure == "fixed":
        received = np.asarray(economy.transfer) + received
    return Rule(one, jnp.asarray(received), same)


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
        placeholder = None if floored else placeholders(world.shared)
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
        self.tariffs = bool(np.asarray(economy.tariff).any() or np.asarray(shock.tariff).any())
        part, crossing = feasibility.trading_parts(open_cells, wanted)
        held = 0.0 if closure == "zero" else np.asarray(economy.transfer)
        self.status, self.message = feasibility.verdict(
            world.regions,
            world.sectors,
            missing,
            part,
            crossing,
            held + np.asarray(shock.transfer),
            np.asarray(economy.value_added),
        )
        self.rule = spending_rule(economy, closure, shock.transfer, part)

    def solve(
        self, tolerance: float, max_maps: int, start: State | None = None
    ) -> tuple[engine.Solution, str]:
        """Search from `start`, the benchmark by default; the solution, and what ended it.

        Accelerated maps come first, and settle nearly everything. What they have not settled after
        `SWITCH` of them goes to Newton-Krylov from the best point. Where that fails too, maps
        start over and run on: from where Newton's steps got stuck they end nowhere more often.
        """
        begin = self.benchmark() if start is None else start
        found = self.accelerated(begin, tolerance, min(max_maps, SWITCH))
        used = int(found.evaluations)
        if float(found.residual) <= tolerance or max_maps <= SWITCH:
            return found, ANDERSON
        newton = newton_krylov(
            self.economy,
            self.shock,
            self.rule,
            found.state,
            tolerance,
            (max_maps - used) // 2,
            tariffs=self.tariffs,
        )
        used += int(newton.evaluations)
        if float(newton.residual) <= tolerance:
            return newton._replace(evaluations=jnp.asarray(used)), NEWTON
        again = self.accelerated(begin, tolerance, max(max_maps - used, 1))
        used += int(again.evaluations)
        closer = float(again.residual) <= float(newton.residual)
        last, method = (again, ANDERSON) if closer else (newton, NEWTON)
        counted = last._replace(evaluations=jnp.asarray(used), last_income=again.last_income)
        return counted, method

    def benchmark(self) -> State:
        """Where a search starts: every change is nought."""
        if self.economy is economy_of(self.world):
            return benchmark_state(self.world.shared)
        return initial_state(self.economy)

    def accelerated(self, start: State, tolerance: float, limit: int) -> engine.Solution:
        """Accelerated maps from a start."""
        return engine.solve_equilibrium(
            self.economy,
            self.shock,
            self.rule,
            start,
            tolerance,
            limit,
            tariffs=self.tariffs,
        )

    def outcome(self, solution: engine.Solution, tolerance: float) -> tuple[Status, str]:
        """Status and message of a finished loop."""
        worst = self.residual(solution)
        solved = worst <= tolerance
        # A search that fails while a region's spending is negative was after what cannot be.
        income = np.asarray(solution.market.income if solved else solution.last_income)
        if (income <= 0).any():
            names = [self.world.regions[n] for n in np.flatnonzero(income <= 0)]
            return (
                Status.absorption_negative,
                f"Final spending would not be above zero in {feasibility.listed(names)}.",
            )
        if solved:
            return Status.converged, ""
        if goods := self.beyond_any_price():
            return (
                Status.no_equilibrium,
                "With inputs this hard to replace some goods need more of themselves than they "
                f"yield, at any wage: {feasibility.listed(goods)}.",
            )
        return (
            Status.stalled,
            f"After {int(solution.evaluations)} maps the residual is {worst:.2g}, above "
            f"{tolerance:.2g}; largest {largest_gaps(self.world, solution)}.",
        )

    def beyond_any_price(self) -> list[str]:
        """Goods that no finite price can cover; none where every input can be replaced."""
        variants = self.economy.variants
        if variants.nests is None or variants.scale is not None:
            return []
        growth = np.asarray(price_growth(self.economy, self.shock, tariffs=self.tariffs))
        wanted = np.asarray(self.economy.expenditure) > 0
        world = self.world
        return [
            f"{world.sectors[j]} in {world.regions[n]}"
            for j, n in np.argwhere((growth > LEAST_GROWTH) & wanted)
        ]

    @staticmethod
    def residual(solution: engine.Solution | None) -> float:
        """Largest relative gap left in any equation; infinite when nothing was solved."""
        if solution is None:
            return float("inf")
        return max(float(solution.residual), float(solution.clearing))

    def outcome_arrays(self, solution: engine.Solution) -> Outcome:
        """Ratios and levels of a solution as NumPy arrays, without what a result shows besides."""
        shown = engine.outcome(self.economy, self.shock, solution, tariffs=self.tariffs)
        return Outcome._make(np.asarray(values) for values in shown)

    def numbers(self, solution: engine.Solution) -> Numbers:
        """Everything a converged result shows."""
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
    for name, now, then in zip(UNKNOWNS, solution.state, solution.mapped, strict=True):
        if now is None or then is None:
            continue
        gap = np.abs(np.nan_to_num(np.asarray(then - now), nan=np.inf))
        index = np.unravel_index(int(np.argmax(gap)), gap.shape)
        where = (
            world.regions[index[0]]
            if gap.ndim == 1
            else f"{world.sectors[index[0]]} in {world.regions[index[1]]}"
        )
        gaps.append(f"{name}: {where} ({gap[index]:.2g})")
    return ", ".join(gaps)
