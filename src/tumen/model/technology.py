"""Production: the cost of a sector's bundle, and what it spends on factors and on each input.

The plain model is Cobb-Douglas. Nests replace it by constant elasticities of substitution: value
added against inputs, groups of inputs against each other, and inputs within a group. Profits under
fixed entry are a constant part of the value of output. External economies make a sector's bundle
more productive as its employment grows.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from tumen.model.economy import Array, Economy, Nests, Shock

# An elasticity this close to one is Cobb-Douglas: its limit, not its formula, is used.
UNIT_ELASTICITY = 1e-9


class Technology(NamedTuple):
    """The bundle of each sector at given prices; shares are of the value of output."""

    log_cost: Array  # [j, n]
    wage_share: Array  # [j, n] of value added, what factors are paid
    input_share: Array  # [n, j, k]


def substituted(share: Array, log_price: Array, elasticity: Array) -> Array:
    r"""Log change of a constant-elasticity bundle over the last axis.

    $\ln\hat c = \frac{1}{1-\rho}\ln\sum_m s_m \hat p_m^{1-\rho}$, and $\sum_m s_m\ln\hat p_m$ for
    $\rho = 1$. Shares sum to one; written with the logarithm of one plus so that small changes
    keep their digits.
    """
    gap = 1 - elasticity
    unit = jnp.abs(gap) < UNIT_ELASTICITY
    safe = jnp.where(unit, 1.0, gap)
    grown = jnp.log1p(jnp.sum(share * jnp.expm1(safe * log_price), axis=-1)) / safe
    return jnp.where(unit, jnp.sum(share * log_price, axis=-1), grown)


def parts(whole: Array, piece: Array) -> Array:
    """Pieces as shares of their whole; nothing of nothing."""
    return jnp.where(whole > 0, piece / jnp.where(whole > 0, whole, 1.0), 0.0)


def nested(nests: Nests, added: Array, inputs: Array, log_pay: Array, log_price: Array) -> tuple[
    Array, Array, Array
]:  # fmt: skip
    r"""Log cost [j, n] of the nested bundle and the new shares of its parts.

    Bottom up: inputs k within group m, groups within the bundle of inputs, the bundle against
    value added. Each share moves as $s' = s\,(\hat p/\hat c)^{1-\rho}$ in its nest. `added`
    [j, n] and `inputs` [n, j, k] are benchmark shares of cost and sum to one.

    Source: constant elasticity of substitution in exact hats, as in Bachmann et al. (2022), What
    if?, and Baqaee & Farhi (2024), Networks, Barriers, and Trade, Econometrica 92(2).
    """
    held = jnp.einsum("njk,km->njm", inputs, nests.member)  # [n, j, m]
    of_group = parts(jnp.einsum("njm,km->njk", held, nests.member), inputs)
    within = nests.member @ nests.within  # [k] elasticity in the input's own group
    grouped = jnp.stack(
        [
            substituted(of_group * nests.member[:, m], log_price.T[:, None, :], nests.within[m])
            for m in range(nests.member.shape[1])
        ],
        axis=-1,
    )  # [n, j, m]
    whole = held.sum(axis=-1)  # [n, j]
    bundle = substituted(parts(whole[..., None], held), grouped, nests.inputs)  # [n, j]
    both = jnp.stack([log_pay, bundle.T], axis=-1)  # [j, n, 2]
    shares = jnp.stack([added, whole.T], axis=-1)
    log_cost = substituted(shares, both, nests.value_added)
    new_added = added * jnp.exp((1 - nests.value_added) * (log_pay - log_cost))
    own_group = jnp.einsum("njm,km->njk", grouped, nests.member)
    moved = (
        (1 - within) * (log_price.T[:, None, :] - own_group)
        + (1 - nests.inputs) * (own_group - bundle[..., None])
        + (1 - nests.value_added) * (bundle - log_cost.T)[..., None]
    )
    return log_cost, new_added, inputs * jnp.exp(moved)


def profit_share(economy: Economy) -> Array:
    """Profits in the value of output [j, 1]; zero where there are none."""
    profit = economy.variants.profit
    return jnp.zeros((economy.expenditure.shape[0], 1)) if profit is None else profit[:, None]


def technology(
    economy: Economy, shock: Shock, log_pay: Array, log_price: Array, log_employment: Array | None
) -> Technology:
    r"""Cost of each sector's bundle at given pay and prices, and its shares.

    Plain: $\ln\hat c_{jn} = g_{jn}\ln\hat w_{jn} + \sum_k\gamma_{njk}\ln\hat P_{kn}
    - \ln\hat A_{jn}$. With profits $\psi_j$ under fixed entry the exponents are
    $(g-\psi)/(1-\psi)$ and $\gamma/(1-\psi)$, since profits are no cost. With external economies
    $\hat A$ is multiplied by $\hat L_{jn}^{\varphi_j}$, employment of the sector itself.
    Shapes: `log_pay` [j, n], `log_price` [k, n].

    Source: Caliendo & Parro (2015), eq. (9); Krugman (1980) for profits under a constant mark-up;
    Kucheryavyy, Lyn & Rodríguez-Clare (2023) for sectoral economies of scale.
    """
    variants = economy.variants
    profit = profit_share(economy)
    rest = 1 - profit
    added = (economy.value_added_share - profit) / rest
    inputs = economy.input_share / rest[None, :, :]
    if variants.nests is None:
        log_cost = added * log_pay + jnp.einsum("njk,kn->jn", inputs, log_price)
    else:
        log_cost, added, inputs = nested(variants.nests, added, inputs, log_pay, log_price)
    log_cost = log_cost - shock.log_productivity
    if variants.scale is not None and log_employment is not None:
        log_cost = log_cost - variants.scale[:, None] * log_employment
    return Technology(log_cost, added * rest, inputs * rest[None, :, :])
