r"""Whether goods can be made at any finite price where inputs are hard to replace.

With Cobb-Douglas costs prices always settle. With nests of less than unit elasticity a loop of
inputs can need more than one unit of itself for a unit of output once its suppliers are cut off:
then no wages, however low, make it pay, and no equilibrium exists. The condition is Hawkins and
Simon's with prices that buyers choose among: the map from prices to costs with free labour is
monotone and homogeneous, and its growth must be below one.

Source: Hawkins, D. & Simon, H. (1949), Some Conditions of Macroeconomic Stability, Econometrica
17(3/4); Gaubert, S. & Gunawardena, J. (2004), The Perron-Frobenius theorem for homogeneous,
monotone functions, Transactions of the American Mathematical Society 356(12).
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax.nn import logsumexp

from tumen.model import equations
from tumen.model.economy import Array, Economy, Kernel, Shock
from tumen.model.technology import technology

# Log pay that is as good as free.
FREE = -1e6
STEPS, COUNTED = 400, 100


def log_of(values: Array) -> Array:
    """Logarithm with minus infinity for nothing."""
    return jnp.where(values > 0, jnp.log(jnp.where(values > 0, values, 1.0)), -jnp.inf)


def log_prices(economy: Economy, kernel: Kernel, log_cost: Array) -> Array:
    """Log price [j, n] of what buyers choose among, at these costs, all in logarithms.

    As `sourcing`, which cannot be used here: costs grow apart without bound. A cell that nobody
    supplies has price 0.
    """
    theta = economy.trade_elasticity[:, None]
    net = kernel.net if kernel.duty is None else kernel.net + kernel.duty
    if kernel.export_duty is not None:
        net = net + kernel.export_duty
    own_net = kernel.own_net if kernel.own_duty is None else kernel.own_net + kernel.own_duty
    foreign = logsumexp(log_of(net) - theta[:, :, None] * log_cost[:, None, :], axis=2)
    brackets = jnp.stack([foreign, log_of(own_net) - theta * log_cost]) + kernel.shift
    outer = theta
    if economy.variants.home is not None and kernel.home_share is not None:
        outer = economy.variants.home[:, None]
        share = log_of(jnp.stack([1 - kernel.home_share, kernel.home_share]))
        held = jnp.isfinite(share)
        over = brackets - jnp.where(held, share, 0.0)
        brackets = jnp.where(held, share + outer / theta * over, -jnp.inf)
    whole = logsumexp(brackets, axis=0)
    return jnp.where(jnp.isfinite(whole), -whole / outer, 0.0)


@functools.partial(jax.jit, static_argnames=("tariffs",))
def price_growth(economy: Economy, shock: Shock, *, tariffs: bool) -> Array:
    r"""By how much the log price of each good [j, n] grows a round when labour is free.

    Rounds of $\ln p \to \ln P(c(p))$, each region's level taken out before costs are computed and
    put back after; the mean of the last rounds. Above nought, no wages make the good pay and no
    equilibrium exists: the condition of Hawkins & Simon (1949), Econometrica 17(3/4), where buyers
    choose among suppliers (Gaubert & Gunawardena, 2004).
    """
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)

    def one(log_price: Array, _: object) -> tuple[Array, Array]:
        level = jnp.max(log_price, axis=0)
        made = technology(economy, shock, jnp.full_like(log_price, FREE), log_price - level, None)
        new = log_prices(economy, kernel, made.log_cost + level)
        return new, new - log_price

    _, grown = jax.lax.scan(one, jnp.zeros_like(economy.expenditure), None, length=STEPS)
    return jnp.mean(grown[-COUNTED:], axis=0)
