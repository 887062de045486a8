"""Where goods come from: suppliers by cost, in one tier or with home goods apart.

In the plain model a buyer chooses among all suppliers with the trade elasticity. With home goods
as a tier of their own, foreign suppliers compete with each other by the trade elasticity, and their
bundle with home goods by a lower one: imported inputs are then hard to replace.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from tumen.model import equations as eq
from tumen.model.economy import Array, Economy, Kernel


class Sourcing(NamedTuple):
    """Prices, and demand per unit of supplier term from abroad and at home; all [j, n]."""

    log_price: Array
    abroad: Array  # spending on foreign goods over their bracket
    home: Array  # spending on own goods over their bracket
    home_share: Array  # of spending


def ratio(top: Array, bottom: Array) -> Array:
    """Top over bottom; nothing where there is nothing to divide by."""
    return jnp.where(bottom > 0, top / jnp.where(bottom > 0, bottom, 1.0), 0.0)


def outer_tier(share: Array, bracket: Array, power: Array) -> Array:
    """A bracket over its benchmark share, raised to the outer tier, as a part of the index."""
    held = share > 0
    grown = jnp.where(bracket > 0, bracket, 1.0) / jnp.where(held, share, 1.0)
    return jnp.where(held, jnp.where(bracket > 0, share * grown**power, 0.0), bracket)


def sourcing(
    economy: Economy, kernel: Kernel, foreign: Array, own: Array, shift: Array, spent: Array
) -> Sourcing:
    r"""Price index and demand from the brackets of foreign and own suppliers [j, n].

    One tier: $\hat P = (foreign + own)^{-1/\theta}$. Two tiers, with elasticity $\varepsilon_j$
    between home and foreign: $\hat P^{-\varepsilon} = \pi_{H}\hat p_H^{-\varepsilon}
    + \pi_{F}\hat P_F^{-\varepsilon}$, $\hat P_F^{-\theta} = foreign/\pi_F$ and
    $\hat p_H^{-\theta} = own/\pi_H$; shares move with each price over the index. `shift` is the
    log scale of both brackets. A market without imports at the benchmark takes what enters it by
    the trade elasticity.

    Source: nested Armington as in Feenstra, Luck, Obstfeld & Russ (2018), In Search of the
    Armington Elasticity, Review of Economics and Statistics 100(1).
    """
    if economy.variants.home is None or kernel.home_share is None:
        terms = foreign + own
        demand = ratio(spent, terms)
        return Sourcing(eq.price_index(economy, terms, shift), demand, demand, ratio(own, terms))
    theta = economy.trade_elasticity[:, None]
    power = economy.variants.home[:, None] / theta
    at_home, abroad = kernel.home_share, 1 - kernel.home_share
    # Both brackets over their benchmark shares, raised to the outer tier; a shift common to both
    # drops out of shares and returns with the price.
    tiers = [
        outer_tier(share, bracket, power) for share, bracket in ((abroad, foreign), (at_home, own))
    ]
    whole = tiers[0] + tiers[1]
    supplied = whole > 0
    log_bracket = jnp.log(jnp.where(supplied, whole, 1.0)) + power * shift
    log_price = jnp.where(supplied, -log_bracket / economy.variants.home[:, None], 0.0)
    part = [ratio(tier, whole) for tier in tiers]
    return Sourcing(
        log_price, ratio(part[0] * spent, foreign), ratio(part[1] * spent, own), part[1]
    )
