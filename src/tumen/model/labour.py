"""What factors are paid: one wage, wages by sector, a wage that does not fall, hours that answer.

The state carries earnings per head of the labour force, `log_wage`, which the trade balance moves,
and, where sectors differ, the wage bill of each sector, `log_bill`. Pay and employment follow.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from tumen.model.economy import Array, Economy, Kernel, Shock, State

# Sectors that a ban empties keep a trace of their factors, so that logs stay finite.
LEAST_LOG = -30.0


class Pay(NamedTuple):
    """Pay and employment, in logs over the benchmark."""

    log_pay: Array  # [j, n] price of a unit of factors in the sector
    log_employment: Array | None  # [j, n] units of factors at work in it
    employment: Array  # [n] hours worked over the labour force, new over base


def wanted_pay(economy: Economy, shock: Shock, state: State) -> Array:
    r"""Pay that clears the market for each sector's factors, before any floor; [j, n].

    Mobile factors all earn $\bar w_n$. Factors of a sector that drew them with Fréchet shape
    $\kappa$ (Roy) earn $\hat w_{jn}$ with
    $\hat{\bar w}_n = (\sum_j s_{jn}\hat w_{jn}^\kappa)^{1/\kappa}$ and
    $s_{jn}(\hat w_{jn}/\hat{\bar w}_n)^\kappa\hat{\bar w}_n V_n = $ the sector's wage bill, that is
    $\ln\hat w_{jn} = \mu\ln\hat{\bar w}_n + (1-\mu)\ln\hat x_{jn}$ with $\hat x$ the wage bill over
    the labour force and mobility $\mu = 1 - 1/\kappa$: 1 is one labour market, 0 factors that
    cannot leave their sector. With hours that answer, earnings are
    $\hat e = \hat w(\hat w/\hat P)^\eta$, so
    $\ln\hat w = (\ln\hat e + \eta\ln\hat P)/(1+\eta)$. Capital that has had time to follow makes
    the bundle of factors grow by $\hat F = (\hat w/\hat P)^\chi$ everywhere,
    $\ln\hat F = \chi(\ln\hat e - \ln\hat P)/(1+\chi)$, which comes off the pay of a unit of it.

    Source: Galle, Rodríguez-Clare & Yi (2023), Slicing the Pie, Review of Economic Studies 90(1).
    """
    variants = economy.variants
    earned = jnp.broadcast_to(state.log_wage, economy.expenditure.shape)
    price = jnp.sum(economy.final_share * state.log_price, axis=0)
    capital = bundle_growth(economy, state.log_wage, price)
    if variants.supply is not None:
        earned = capital + (earned - capital + variants.supply * price) / (1 + variants.supply)
    if variants.mobility is not None:
        assert state.log_bill is not None
        bill = state.log_bill - shock.log_labour
        earned = variants.mobility * earned + (1 - variants.mobility) * bill
    return earned - capital


def bundle_growth(economy: Economy, log_wage: Array, log_price: Array) -> Array:
    r"""Log growth of the bundle of factors as capital follows its real price; [n].

    In the steady state of Cobb-Douglas accumulation $\hat K = (\hat w/\hat P)^{1/(1-a)}$ and the
    bundle $\hat F = \hat K^a$, so $\chi = a/(1-a)$ once capital has followed wholly, less before.

    Source: Anderson, Larch & Yotov (2020), Economic Journal 130(630).
    """
    chi = economy.variants.capital
    if chi is None:
        return jnp.zeros_like(log_wage)
    return chi * (log_wage - log_price) / (1 + chi)


def pay(economy: Economy, shock: Shock, kernel: Kernel, state: State) -> Pay:
    r"""Pay and employment with a floor under wages: $\hat w \ge f$, $\hat L \le 1$, one of them.

    Where the floor binds, employment is what the wage bill can pay: idle factors earn nothing.

    Source: a complementarity as in Rodríguez-Clare, Ulate & Vasquez (2022), Trade with Nominal
    Rigidities; the floor is on the wage over world primary income per head, the numeraire.
    """
    variants = economy.variants
    wanted = wanted_pay(economy, shock, state)
    paid = wanted if variants.floor is None else jnp.maximum(wanted, variants.floor)
    at_work = wanted - paid  # [j, n] ln of the part of a sector's factors that is employed
    if variants.supply is not None:
        price = jnp.sum(economy.final_share * state.log_price, axis=0)
        at_work = at_work + variants.supply * (wanted - price)
    employment = None
    if state.log_bill is not None:
        employment = state.log_bill - paid
    return Pay(paid, employment, national_employment(kernel, state, at_work))


def national_employment(kernel: Kernel, state: State, at_work: Array) -> Array:
    """Hours worked by region over the labour force: sectors weigh as much as they earn."""
    if state.log_bill is None:
        return jnp.exp(at_work[0])
    assert kernel.bill is not None
    weight = kernel.bill * jnp.exp(state.log_bill)
    return jnp.sum(weight * jnp.exp(at_work), axis=0) / jnp.sum(weight, axis=0)


def next_bill(
    economy: Economy, kernel: Kernel, state: State, bill: Array
) -> tuple[Array, Array] | tuple[None, None]:
    r"""Wage bill of each sector after a map, and its gap to the state's; [j, n].

    A bill that pays its sector more makes its goods dearer and so lowers itself, with the trade
    elasticity: the step is divided by $1 + (1-\mu)\theta g$, close to a Newton step of that cell.
    """
    if state.log_bill is None:
        return None, None
    assert kernel.bill is not None
    there = kernel.bill > 0
    ratio = jnp.where(there, bill / jnp.where(there, kernel.bill, 1.0), 1.0)
    target = jnp.maximum(jnp.log(jnp.maximum(ratio, 1e-300)), LEAST_LOG)
    gap = jnp.where(there, target - state.log_bill, 0.0)
    stiff = jnp.ones_like(gap)
    if economy.variants.mobility is not None:
        answers = economy.trade_elasticity[:, None] * economy.value_added_share
        stiff = 1 + (1 - economy.variants.mobility) * answers
    return state.log_bill + gap / stiff, gap


def cost_of_hours(economy: Economy, primary: Array) -> Array:
    r"""What hours cost those who work them, million USD; zero where hours are given. [n].

    With utility $C - \frac{\eta}{1+\eta}\chi L^{(1+\eta)/\eta}$ hours are $(w/P)^\eta$ and cost
    $\frac{\eta}{1+\eta}$ of what they earn.

    Source: Greenwood, Hercowitz & Huffman (1988), American Economic Review 78(3).
    """
    supply = economy.variants.supply
    return jnp.zeros_like(primary) if supply is None else supply / (1 + supply) * primary
