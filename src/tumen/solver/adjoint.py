"""Exact gradients at the solution: one linear fixed point instead of unrolling the solver.

With the equilibrium x = F(x, p) and an outcome o(x, p), the adjoint solves
lambda = o_x + F_x' lambda, and do/dp = o_p + F_p' lambda. F is the same map the solver iterates,
and the linear problem is solved by the same accelerated loop.
Source: Christianson, B. (1994), Reverse accumulation and attractive fixed points, Optimization
Methods and Software 3(4), 311-326.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from tumen.model import equations, equilibrium, welfare
from tumen.model.economy import Array, Economy, Rule, Shock, State
from tumen.solver.anderson import fixed_point
from tumen.solver.engine import WAGE_STEP

# The linear problem has no far-off region to guard against: a longer memory pays.
MEMORY = 20


def read_outcome(name: str, economy: Economy, shock: Shock, rule: Rule, state: State) -> Array:
    """One outcome as a function of the shocks and the state, in the units a result shows."""
    kernel = equations.trade_weights(economy, shock, tariffs=True)
    at = equilibrium.market(economy, shock, kernel, rule, state)
    shown = welfare.outcome(economy, kernel, state, at)
    if name in ("real_income", "real_wage"):
        return 100 * (getattr(shown, f"{name}_hat") - 1)
    return getattr(shown, name)


@functools.partial(jax.jit, static_argnames=("name",))
def gradient_at(
    economy: Economy,
    shock: Shock,
    rule: Rule,
    state: State,
    seed: Array,
    tolerance: Array | float,
    limit: Array | int,
    *,
    name: str,
) -> tuple[Array, Shock, Array, Array]:
    """Gradient of sum(seed * outcome) with respect to every shock, at a converged state.

    `seed` has the outcome's shape in the model's layout. Returns the value, the gradient in the
    layout of `Shock` (`transfer` per million USD, `log_cost` per unit of the log), the residual
    of the adjoint relative to its right-hand side, and the number of vector products.
    """
    held = rule.transfer - shock.transfer
    if shock.export_tax is None:  # none is levied: its slope is wanted all the same
        shock = shock._replace(export_tax=jnp.zeros_like(economy.trade_share))

    def with_shock(given: Shock) -> Rule:
        return rule._replace(transfer=held + given.transfer)

    def outcome(given: Shock, at: State) -> Array:
        return jnp.sum(seed * read_outcome(name, economy, given, with_shock(given), at))

    def mapped(given: Shock, at: State) -> State:
        kernel = equations.trade_weights(economy, given, tariffs=True)
        return equilibrium.equilibrium_map(
            economy, given, kernel, with_shock(given), at, WAGE_STEP
        )[0]

    value, (direct, right) = jax.value_and_grad(outcome, argnums=(0, 1))(shock, state)
    right_flat, unflatten = ravel_pytree(right)
    kernel = equations.trade_weights(economy, shock, tariffs=True)
    _, pull_state = jax.vjp(
        lambda at: equilibrium.equilibrium_map(economy, shock, kernel, rule, at, WAGE_STEP)[0],
        state,
    )
    size = jnp.maximum(jnp.max(jnp.abs(right_flat)), jnp.finfo(right_flat.dtype).tiny)

    def step(adjoint: Array, _: Array) -> tuple[Array, Array]:
        (pulled,) = pull_state(unflatten(adjoint))
        new = right_flat + ravel_pytree(pulled)[0]
        return new, jnp.max(jnp.abs(new - adjoint)) / size

    found = fixed_point(
        step,
        right_flat,
        tolerance=tolerance,
        step=1.0,
        limit=limit,
        memory=MEMORY,
        metric=jnp.ones_like(right_flat),
    )
    _, pull_shock = jax.vjp(lambda given: mapped(given, state), shock)
    (indirect,) = pull_shock(unflatten(found.point))
    total = jax.tree.map(jnp.add, direct, indirect)
    return value, total, found.residual, found.evaluations
