"""`tumen.transition`: year after year of static equilibria, with the capital each inherits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import jax.numpy as jnp
import numpy as np

from tumen.analysis.path import Assumptions, Transition, Year, extent
from tumen.errors import ShockError, SolveError, WorldError
from tumen.model import accumulation
from tumen.model.economy import Array, Economy
from tumen.model.welfare import benchmark_income
from tumen.results.result import Result
from tumen.scenario.patches import NATIONAL, Accumulator, Value, check_value, place
from tumen.scenario.shocks import Shock, apply_all
from tumen.solver.solve import (
    MAX_MAPS,
    Base,
    Closure,
    Settled,
    base_of,
    check_arguments,
    rebases,
    settle_collected,
)
from tumen.status import Status
from tumen.world.arrays import economy_of
from tumen.world.variants import active
from tumen.world.world import World

ShocksByYear: TypeAlias = "Mapping[int, Iterable[Shock]] | Callable[[int], Iterable[Shock]]"
Progress: TypeAlias = "Callable[[int, int], None]"

# Named assumptions, printed with every path that rests on them. A third is the textbook value of
# capital's share; about a quarter of world output is invested; a lump sum is taken to be invested
# at half the rate of income, between not at all and like income.
CAPITAL_SHARE = 1 / 3
INVESTMENT_SHARE = 0.25
TRANSFER_SAVING = 0.125


def regional(world: World, value: Value, name: str, *, below: float) -> np.ndarray:
    """A number, or a DataArray over all regions, as an array [region n] from 0 to `below`."""
    check_value(value, name, least=0.0)
    (positions,), given = place(world, NATIONAL, {}, value, name)
    if len(positions) < len(world.regions):
        missing = [r for n, r in enumerate(world.regions) if n not in positions]
        raise ShockError(f"{name} has no value for region {missing[0]}; give one for each")
    values = np.empty(len(world.regions))
    values[positions] = given
    for region, number in zip(world.regions, values, strict=True):
        if number >= below:
            raise ShockError(f"{name} at region {region} must be below {below:g}, not {number:g}")
    return values


def capital_shares(world: World, given: Value | None) -> tuple[np.ndarray, str]:
    """Capital's share of value added by region, and where it is from."""
    if given is not None:
        source = "as given"
    elif "capital_share" in world.dataset:
        given, source = world.dataset["capital_share"], "of the world"
    else:
        given, source = CAPITAL_SHARE, "assumption"
    values = regional(world, given, "capital_share", below=1.0)
    return values, f"{extent(values)} ({source})"


def listed_shocks(shocks_by_year: ShocksByYear, years: Sequence[int]) -> dict[int, list[Shock]]:
    """The shocks of each year. Raises `ShockError` for years that do not follow one another."""
    if not years:
        raise ShockError("years is empty; name at least one year")
    for before, after in pairwise(years):
        if after != before + 1:
            raise ShockError(
                f"years must follow one another, and {after} does not follow {before}; capital "
                "passes from each year to the next"
            )
    if callable(shocks_by_year):
        return {year: list(shocks_by_year(year)) for year in years}
    for year in years:
        if year not in shocks_by_year:
            raise ShockError(f"shocks_by_year has no entry for {year}; an empty list is no shock")
    for year in shocks_by_year:
        if year not in years:
            raise ShockError(
                f"shocks_by_year has an entry for {year}, outside {years[0]} to {years[-1]}"
            )
    return {year: list(shocks_by_year[year]) for year in years}


def collected(world: World, by_year: Mapping[int, list[Shock]]) -> dict[int, Accumulator]:
    """Shocks as arrays; years that share their shocks share the arrays."""
    known: dict[tuple[int, ...], Accumulator] = {}
    made = {}
    for year, shocks in by_year.items():
        key = tuple(map(id, shocks))
        if key not in known:
            try:
                known[key] = apply_all(world, shocks)
            except ShockError as error:
                raise ShockError(f"year {year}: {error}") from None
        made[year] = known[key]
    return made


class Saver:
    """Turns a region's income into the capital of the next year."""

    def __init__(self, world: World, economy: Economy, assumed: Assumptions) -> None:
        self.world, self.assumed = world, assumed
        self.sigma = jnp.asarray(assumed.sigma)
        transfer = economy.transfer
        own = benchmark_income(economy) - transfer
        self.rate = accumulation.saving_rate(
            own, transfer, jnp.asarray(assumed.investment_share), self.sigma
        )
        self.benchmark = accumulation.investment(own, transfer, self.rate, self.sigma)
        for region, rate in zip(world.regions, np.asarray(self.rate), strict=True):
            if not rate > 0:
                raise ShockError(
                    f"investment_share and sigma leave {region} {rate:.3g} of its own income to "
                    "invest, which must be above zero; lower sigma or raise investment_share"
                )

    def pass_on(
        self, year: int, settled: Settled, log_capital: Array, deepening: Array
    ) -> tuple[Year, Array]:
        """Return the year's results, and the log change of the capital that the next inherits.

        Raises `SolveError` where nothing would be invested.
        """
        solution = settled.solution
        assert solution is not None
        numbers = settled.setting.numbers(solution)
        at = solution.market
        own = at.primary_income + at.tariff_revenue
        nominal = accumulation.investment(own, at.income - own, self.rate, self.sigma)
        for region, value in zip(self.world.regions, np.asarray(nominal), strict=True):
            if not value > 0:
                raise SolveError(
                    f"year {year}: investment in {region} would be {value:,.3g} million USD; the "
                    "transfers it pays cost more than it saves, so lower them or sigma"
                )
        log_investment = jnp.log(nominal / self.benchmark)
        log_price = jnp.log(numbers.arrays["consumer_price_hat"])
        solved = Year.of(numbers, settled, log_capital, deepening, log_investment - log_price)
        return solved, accumulation.next_capital(
            log_capital, log_investment, log_price, self.assumed.delta
        )


# Variants under which the price of the factor bundle is not what a static solve calls the wage.
NOT_OVER_TIME = (
    "mobility",
    "wage_floor",
    "labour_supply_elasticity",
    "capital_response",
    "profit_share",
)


def refuse_idle(world: World) -> None:
    """Refuse variants that a path with capital cannot carry."""
    for name in active(world):
        if name in NOT_OVER_TIME:
            raise WorldError(
                f"a path with capital has one market for factors, all employed: drop {name!r} from "
                "the world, or solve single years with tumen.solve"
            )


def unshocked(
    world: World, closure: Closure, tolerance: float, max_maps: int
) -> tuple[Base | None, Economy]:
    """The economy that every year is measured from, solved once for the path."""
    economy = economy_of(world)
    if not rebases(world, closure):
        return None, economy
    base = base_of(world, economy, closure, tolerance, max_maps)
    if base.status is not Status.converged:
        raise SolveError(f"before the first year, {base.status}: {base.message}")
    return base, base.economy


def failed(
    world: World, shocks: list[Shock], closure: str, tolerance: float, settled: Settled, year: int
) -> SolveError:
    """The error of a year without an equilibrium, with that year's result."""
    result = Result(
        world=world,
        shocks=shocks,
        closure=closure,
        tolerance=tolerance,
        status=settled.status,
        message=settled.message,
        notes=[f"year {year} of a path, with inherited capital"],
        residual=settled.setting.residual(settled.solution),
        evaluations=int(settled.solution.evaluations) if settled.solution else 0,
        rebase_evaluations=settled.rebase_evaluations,
        method=settled.method,
        numbers=None,
    )
    return SolveError(f"year {year}: {settled.status}: {settled.message}", result)


def transition(
    world: World,
    shocks_by_year: ShocksByYear,
    years: Iterable[int] = range(2022, 2036),
    delta: float = 0.06,
    capital_share: Value | None = None,
    sigma: Value = TRANSFER_SAVING,
    investment_share: Value = INVESTMENT_SHARE,
    closure: Closure = "fixed",
    discount: float = 0.96,
    tolerance: float = 1e-10,
    *,
    max_maps: int = MAX_MAPS,
    progress: Progress | None = None,
) -> Transition:
    r"""Solve each year with the capital it inherits, and return labelled paths.

    `shocks_by_year` maps each year to its shocks, or is a function of the year. All changes are
    against the path without shocks, on which the benchmark repeats itself; the first year inherits
    that path's capital. Between years
    $\hat K_{t+1} = (\hat\Omega_t/\hat P_t)^{\delta}\hat K_t^{1-\delta}$, where investment is
    $\Omega = s\,own + \sigma\,transfers$, bought at the price $P$ of final spending: `sigma` is the
    rate at which transfers are invested, and $s$ follows from `investment_share`, the part of
    benchmark final spending that is invested. The factors of a year are $L^{1-a}K^a$ with $a$ the
    `capital_share` (the world's own, else a third, a stated assumption); a `LabourForce` shock
    moves labour alone. `discount` weighs the years in `Transition.welfare`. Rates are fractions a
    year; each of `capital_share`, `sigma`, `investment_share` is a number or a DataArray over
    region. `progress(done, all)` is called after each year.

    Raises `SolveError` naming the first year without an equilibrium (with that year's `.result`),
    `ShockError` for years, shocks or settings that mean nothing.

    Source: Anderson, Larch & Yotov (2020), for capital; `tumen.solve` for each year.
    """
    check_arguments(closure, tolerance, max_maps, None)
    refuse_idle(world)
    check_value(delta, "delta", above=0.0, most=1.0)
    check_value(discount, "discount", above=0.0, most=1.0)
    by_year = listed_shocks(shocks_by_year, list(years))
    shares, named = capital_shares(world, capital_share)
    assumed = Assumptions(
        float(delta),
        shares,
        named,
        regional(world, sigma, "sigma", below=1.0),
        regional(world, investment_share, "investment_share", below=1.0),
        float(discount),
    )
    base, economy = unshocked(world, closure, tolerance, max_maps)
    saver = Saver(world, economy, assumed)
    arrays = collected(world, by_year)
    solved: dict[int, Year] = {}
    log_capital = jnp.zeros(len(world.regions))
    for year, to in arrays.items():
        bundle = accumulation.factor_bundle(jnp.log(to.labour), log_capital, jnp.asarray(shares))
        endowed = replace(to, labour=np.exp(np.asarray(bundle)))
        settled = settle_collected(world, endowed, closure, tolerance, max_maps, base=base)
        if settled.status is not Status.converged:
            raise failed(world, by_year[year], closure, tolerance, settled, year)
        deepening = bundle - jnp.log(to.labour)
        solved[year], log_capital = saver.pass_on(year, settled, log_capital, deepening)
        if progress is not None:
            progress(len(solved), len(by_year))
    return Transition(world, by_year, solved, closure, tolerance, assumed, base)
