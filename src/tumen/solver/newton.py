r"""Newton's method with Krylov steps, for what acceleration does not reach in reasonable time.

Each step solves $(I - G')\,\delta = G(x) - x$ with GMRES, where products with the Jacobian of the
joint map G are forward derivatives of it. G moves wages and wage bills by their own Newton steps
and prices and spending at once, so that $I - G'$ is the equilibrium's Jacobian already
preconditioned by its diagonal: `benchmarks/krylov.py` counts what that saves. A dense correction
for wages on top cost thirty times what it saved.
Source: Knoll, D. & Keyes, D. (2004), Jacobian-free Newton-Krylov methods, Journal of Computational
Physics 193(2); the linear solver is SciPy's.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from scipy.sparse.linalg import LinearOperator, gmres

from tumen.model import equations, equilibrium
from tumen.model.economy import Array, Economy, Rule, Shock, State
from tumen.solver.engine import WAGE_STEP, Solution, metric, solution_at

# Vectors kept by GMRES, and how often it starts again within one step.
KRYLOV, RESTARTS = 60, 2
# The linear system is solved to this part of its right-hand side, closer as the residual falls.
LOOSE = 0.1
# A step is halved until the gap falls; below this it is given up.
SHORTEST, ENOUGH = 1e-4, 1e-4
MOST_STEPS = 60


@functools.partial(jax.jit, static_argnames=("tariffs",))
def mapped(
    economy: Economy, shock: Shock, rule: Rule, state: State, *, tariffs: bool
) -> tuple[State, Array]:
    """The joint map at a state, and its residual."""
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)
    return equilibrium.equilibrium_map(economy, shock, kernel, rule, state, WAGE_STEP)


@functools.partial(jax.jit, static_argnames=("tariffs",))
def derivative(
    economy: Economy, shock: Shock, rule: Rule, state: State, along: State, *, tariffs: bool
) -> State:
    """Forward derivative of the joint map at a state."""
    kernel = equations.trade_weights(economy, shock, tariffs=tariffs)
    _, moved = jax.jvp(
        lambda at: equilibrium.equilibrium_map(economy, shock, kernel, rule, at, WAGE_STEP)[0],
        (state,),
        (along,),
    )
    return moved


def length(gap: np.ndarray) -> float:
    """Euclidean length; infinite where a step went beyond all numbers, and so refused."""
    with np.errstate(over="ignore"):
        return float(np.linalg.norm(gap))


class Search:
    """One search from a start: points are flat arrays, weighed by the size of their cells."""

    def __init__(
        self, economy: Economy, shock: Shock, rule: Rule, start: State, *, tariffs: bool
    ) -> None:
        self.given = economy, shock, rule
        self.tariffs = tariffs
        flat, self.state_of = ravel_pytree(start)
        self.point = np.array(flat)
        self.metric = np.asarray(metric(economy))
        self.evaluations = 0

    def gap(self, point: np.ndarray) -> tuple[np.ndarray, float]:
        """What the map still moves at a point, weighed, and the residual."""
        self.evaluations += 1
        new, residual = mapped(*self.given, self.state_of(jnp.asarray(point)), tariffs=self.tariffs)
        return (np.asarray(ravel_pytree(new)[0]) - point) * self.metric, float(residual)

    def step(self, gap: np.ndarray, residual: float) -> np.ndarray:
        """The Newton step at the current point, unweighed."""
        state = self.state_of(jnp.asarray(self.point))

        def product(vector: np.ndarray) -> np.ndarray:
            self.evaluations += 1
            along = self.state_of(jnp.asarray(vector / self.metric))
            moved = derivative(*self.given, state, along, tariffs=self.tariffs)
            return np.array(vector - np.asarray(ravel_pytree(moved)[0]) * self.metric)

        size = gap.size
        operator = LinearOperator((size, size), matvec=product, dtype=float)
        found, _ = gmres(
            operator, gap, rtol=min(LOOSE, residual**0.5), restart=KRYLOV, maxiter=RESTARTS
        )
        return np.asarray(found) / self.metric


def newton_krylov(
    economy: Economy,
    shock: Shock,
    rule: Rule,
    start: State,
    tolerance: float,
    limit: int,
    *,
    tariffs: bool,
    kind: type[Search] = Search,
) -> Solution:
    """Search from `start` for at most `limit` maps and derivatives, each counted as one.

    Steps are shortened until the weighed gap falls; where none makes it fall, the search ends at
    the best point it has. `kind` says how the linear systems are solved.
    """
    search = kind(economy, shock, rule, start, tariffs=tariffs)
    gap, residual = search.gap(search.point)
    for _ in range(MOST_STEPS):
        if not np.isfinite(residual) or residual <= tolerance or search.evaluations >= limit:
            break
        whole, before = search.step(gap, residual), length(gap)
        part = 1.0
        while part >= SHORTEST:
            point = search.point + part * whole
            tried, left = search.gap(point)
            if np.isfinite(left) and length(tried) < (1 - ENOUGH * part) * before:
                search.point, gap, residual = point, tried, left
                break
            part /= 2
        else:
            break
    state = search.state_of(jnp.asarray(search.point))
    return solution_at(
        economy, shock, rule, state, state, residual, search.evaluations, tariffs=tariffs
    )
