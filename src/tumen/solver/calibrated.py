"""The joint fixed point of the equilibrium and the trade weights that give recorded flows."""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from tumen.model import equations, equilibrium, welfare
from tumen.model.economy import Array, Economy, Kernel, Rule, Shock, State
from tumen.solver.anderson import fixed_point
from tumen.solver.engine import MEMORY, WAGE_STEP, metric


class Calibrated(NamedTuple):
    """Where the search for weights ended."""

    log_weight: Array  # [cell]
    residual: Array
    gap: Array  # largest relative gap between a flow and its target
    evaluations: Array


@functools.partial(jax.jit, static_argnames=("tariffs",))
def calibrate_weights(
    economy: Economy,
    shock: Shock,
    rule: Rule,
    start: State,
    cells: tuple[Array, Array, Array],
    log_target: Array,
    tolerance: Array | float,
    limit: Array | int,
    *,
    tariffs: bool,
) -> Calibrated:
    r"""Log weights of the cells at which flows are `log_target` from the benchmark's, in logs.

    Each map of the equilibrium also moves every weight by what its flow still lacks,
    $\ln\omega \leftarrow \ln\omega + \ln\hat M^{target} - \ln\hat M(\omega)$: a Newton step up to
    the cell's own market share, so that all cells settle together with wages and prices.

    `cells` are indices (sector, importer, exporter).
    """
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)
    log_flow = jnp.log(welfare.benchmark_flow(economy)[cells])
    flat, unflatten = ravel_pytree((start, log_target))

    def scaled_by(log_weight: Array) -> Kernel:
        scaled = kernel._replace(net=kernel.net.at[cells].multiply(jnp.exp(log_weight)))
        if kernel.duty is not None:
            scaled = scaled._replace(duty=kernel.duty.at[cells].multiply(jnp.exp(log_weight)))
        return scaled

    def lacks(scaled: Kernel, state: State) -> Array:
        at = equilibrium.market(economy, shock, scaled, rule, state)
        sector, importer, exporter = cells
        flow = scaled.net[cells] * at.supply[sector, exporter] * at.abroad[sector, importer]
        return log_target + log_flow - jnp.log(flow)

    def mapping(x: Array, step: Array) -> tuple[Array, Array]:
        state, log_weight = unflatten(x)
        scaled = scaled_by(log_weight)
        new, residual = equilibrium.equilibrium_map(economy, shock, scaled, rule, state, step)
        lacking = lacks(scaled, state)
        worst = jnp.maximum(residual, jnp.max(jnp.abs(lacking)))
        return ravel_pytree((new, log_weight + lacking))[0], worst

    found = fixed_point(
        mapping,
        flat,
        tolerance=tolerance,
        step=WAGE_STEP,
        limit=limit,
        memory=MEMORY,
        metric=jnp.concatenate([metric(economy), jnp.ones_like(log_target)]),
    )
    state, log_weight = unflatten(found.point)
    gap = jnp.max(jnp.abs(jnp.expm1(-lacks(scaled_by(log_weight), state))))
    return Calibrated(log_weight, found.residual, gap, found.evaluations)
