"""The compiled solve: one function for each model variant and shape, reused and cached on disk."""

from __future__ import annotations

import functools
import os
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from platformdirs import user_cache_dir

from tumen.model import equations, equilibrium, welfare
from tumen.model.economy import Array, Economy, Rule, Shock, State
from tumen.model.equilibrium import Market
from tumen.solver.anderson import fixed_point

# Differences kept by the acceleration, and the part of a full Newton step a wage takes. Measured
# on the Caliendo-Parro data (31 x 40): 36 maps at memory 8, 42 at 5, 35 at 14, where each map
# costs more, and 35 to 38 for steps from 0.5 to 1.
MEMORY = 8
WAGE_STEP = 0.7

if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
    jax.config.update("jax_compilation_cache_dir", user_cache_dir("tumen") + "/compiled")
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


class Solution(NamedTuple):
    """Where the loop ended: the state, what the equations give there, and how it went."""

    state: State
    market: Market
    mapped: State  # the undamped map of the state: the gap to it is the residual by cell
    residual: Array
    clearing: Array  # largest excess demand of a region over world value added
    evaluations: Array
    last_income: Array  # [n] final spending where the loop stood when it ended


def metric(economy: Economy) -> Array:
    """Weights of the coordinates in the acceleration: the square root of a cell's size.

    Wages weigh one, prices and expenditure as their share of the region's spending.
    """
    total = jnp.sum(economy.expenditure, axis=0)
    size = jnp.sqrt(equilibrium.expenditure_scale(economy) / total)
    bill = size if economy.variants.by_sector else None
    return ravel_pytree(State(jnp.ones_like(economy.value_added), size, size, bill))[0]


@functools.partial(jax.jit, static_argnames=("tariffs",))
def solve_equilibrium(
    economy: Economy,
    shock: Shock,
    rule: Rule,
    start: State,
    tolerance: Array | float,
    limit: Array | int,
    *,
    tariffs: bool,
) -> Solution:
    """Find the fixed point of the joint map from `start`; `tariffs` says whether any are levied."""
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)
    flat, unflatten = ravel_pytree(start)

    def mapping(x: Array, step: Array) -> tuple[Array, Array]:
        new, residual = equilibrium.equilibrium_map(
            economy, shock, kernel, rule, unflatten(x), step
        )
        return ravel_pytree(new)[0], residual

    found = fixed_point(
        mapping,
        flat,
        tolerance=tolerance,
        step=WAGE_STEP,
        limit=limit,
        memory=MEMORY,
        metric=metric(economy),
    )
    return solution_at(
        economy,
        shock,
        rule,
        unflatten(found.point),
        unflatten(found.last),
        found.residual,
        found.evaluations,
        tariffs=tariffs,
    )


@functools.partial(jax.jit, static_argnames=("tariffs",))
def solution_at(
    economy: Economy,
    shock: Shock,
    rule: Rule,
    state: State,
    last: State,
    residual: Array | float,
    evaluations: Array | int,
    *,
    tariffs: bool,
) -> Solution:
    """What the equations give where a search ended, and at the last point it looked at."""
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)
    at = equilibrium.market(economy, shock, kernel, rule, state)
    mapped, _ = equilibrium.equilibrium_map(economy, shock, kernel, rule, state, 1.0)
    looked = equilibrium.market(economy, shock, kernel, rule, last)
    world = jnp.sum(economy.value_added)
    clearing = jnp.max(jnp.abs(at.factor_demand - at.primary_income)) / world
    return Solution(
        state,
        at,
        mapped,
        jnp.asarray(residual),
        clearing,
        jnp.asarray(evaluations),
        looked.income,
    )


@functools.partial(jax.jit, static_argnames=("tariffs",))
def outcome(
    economy: Economy, shock: Shock, solution: Solution, *, tariffs: bool
) -> welfare.Outcome:
    """Real income, prices, flows and incomes alone, where nothing else is read."""
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)
    return welfare.outcome(economy, kernel, solution.state, solution.market)


@jax.jit
def real_income(economy: Economy, solution: Solution) -> Array:
    """Real income new/base alone [n]: no flow is looked at."""
    price = jnp.exp(equations.consumer_price(economy, solution.market.log_price))
    return welfare.real_income_hat(economy, solution.market, price)


@functools.partial(jax.jit, static_argnames=("tariffs",))
def describe(
    economy: Economy, shock: Shock, solution: Solution, *, tariffs: bool
) -> tuple[welfare.Outcome, welfare.FirstOrder, tuple[Array, Array], Array]:
    """Everything a result shows, in one compiled function."""
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)
    shown = welfare.outcome(economy, kernel, solution.state, solution.market)
    return (
        shown,
        welfare.first_order(economy, shock, solution.market, shown.trade_flow),
        welfare.creation_and_diversion(economy, shock, solution.market, shown.trade_flow),
        welfare.variety_gain(economy, shock),
    )


@functools.partial(jax.jit, static_argnames=("tariffs",))
def rebase(economy: Economy, shock: Shock, solution: Solution, *, tariffs: bool) -> Economy:
    """The solved, unshocked economy as the new benchmark."""
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)
    return welfare.rebased(economy, kernel, solution.market)
