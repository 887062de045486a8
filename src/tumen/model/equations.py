"""The equations of Caliendo & Parro (2015) in exact hats, one function each.

Source of the numbered equations: Caliendo, L. & Parro, F. (2015), Estimates of the Trade and
Welfare Effects of NAFTA, Review of Economic Studies 82(1), 1-44, section 3.
"""

from __future__ import annotations

import jax.numpy as jnp

from tumen.model.economy import Array, Economy, Kernel, Shock


def trade_weights(economy: Economy, shock: Shock, *, tariffs: bool) -> Kernel:
    r"""Weight of each supplier at unchanged unit costs.

    $(\pi_{nij}\,\omega_{nij} + e_{nij})\,\hat\kappa_{nij}^{-\theta_j}$ with
    $\hat\kappa_{nij} = \hat d_{nij}(1+\tau'_{nij})/(1+\tau_{nij})$. An embargo sets the weight
    $\omega$ to zero, so that no large number stands in for a ban; entry $e$ opens a flow that the
    benchmark does not hold.

    Shapes: [sector j, importer n, exporter i]. Source: eq. (10) and (11), $\kappa$ of eq. (3).
    """
    log_cost = shock.log_cost
    if tariffs:
        log_cost = log_cost + jnp.log1p(shock.tariff) - jnp.log1p(economy.tariff)
    theta = economy.trade_elasticity[:, None, None]
    gross = (economy.trade_share * shock.weight + shock.entry) * jnp.exp(-theta * log_cost)
    if not tariffs:
        return Kernel(gross, None)
    return Kernel(gross / (1 + shock.tariff), gross * shock.tariff / (1 + shock.tariff))


def unit_cost(economy: Economy, shock: Shock, log_wage: Array, log_price: Array) -> Array:
    r"""Log change of the cost of the input bundle.

    $\ln\hat c_{jn} = g_{jn}\ln\hat w_n + \sum_k \gamma_{njk}\ln\hat P_{kn} - \ln\hat A_{jn}$.
    Shapes: [sector j, region n]. Source: eq. (9); productivity scales unit cost directly.
    """
    inputs = jnp.einsum("njk,kn->jn", economy.input_share, log_price)
    return economy.value_added_share * log_wage + inputs - shock.log_productivity


def supplier_terms(economy: Economy, log_cost: Array) -> tuple[Array, Array]:
    r"""$\hat c_{ij}^{-\theta_j}$ over its largest value in the sector, and the log of that value.

    The shift keeps elasticities up to 65 within the range of floating point.
    Shapes: [sector j, exporter i] and [sector j, 1].
    """
    exponent = -economy.trade_elasticity[:, None] * log_cost
    shift = jnp.max(exponent, axis=1, keepdims=True)
    return jnp.exp(exponent - shift), shift


def over_exporters(weights: Array, terms: Array) -> Array:
    """Sum over exporters i of weights[j, n, i] terms[j, i]; shape [sector j, importer n]."""
    return jnp.einsum("jni,ji->jn", weights, terms)


def over_importers(weights: Array, demand: Array) -> Array:
    """Sum over importers n of weights[j, n, i] demand[j, n]; shape [sector j, exporter i]."""
    return jnp.einsum("jni,jn->ji", weights, demand)


def price_index(economy: Economy, terms: Array, shift: Array) -> Array:
    r"""Log change of the buyers' composite price.

    $\hat P_{nj} = [\sum_i \pi_{nij}(\hat\kappa_{nij}\hat c_{ij})^{-\theta_j}]^{-1/\theta_j}$.
    `terms` is the bracket over its shift; a cell nobody supplies (and, as checked before,
    nobody wants) keeps its price. Shapes: [sector j, importer n]. Source: eq. (10).
    """
    supplied = terms > 0
    bracket = jnp.log(jnp.where(supplied, terms, 1.0)) + shift
    return jnp.where(supplied, -bracket / economy.trade_elasticity[:, None], 0.0)


def gross_output(kernel: Kernel, supply: Array, demand: Array) -> Array:
    r"""$Y'_{ij} = \sum_n \pi'_{nij} X'_{nj}/(1+\tau'_{nij})$, $\pi'$ = weight x supply / bracket.

    `demand` is X'/bracket. Shapes: [sector j, exporter i]. Source: eq. (12), goods market.
    """
    return supply * over_importers(kernel.net, demand)


def tariff_revenue(kernel: Kernel, supply: Array, demand: Array) -> Array:
    r"""$R'_n = \sum_{ij} \tau'_{nij}\pi'_{nij}X'_{nj}/(1+\tau'_{nij})$; shape [region n].

    Source: the definition below eq. (8).
    """
    if kernel.duty is None:
        return jnp.zeros(demand.shape[1])
    return jnp.sum(demand * over_exporters(kernel.duty, supply), axis=0)


def spending(own_income: Array, income_factor: Array, transfer: Array) -> Array:
    r"""Final spending $I'_n = \kappa\varphi_n own'_n + D'_n$, $\kappa$ set by world income.

    Shapes: [region n]. Source: closures of the documentation; with $\varphi=1$ this is
    $I'_n = \hat w_n \hat L_n V_n + R'_n + D'_n$, eq. (8).
    """
    kappa = jnp.sum(own_income) / jnp.sum(income_factor * own_income)
    return kappa * income_factor * own_income + transfer


def expenditure(economy: Economy, output: Array, income: Array) -> Array:
    r"""$X'_{nj} = \sum_k \gamma_{nkj}Y'_{nk} + \alpha_{nj}I'_n$; shape [sector j, region n].

    Source: eq. (12).
    """
    intermediate = jnp.einsum("nkj,kn->jn", economy.input_share, output)
    return intermediate + economy.final_share * income


def factor_demand(economy: Economy, output: Array) -> Array:
    r"""Primary income earned, $\sum_j g_{nj}Y'_{nj}$; shape [region n]. Source: eq. (13)."""
    return jnp.sum(economy.value_added_share * output, axis=0)


def consumer_price(economy: Economy, log_price: Array) -> Array:
    r"""$\ln\hat P_n = \sum_j \alpha_{nj}\ln\hat P_{nj}$; shape [region n]. Source: eq. (15)."""
    return jnp.sum(economy.final_share * log_price, axis=0)
