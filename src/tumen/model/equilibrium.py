"""The equilibrium as one map from (ln earnings, ln price, expenditure) to itself."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tumen.model import equations as eq
from tumen.model import labour
from tumen.model.economy import Array, Economy, Kernel, Rule, Shock, State
from tumen.model.labour import Pay
from tumen.model.sourcing import sourcing
from tumen.model.technology import profit_share, technology

# A wage moves by no more than this (in logs) in one map before damping: far from the solution the
# trade gap of a tiny economy can be thousands of times what its wage can answer.
MOVE_LIMIT = 1.0


class Market(NamedTuple):
    """Everything the equations give at one state."""

    log_cost: Array  # [j, n]
    log_price: Array  # [j, n]
    supply: Array  # [j, i] supplier terms
    abroad: Array  # [j, n] spending on foreign goods over their bracket
    home: Array  # [j, n] spending on own goods over theirs
    output: Array  # [j, i] million USD, what producers receive
    primary_income: Array  # [n] wages and profits
    tariff_revenue: Array  # [n]
    export_revenue: Array  # [n] export taxes received
    income: Array  # [n] final spending
    expenditure: Array  # [j, n]
    factor_demand: Array  # [n] wages and profits that production pays
    balance: Array  # [n] exports less imports plus the transfer received
    slope: Array  # [n] fall of the balance for each unit of log earnings, were all costs wages
    employment: Array  # [n] hours worked over the labour force, new over base
    wage_share: Array  # [j, n] of the value of output
    input_share: Array  # [n, j, k] of the value of output
    bill: Array  # [j, n] wage bill, million USD


def expenditure_scale(economy: Economy) -> Array:
    """Scale for expenditure: the benchmark's, a millionth of the region's where that is zero."""
    total = jnp.sum(economy.expenditure, axis=0)
    return jnp.maximum(economy.expenditure, 1e-6 * total)


def initial_state(economy: Economy) -> State:
    """The benchmark: every change is nought."""
    sectors, regions = economy.expenditure.shape
    nought = jnp.zeros((sectors, regions))
    return State(
        jnp.zeros(regions),
        nought,
        economy.expenditure / expenditure_scale(economy),
        nought if economy.variants.by_sector else None,
    )


class Passing(NamedTuple):
    """What crosses borders, and what is taken on the way; [j, n] by importer or exporter."""

    foreign: Array  # bracket of foreign suppliers, duty paid
    border: Array  # the part of it that is paid at the border, export taxes included
    duty: Array  # the part that the importer's treasury takes
    own: Array  # bracket of own suppliers, duty paid
    own_duty: Array


def passing(kernel: Kernel, supply: Array) -> Passing:
    """Brackets of the price index, split by who receives them."""
    border, own = eq.over_exporters(kernel.net, supply), kernel.own_net * supply
    if kernel.export_duty is not None:
        border = border + eq.over_exporters(kernel.export_duty, supply)
    duty = own_duty = jnp.zeros_like(own)
    if kernel.duty is not None and kernel.own_duty is not None:
        duty, own_duty = eq.over_exporters(kernel.duty, supply), kernel.own_duty * supply
    return Passing(border + duty, border, duty, own + own_duty, own_duty)


def primary_income(
    economy: Economy, shock: Shock, kernel: Kernel, log_wage: Array, paid: Array, bill: Array
) -> Array:
    r"""$\hat e_n\hat L_n V_n$, earnings and, under fixed entry, profits in step with sales; [n].

    `paid` is all that production pays as value added, `bill` the wages in it, both [j, n].
    """
    grown = jnp.exp(log_wage + shock.log_labour)
    if economy.variants.profit is None or kernel.bill is None:
        return grown * economy.value_added
    return grown * kernel.bill.sum(axis=0) * paid.sum(axis=0) / bill.sum(axis=0)


def pay_answers(economy: Economy, paid: Pay, wanted: Array) -> Array:
    """How far pay in each sector follows a region's earnings; [j, n]."""
    variants = economy.variants
    answer = jnp.ones_like(wanted)
    if variants.mobility is not None:
        answer = answer * variants.mobility
    for elasticity in (variants.supply, variants.capital):
        if elasticity is not None:
            answer = answer / (1 + elasticity)
    return answer if variants.floor is None else jnp.where(paid.log_pay > wanted, 0.0, answer)


def market(economy: Economy, shock: Shock, kernel: Kernel, rule: Rule, state: State) -> Market:
    """Evaluate the equations in turn, given earnings, prices, expenditure and wage bills."""
    paid = labour.pay(economy, shock, kernel, state)
    made = technology(economy, shock, paid.log_pay, state.log_price, paid.log_employment)
    supply, shift = eq.supplier_terms(economy, made.log_cost)
    over = passing(kernel, supply)
    spent = state.expenditure * expenditure_scale(economy)
    bought = sourcing(economy, kernel, over.foreign, over.own, shift + kernel.shift, spent)
    exported = eq.sales_abroad(kernel.net, supply, bought.abroad)
    imported = over.border * bought.abroad
    output = exported + kernel.own_net * supply * bought.home
    revenue = jnp.sum(over.duty * bought.abroad + over.own_duty * bought.home, axis=0)
    taxed, handed = jnp.zeros_like(exported), jnp.zeros_like(revenue)
    if kernel.export_duty is not None:
        taxed = eq.sales_abroad(kernel.export_duty, supply, bought.abroad)
    if kernel.price_gap is not None:
        saved = eq.over_exporters(kernel.price_gap, supply) * bought.abroad
        forgone = eq.sales_abroad(kernel.price_gap, supply, bought.abroad)
        handed = jnp.sum(saved - forgone, axis=0)
    bill = made.wage_share * output
    value_added = bill + profit_share(economy) * output
    primary = primary_income(economy, shock, kernel, state.log_wage, value_added, bill)
    export_revenue = jnp.sum(taxed, axis=0)
    income, received = eq.spending(
        primary + revenue + export_revenue, rule.income_factor, rule.transfer + handed, rule.part
    )
    answer = pay_answers(economy, paid, labour.wanted_pay(economy, shock, state))
    return Market(
        log_cost=made.log_cost,
        log_price=bought.log_price,
        supply=supply,
        abroad=bought.abroad,
        home=bought.home,
        output=output,
        primary_income=primary,
        tariff_revenue=revenue,
        export_revenue=export_revenue,
        income=income,
        expenditure=eq.expenditure(economy, made.input_share, output, income),
        factor_demand=jnp.sum(value_added, axis=0),
        balance=jnp.sum(exported + taxed - imported, axis=0) + received,
        slope=eq.balance_slope(economy, exported, imported, bought.home_share, answer),
        employment=paid.employment,
        wage_share=made.wage_share,
        input_share=made.input_share,
        bill=bill,
    )


def numeraire(economy: Economy, rule: Rule, primary: Array) -> Array:
    """What to take off log earnings so that primary income sums to its benchmark in every part.

    With one part this is the world's numeraire; parts that do not trade have no common price
    level, and each keeps its own. `primary` is what earnings now stand for.
    """
    return jnp.log((rule.part @ primary) / (rule.part @ economy.value_added))


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
    and keeps its meaning while spending still lags: sales at home cancel in it. Where sectors
    differ in pay, their wage bills are carried along and move as `labour.next_bill` says.
    """
    at = market(economy, shock, kernel, rule, state)
    scale = jax.lax.stop_gradient(at.slope)
    trades = scale > 0
    move = jnp.where(trades, at.balance / jnp.where(trades, scale, 1.0), 0.0)
    step = wage_step * jnp.clip(move, -MOVE_LIMIT, MOVE_LIMIT)
    log_bill, bill_gap = labour.next_bill(economy, kernel, state, at.bill)
    new = State(
        state.log_wage + step - numeraire(economy, rule, at.primary_income * jnp.exp(step)),
        at.log_price,
        at.expenditure / expenditure_scale(economy),
        log_bill,
    )
    gaps = [
        at.factor_demand / at.primary_income - 1,
        move,
        new.log_price - state.log_price,
        new.expenditure - state.expenditure,
    ]
    if bill_gap is not None:
        gaps.append(bill_gap)
    return new, jnp.max(jnp.stack([jnp.max(jnp.abs(gap)) for gap in gaps]))
