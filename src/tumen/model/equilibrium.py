"""The equilibrium as one map from (ln wage, ln price, expenditure) to itself, and what follows."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tumen.model import equations as eq
from tumen.model.economy import Array, Economy, Kernel, Rule, Shock, State

# A wage moves by no more than this (in logs) in one map before damping: far from the solution the
# trade gap of a tiny economy can be thousands of times what its wage can answer.
MOVE_LIMIT = 1.0


class Market(NamedTuple):
    """Everything the equations give at one state."""

    log_cost: Array  # [j, n]
    log_price: Array  # [j, n]
    supply: Array  # [j, i] supplier terms
    demand: Array  # [j, n] expenditure over the bracket of the price index
    output: Array  # [j, i] million USD
    primary_income: Array  # [n]
    tariff_revenue: Array  # [n]
    income: Array  # [n] final spending
    expenditure: Array  # [j, n]
    factor_demand: Array  # [n]
    balance: Array  # [n] exports less imports plus the transfer received
    slope: Array  # [n] fall of the balance for each unit of the log wage, were all costs wages


def expenditure_scale(economy: Economy) -> Array:
    """Scale for expenditure: the benchmark's, a millionth of the region's where that is zero."""
    total = jnp.sum(economy.expenditure, axis=0)
    return jnp.maximum(economy.expenditure, 1e-6 * total)


def initial_state(economy: Economy) -> State:
    """The benchmark: every change is nought."""
    sectors, regions = economy.expenditure.shape
    return State(
        jnp.zeros(regions),
        jnp.zeros((sectors, regions)),
        economy.expenditure / expenditure_scale(economy),
    )


def market(economy: Economy, shock: Shock, kernel: Kernel, rule: Rule, state: State) -> Market:
    """Evaluate the equations in turn, given wages, prices and expenditure."""
    log_cost = eq.unit_cost(economy, shock, state.log_wage, state.log_price)
    supply, shift = eq.supplier_terms(economy, log_cost)
    bought, own = eq.over_exporters(kernel.net, supply), kernel.own_net * supply
    terms, duty = bought + own, jnp.zeros_like(own)
    if kernel.duty is not None and kernel.own_duty is not None:
        duty = eq.over_exporters(kernel.duty, supply) + kernel.own_duty * supply
        terms = terms + duty
    log_price = eq.price_index(economy, terms, shift + kernel.shift)
    spent = state.expenditure * expenditure_scale(economy)
    inverse = jnp.where(terms > 0, 1 / jnp.where(terms > 0, terms, 1.0), 0.0)
    demand, imported = spent * inverse, bought * spent * inverse
    exported = eq.exports(kernel, supply, demand)
    output = eq.gross_output(kernel, supply, demand, exported)
    revenue = eq.tariff_revenue(duty, demand)
    primary = jnp.exp(state.log_wage + shock.log_labour) * economy.value_added
    income, received = eq.spending(primary + revenue, rule.income_factor, rule.transfer, rule.part)
    return Market(
        log_cost,
        log_price,
        supply,
        demand,
        output,
        primary,
        revenue,
        income,
        eq.expenditure(economy, output, income),
        eq.factor_demand(economy, output),
        jnp.sum(exported - imported, axis=0) + received,
        eq.balance_slope(economy, exported, imported, own * inverse),
    )


def numeraire(economy: Economy, shock: Shock, rule: Rule, log_wage: Array) -> Array:
    """Scale wages so that primary income sums to its benchmark in every connected part.

    With one part this is the world's numeraire; parts that do not trade have no common price
    level, and each keeps its own.
    """
    primary = jnp.exp(log_wage + shock.log_labour) * economy.value_added
    return log_wage - jnp.log((rule.part @ primary) / (rule.part @ economy.value_added))


def equilibrium_map(
    economy: Economy,
    shock: Shock,
    kernel: Kernel,
    rule: Rule,
    state: State,
    wage_step: Array | float,
) -> tuple[State, Array]:
    """One map of the joint fixed point, and its residual (largest relative change, undamped).

    Prices and expenditure follow the equations at once. A wage moves by `wage_step` times the
    region's trade balance over its slope, close to a Newton step for that wage alone. The balance
    of trade is the factor market of eq. (13) in Caliendo & Parro (2015) once spending has settled,
    and keeps its meaning while spending still lags: sales at home cancel in it.
    """
    at = market(economy, shock, kernel, rule, state)
    scale = jax.lax.stop_gradient(at.slope)
    trades = scale > 0
    move = jnp.where(trades, at.balance / jnp.where(trades, scale, 1.0), 0.0)
    moved = state.log_wage + wage_step * jnp.clip(move, -MOVE_LIMIT, MOVE_LIMIT)
    new = State(
        numeraire(economy, shock, rule, moved),
        at.log_price,
        at.expenditure / expenditure_scale(economy),
    )
    gaps = (
        at.factor_demand / at.primary_income - 1,
        move,
        new.log_price - state.log_price,
        new.expenditure - state.expenditure,
    )
    return new, jnp.max(jnp.stack([jnp.max(jnp.abs(gap)) for gap in gaps]))
