"""Capital from year to year, in hats against the path without shocks.

Primary factors are a Cobb-Douglas bundle of labour and capital, $F = L^{1-a}K^a$, and value added
pays for the bundle: `Shock.log_labour` is the log change of the whole bundle, `State.log_wage` the
log change of its price. A static solve moves the bundle as one, which is where labour ends up once
capital has followed it; along a path capital is inherited and labour alone moves.

Source: Anderson, J., Larch, M. & Yotov, Y. (2020), Transitional Growth and Trade with Frictions,
Economic Journal 130(630), 1583-1607: Cobb-Douglas accumulation, under which the share of income
that is invested does not depend on the path. That transfers are invested at a rate of their own is
an extension.
"""

from __future__ import annotations

import math

import jax.numpy as jnp

from tumen.model.economy import Array


def factor_bundle(log_labour: Array, log_capital: Array, capital_share: Array) -> Array:
    r"""Log change of the bundle of primary factors, $(1-a_n)\ln\hat L_n + a_n\ln\hat K_n$.

    Shapes: [region n]. It stands in the equilibrium exactly where labour stands alone.
    """
    return (1 - capital_share) * log_labour + capital_share * log_capital


def saving_rate(
    own_income: Array, transfer: Array, investment_share: Array, transfer_saving: Array
) -> Array:
    r"""Rate $s_n$ at which own income is invested: what the benchmark's investment leaves.

    $s_n = (i_n I_n - \sigma_n D_n)/own_n$ with $own_n$ primary income and tariff revenue,
    $D_n$ the transfer, $I_n = own_n + D_n$ final spending and $i_n$ the share of it that is
    invested. Shapes: [region n]; fractions, incomes in million USD.
    """
    invested = investment_share * (own_income + transfer)
    return (invested - transfer_saving * transfer) / own_income


def investment(own_income: Array, transfer: Array, rate: Array, transfer_saving: Array) -> Array:
    r"""Nominal investment, $s_n\,own'_n + \sigma_n D'_n$; shape [region n], million USD.

    It is a part of final spending $I'_n$ and buys the same goods at the same price. A lump sum is
    not saved like income: $\sigma$ is a range, from nothing to the rate on own income.
    """
    return rate * own_income + transfer_saving * transfer


def next_capital(
    log_capital: Array, log_investment: Array, log_price: Array, depreciation: Array | float
) -> Array:
    r"""Log change of the capital that the next year inherits.

    $\hat K_{n,t+1} = (\hat\Omega_{nt}/\hat P_{nt})^{\delta}\,\hat K_{nt}^{1-\delta}$, with
    $\hat\Omega$ the change of nominal investment and $\hat P$ of the price of final spending (the
    consumer price index): capital goods are the final good. Shapes: [region n].
    """
    return depreciation * (log_investment - log_price) + (1 - depreciation) * log_capital


def steady_capital(
    log_factor_price: Array,
    log_price: Array,
    capital_share: Array,
    log_labour: Array | float = 0.0,
) -> Array:
    r"""Log change of capital in the long run, $\hat K_n = \hat L_n(\hat p_n/\hat P_n)^{1/(1-a_n)}$.

    At given prices $\hat p$ of the bundle and $\hat P$ of final spending, without transfers and
    with an unchanged ratio of tariff revenue to primary income: there
    $\hat\Omega = \hat p\,\hat L^{1-a}\hat K^a$. Shapes: [region n].
    """
    return log_labour + (log_factor_price - log_price) / (1 - capital_share)


def decay_rate(depreciation: Array | float, capital_share: Array | float) -> Array:
    r"""What is left after a year of the log of extra capital, $1-\delta(1-a)$, at given prices.

    Once nothing adds to it any more, extra capital still earns, and what it earns is invested at
    the usual rate: it lasts longer than depreciation alone would say.
    """
    return jnp.asarray(1 - depreciation * (1 - capital_share))


def half_life(depreciation: float, capital_share: float) -> float:
    r"""Years until half of the extra capital is gone, $\ln 2/{-\ln(1-\delta(1-a))}$."""
    return math.log(2) / -math.log(float(decay_rate(depreciation, capital_share)))


def discount_weights(years: int, discount: float) -> Array:
    r"""Weights $\beta^t/\sum_{s}\beta^s$ of the years of a path; they sum to one.

    Over an endless path they are $(1-\beta)\beta^t$. Shape: [year t].
    """
    powers = discount ** jnp.arange(years)
    return powers / jnp.sum(powers)


def consumption_equivalent(log_welfare: Array, discount: float) -> Array:
    r"""The constant change of real income worth as much as the path, as a ratio less one.

    $\exp\sum_t w_t\ln\hat W_{nt} - 1$ with the weights of `discount_weights`: utility is the log of
    real income, of which consumption is a constant share where transfers are saved like income.
    Shapes: [year t, region n] to [region n].
    """
    weights = discount_weights(log_welfare.shape[0], discount)
    return jnp.expm1(weights @ log_welfare)
