"""The equations of Caliendo & Parro (2015) in exact hats, one function each.

Production stands in `technology`, the choice among suppliers in `sourcing`, factors in `labour`.

Source of the numbered equations: Caliendo, L. & Parro, F. (2015), Estimates of the Trade and
Welfare Effects of NAFTA, Review of Economic Studies 82(1), 1-44, section 3.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from tumen.model.economy import Array, Economy, Kernel, Shock

# Closed cells have no say in the shift and could overflow; their weight is zero all the same.
LARGEST_EXPONENT = 700.0


def trade_weights(economy: Economy, shock: Shock, *, tariffs: bool) -> Kernel:
    r"""Weight of each supplier at unchanged unit costs.

    $(\pi_{nij}\,\omega_{nij} + e_{nij})\,\hat\kappa_{nij}^{-\theta_j}$ with
    $\hat\kappa_{nij} = \hat d_{nij}(1+\epsilon'_{nij})(1+\tau'_{nij})/(1+\tau_{nij})$ and
    $\epsilon$ an export tax, none at the benchmark. An embargo sets the weight $\omega$ to zero, so
    that no large number stands in for a ban; entry $e$ opens a flow that the benchmark does not
    hold.

    Shapes: [sector j, importer n, exporter i]. Source: eq. (10) and (11), $\kappa$ of eq. (3).
    """
    log_cost = shock.log_cost
    if tariffs:
        log_cost = log_cost + jnp.log1p(shock.tariff) - jnp.log1p(economy.tariff)
    if shock.export_tax is not None:
        log_cost = log_cost + jnp.log1p(shock.export_tax)
    exponent = -economy.trade_elasticity[:, None, None] * log_cost
    known = (economy.trade_share > 0) | (shock.entry > 0)
    # Nothing depends on the shift but the range of the numbers: it has no derivative.
    shift = jax.lax.stop_gradient(jnp.max(jnp.where(known, exponent, -jnp.inf), axis=2))
    shift = jnp.where(jnp.isfinite(shift), shift, 0.0)
    scaled = jnp.exp(jnp.minimum(exponent - shift[:, :, None], LARGEST_EXPONENT))
    gross = (economy.trade_share * shock.weight + shock.entry) * scaled
    duty, own_duty = None, None
    if tariffs:
        duty, own_duty = foreign_and_own(gross * shock.tariff / (1 + shock.tariff))
        gross = gross / (1 + shock.tariff)
    border, own_net = foreign_and_own(gross)
    net, export_duty, price_gap = border, None, None
    if shock.export_tax is not None:
        net = border / (1 + shock.export_tax)
        export_duty = border - net
    if shock.price_gap is not None:
        price_gap = border * shock.price_gap
    return Kernel(
        net, duty, own_net, own_duty, shift, home_share(economy), export_duty, price_gap,
        benchmark_bill(economy),
    )  # fmt: skip


def home_share(economy: Economy) -> Array | None:
    """Benchmark share of own goods [j, n], where home goods are a tier of their own."""
    if economy.variants.home is None:
        return None
    return jnp.einsum("jnn->jn", economy.trade_share)


def benchmark_bill(economy: Economy) -> Array | None:
    r"""Benchmark wage bill [j, n], $(g_{nj}-\psi_j)Y_{nj}$, million USD, where it is needed."""
    variants = economy.variants
    if variants.profit is None and not variants.by_sector:
        return None
    net = economy.trade_share / (1 + economy.tariff)
    output = jnp.einsum("jni,jn->ji", net, economy.expenditure)
    paid = economy.value_added_share
    if variants.profit is not None:
        paid = paid - variants.profit[:, None]
    return paid * output


def foreign_and_own(weights: Array) -> tuple[Array, Array]:
    """Split [j, n, i] into foreign suppliers (zero on the diagonal) and own ones [j, n]."""
    own = jnp.eye(weights.shape[1], dtype=bool)
    return jnp.where(own, 0.0, weights), jnp.einsum("jnn->jn", weights)


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


def sales_abroad(weights: Array, supply: Array, demand: Array) -> Array:
    r"""What exporters sell, $\sum_{n\ne i} weight_{nij}\,\hat c_{ij}^{-\theta_j} X'_{nj}/bracket$.

    With the net weights this is $E'_{ij} = \sum_{n\ne i} \pi'_{nij} X'_{nj}/(1+\tau'_{nij})$;
    `demand` is spending over its bracket. Shapes: [sector j, exporter i].
    """
    return supply * over_importers(weights, demand)


def spending(
    own_income: Array, income_factor: Array, transfer: Array, part: Array
) -> tuple[Array, Array]:
    r"""Final spending $I'_n = \kappa\varphi_n own'_n + D'_n$ and what of it is a transfer.

    $\kappa$ makes spending equal income in every connected part of the world; with $\varphi=1$
    and transfers that sum to zero it is 1, and this is
    $I'_n = \hat w_n \hat L_n V_n + R'_n + D'_n$, eq. (8). Shapes: [region n].
    """
    # Written as a departure from own income: where there is no transfer it is exactly nought.
    planned = (income_factor - 1) * own_income + transfer
    scaled = income_factor * own_income
    received = planned - (part @ planned) / (part @ scaled) * scaled
    return own_income + received, received


def expenditure(economy: Economy, input_share: Array, output: Array, income: Array) -> Array:
    r"""$X'_{nj} = \sum_k \gamma'_{nkj}Y'_{nk} + \alpha_{nj}I'_n$; shape [sector j, region n].

    Source: eq. (12).
    """
    intermediate = jnp.einsum("nkj,kn->jn", input_share, output)
    return intermediate + economy.final_share * income


def consumer_price(economy: Economy, log_price: Array) -> Array:
    r"""$\ln\hat P_n = \sum_j \alpha_{nj}\ln\hat P_{nj}$; shape [region n]. Source: eq. (15)."""
    return jnp.sum(economy.final_share * log_price, axis=0)


def balance_slope(
    economy: Economy, exported: Array, imported: Array, home_share: Array, answer: Array
) -> Array:
    r"""How far the trade balance falls when a region's earnings rise by one in logs.

    $\sum_j [a_{jn}\theta_j E'_{nj} + (1 + a_{jn}\theta_j \pi'_{nnj}) M'_{nj}]$: exports are lost
    with the trade elasticity; imports are gained from home producers with the same, and grow with
    income. `answer` a [j, n] is how far pay follows earnings, 1 in the plain model; costs are taken
    to rise with pay one for one, which errs to the side of small steps. Shape [region n].
    """
    theta = answer * economy.trade_elasticity[:, None]
    return jnp.sum(theta * exported + (1 + theta * home_share) * imported, axis=0)
