"""What an equilibrium means: real income, flows, first-order parts, creation and diversion."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from tumen.model import equations as eq
from tumen.model.economy import Array, Economy, Kernel, Shock, State
from tumen.model.equilibrium import Market
from tumen.model.labour import bundle_growth, cost_of_hours
from tumen.model.technology import profit_share


class Outcome(NamedTuple):
    """Results as ratios new/base and levels in million USD; [j, n] and [j, n, i] as ever."""

    wage_hat: Array  # [n]
    employment_hat: Array  # [n]
    price_hat: Array  # [j, n]
    consumer_price_hat: Array  # [n]
    real_income_hat: Array  # [n]
    real_wage_hat: Array  # [n]
    trade_flow: Array  # [j, n, i] before tariff
    gross_output: Array  # [j, n]
    unit_cost_hat: Array  # [j, n]
    expenditure: Array  # [j, n]
    value_added: Array  # [n]
    tariff_revenue: Array  # [n]
    export_tax_revenue: Array  # [n]
    income: Array  # [n]
    equivalent_variation: Array  # [n]


class FirstOrder(NamedTuple):
    """Parts of the first-order change of real income, fractions of benchmark income, [n]."""

    terms_of_trade: Array
    volume_of_trade: Array
    technology: Array
    factor_supply: Array
    transfer: Array


def benchmark_income(economy: Economy) -> Array:
    """Final spending at the benchmark: value added, tariff revenue and transfer; shape [n]."""
    duty = economy.trade_share * economy.tariff / (1 + economy.tariff)
    revenue = jnp.einsum("jni,jn->n", duty, economy.expenditure)
    return economy.value_added + revenue + economy.transfer


def benchmark_flow(economy: Economy) -> Array:
    """Purchases before tariff at the benchmark; shape [j, n, i], million USD."""
    return economy.trade_share / (1 + economy.tariff) * economy.expenditure[:, :, None]


def with_own(foreign: Array, own: Array) -> Array:
    """Put own cells [j, n] back on the diagonal of foreign ones [j, n, i]."""
    diagonal = jnp.arange(own.shape[1])
    return foreign.at[:, diagonal, diagonal].set(own)


def real_income_hat(economy: Economy, at: Market, price: Array) -> Array:
    """Real income new/base [n], at the price of final spending [n] new/base.

    Where hours answer, what more of them costs those who work is taken off.
    """
    income = benchmark_income(economy)
    hours = cost_of_hours(economy, economy.value_added), cost_of_hours(economy, at.primary_income)
    return (at.income - hours[1]) / income / price + hours[0] / income


def outcome(economy: Economy, kernel: Kernel, state: State, at: Market) -> Outcome:
    r"""Everything a result shows.

    Real income is exact: $W_n = (I'_n/I_n)/\prod_j \hat P_{nj}^{\alpha_{nj}}$, net of what more
    hours cost where these answer; the equivalent variation is $I_n(W_n-1)$. The wage is earnings
    per hour worked, or per unit of the factor bundle where capital follows. Units: million USD of
    the benchmark year, numeraire world primary income. Source: Caliendo & Parro (2015), section 3.
    """
    income = benchmark_income(economy)
    log_consumer_price = eq.consumer_price(economy, at.log_price)
    price = jnp.exp(log_consumer_price)
    real_income = real_income_hat(economy, at, price)
    grown = bundle_growth(economy, state.log_wage, log_consumer_price)
    wage = jnp.exp(state.log_wage - grown) / at.employment
    border = kernel.net if kernel.export_duty is None else kernel.net + kernel.export_duty
    sold = at.supply[:, None, :] * border * at.abroad[:, :, None]
    return Outcome(
        wage_hat=wage,
        employment_hat=at.employment,
        price_hat=jnp.exp(at.log_price),
        consumer_price_hat=price,
        real_income_hat=real_income,
        real_wage_hat=wage / price,
        trade_flow=with_own(sold, kernel.own_net * at.supply * at.home),
        gross_output=at.output,
        unit_cost_hat=jnp.exp(at.log_cost),
        expenditure=at.expenditure,
        value_added=at.primary_income,
        tariff_revenue=at.tariff_revenue,
        export_tax_revenue=at.export_revenue,
        income=at.income,
        equivalent_variation=income * (real_income - 1),
    )


def first_order(economy: Economy, shock: Shock, at: Market, flow: Array) -> FirstOrder:
    r"""First-order parts of the change in real income, at benchmark flows and tariffs.

    Terms of trade $\frac{1}{I_n}\sum_{ij}(E_{nij}\,dc_{nj} - M_{nij}\,dc_{ij})$ and volume of
    trade $\frac{1}{I_n}\sum_{ij}\tau_{nij}M_{nij}(\hat M_{nij}-1-dc_{ij})$ as in Caliendo & Parro
    (2015), eq. (17) and (18); technology is
    $\frac{1}{I_n}(\sum_j Y_{nj}\,d\ln A_{nj} - \sum_{ij}(1+\tau)M_{nij}\,d\ln d_{nij})$, where an
    embargo's weight counts as the cost with the same effect on demand and a full ban has no
    first-order value (not a number). Large shocks can make all of this meaningless: Mexico gains
    1.31 % from NAFTA by this measure and 0.007 % in truth.
    """
    income = benchmark_income(economy)
    base = benchmark_flow(economy)
    change = jnp.expm1(at.log_cost)
    sold = jnp.sum(base, axis=1)
    bought = jnp.einsum("jni,ji->n", base, change)
    terms = jnp.sum(sold * change, axis=0) - bought
    moved = jnp.where(base > 0, flow - base * (1 + change[:, None, :]), 0.0)
    volume = jnp.einsum("jni,jni->n", economy.tariff, moved)
    resistance = shock.log_cost - jnp.log(shock.weight) / economy.trade_elasticity[:, None, None]
    paid = jnp.where(base > 0, (1 + economy.tariff) * base * resistance, 0.0)
    technology = jnp.sum(sold * shock.log_productivity, axis=0) - jnp.sum(paid, axis=(0, 2))
    technology = jnp.where(jnp.isfinite(technology), technology, jnp.nan)
    return FirstOrder(
        terms / income,
        volume / income,
        technology / income,
        economy.value_added * shock.log_labour / income,
        (at.income - at.primary_income - at.tariff_revenue - at.export_revenue - economy.transfer)
        / income,
    )


def creation_and_diversion(
    economy: Economy, shock: Shock, at: Market, flow: Array
) -> tuple[Array, Array]:
    r"""Where the purchases of partners whose access changed came from; each [j, n], million USD.

    With $A$ the foreign partners whose cost, weight or tariff changed, the change of their duty
    paid sales at constant spending is $\sum_{i\in A}(\pi'-\pi)X'$. Creation is the part taken from
    home producers, $-(\pi'_{nn}-\pi_{nn})X'$; diversion the part taken from other foreigners,
    $-\sum_{i\notin A,i\ne n}(\pi'-\pi)X'$. The two sum to the whole because shares sum to one.
    """
    spent = at.expenditure
    share = flow * (1 + shock.tariff) / jnp.where(spent > 0, spent, 1.0)[:, :, None]
    moved = jnp.where(spent[:, :, None] > 0, share - economy.trade_share, 0.0)
    moved = moved * spent[:, :, None]
    own = jnp.eye(moved.shape[1], dtype=bool)
    changed = (
        (shock.log_cost != 0)
        | (shock.weight != 1)
        | (shock.entry != 0)
        | (shock.tariff != economy.tariff)
    )
    affected = changed & ~own
    any_affected = jnp.any(affected, axis=2)
    creation = -jnp.einsum("jnn->jn", moved)
    diversion = -jnp.sum(jnp.where(affected | own, 0.0, moved), axis=2)
    return jnp.where(any_affected, creation, 0.0), jnp.where(any_affected, diversion, 0.0)


def variety_gain(economy: Economy, shock: Shock) -> Array:
    r"""Gain from entered flows alone, $(1+\sum_i e_{nij})^{1/\theta_j}-1$; shape [j, n].

    At unchanged costs: what buyers gain from having more varieties to choose from, part of the
    change in real income and no addition to it.
    """
    return jnp.expm1(jnp.log1p(jnp.sum(shock.entry, axis=2)) / economy.trade_elasticity[:, None])


def rebased(economy: Economy, kernel: Kernel, at: Market) -> Economy:
    """The economy as it stands in a solution: the benchmark for shocks that follow."""
    abroad, own = kernel.net, kernel.own_net
    if kernel.duty is not None and kernel.own_duty is not None:
        abroad, own = abroad + kernel.duty, own + kernel.own_duty
    paid = with_own(abroad * at.abroad[:, :, None], own * at.home) * at.supply[:, None, :]
    total = jnp.sum(paid, axis=2, keepdims=True)
    return economy._replace(
        trade_share=jnp.where(total > 0, paid / jnp.where(total > 0, total, 1.0), 0.0),
        expenditure=at.expenditure,
        value_added_share=at.wage_share + profit_share(economy),
        input_share=at.input_share,
        value_added=at.primary_income,
        transfer=at.income - at.primary_income - at.tariff_revenue,
    )
