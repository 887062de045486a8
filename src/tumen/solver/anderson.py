"""Safeguarded Anderson acceleration of a fixed point, in one compiled loop.

Source: Walker, H. & Ni, P. (2011), Anderson Acceleration for Fixed-Point Iterations, SIAM
Journal on Numerical Analysis 49(4), 1715-1735 (type II, difference form).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

Array = jax.Array

# Differences of nearby iterates are almost collinear: this keeps the small least-squares
# problem solvable without bending its answer.
REGULARISATION = 1e-12
# An accelerated step that multiplies the residual by more than this is undone, ...
ALLOWED_GROWTH = 3.0
# ... and this many plain steps follow, twice as many each time up to a limit: the plain map
# converges where acceleration does not. Unlimited, one bad start could wait out the whole solve.
FIRST_PATIENCE = 2
MOST_PATIENCE = 64
# Plain steps are damped by the first factor, and with each undone step by the second, down to a
# floor: hard cases need small steps, and acceleration makes up for damping but plain steps do not.
PLAIN_DAMPING = 0.7
STEP_CUT = 0.9
SMALLEST_STEP = 0.1


class Loop(NamedTuple):
    """The loop's memory."""

    x: Array  # point to evaluate next
    plain: Array  # un-accelerated successor of the last accepted point
    residual: Array  # of the last accepted point
    point_before: Array
    change_before: Array  # map minus point, at the last accepted point
    points: Array  # [memory, size] differences of points
    changes: Array  # [memory, size] differences of map minus point
    step: Array  # damping of the map in plain steps that follow an undone one
    accelerated: Array  # whether x came from an accelerated step
    evaluations: Array
    answer: Array  # the point with the smallest residual so far
    answer_residual: Array
    wait: Array  # plain steps still to go before the next accelerated one
    patience: Array  # plain steps that follow the next undone step


class Found(NamedTuple):
    """Where a loop ended."""

    point: Array  # the evaluated point with the smallest residual
    residual: Array
    evaluations: Array
    last: Array  # the last accepted point: where the search was heading if it failed


def correction(points: Array, changes: Array, change: Array, metric: Array) -> Array:
    """What least squares over the stored differences takes off the plain step.

    `metric` weighs the coordinates: without it, cells of no economic size would decide the step.
    """
    weighed = changes * metric
    norm = jnp.sqrt(jnp.sum(weighed**2, axis=1))
    held = norm > 0
    inverse = jnp.where(held, 1 / jnp.where(held, norm, 1.0), 0.0)
    unit = weighed * inverse[:, None]
    gram = unit @ unit.T + jnp.diag(jnp.where(held, REGULARISATION, 1.0))
    share = jnp.linalg.solve(gram, unit @ (change * metric)) * inverse
    return share @ (points + changes)


def accept(loop: Loop, new: Array, residual: Array, metric: Array) -> Loop:
    """Store the new difference and extrapolate from the evaluated point, unless told to wait."""
    change = new - loop.x
    slot = loop.evaluations % loop.points.shape[0]
    # The first point, and the first after a restart, has no predecessor to differ from.
    follows = jnp.isfinite(loop.residual)
    points = loop.points.at[slot].set(jnp.where(follows, loop.x - loop.point_before, 0.0))
    changes = loop.changes.at[slot].set(jnp.where(follows, change - loop.change_before, 0.0))
    taken_off = correction(points, changes, change, metric)
    usable = follows & jnp.all(jnp.isfinite(taken_off)) & (loop.wait <= 0)
    better = residual < loop.answer_residual
    return loop._replace(
        x=new - jnp.where(usable, taken_off, 0.0),
        plain=new,
        residual=residual,
        point_before=loop.x,
        change_before=change,
        points=points,
        changes=changes,
        accelerated=usable,
        wait=loop.wait - 1,
        answer=jnp.where(better, loop.x, loop.answer),
        answer_residual=jnp.where(better, residual, loop.answer_residual),
    )


def undo(loop: Loop) -> Loop:
    """Go back to the plain step, forget the history, and take plain steps for a while."""
    return loop._replace(
        x=loop.plain,
        residual=jnp.full_like(loop.residual, jnp.inf),
        points=jnp.zeros_like(loop.points),
        changes=jnp.zeros_like(loop.changes),
        step=jnp.maximum(loop.step * STEP_CUT, SMALLEST_STEP),
        accelerated=jnp.asarray(False),
        wait=loop.patience,
        patience=jnp.minimum(2 * loop.patience, MOST_PATIENCE),
    )


def fixed_point(
    mapping: Callable[[Array, Array], tuple[Array, Array]],
    start: Array,
    *,
    tolerance: Array | float,
    step: Array | float,
    limit: Array | int,
    memory: int,
    metric: Array,
) -> Found:
    """Iterate `mapping(x, step) -> (new x, residual)` until the residual is within `tolerance`.

    An accelerated point whose residual grew too much is undone; the loop then takes some plain
    steps, more of them each time, before it accelerates again. It ends without success after
    `limit` evaluations, or when a plain step is not a number; the residual then says so.
    """
    infinite = jnp.asarray(jnp.inf, start.dtype)
    first = Loop(
        x=start,
        plain=start,
        residual=infinite,
        point_before=start,
        change_before=jnp.zeros_like(start),
        points=jnp.zeros((memory, start.shape[0]), start.dtype),
        changes=jnp.zeros((memory, start.shape[0]), start.dtype),
        step=PLAIN_DAMPING * jnp.asarray(step, start.dtype),
        accelerated=jnp.asarray(False),
        evaluations=jnp.asarray(0),
        answer=start,
        answer_residual=infinite,
        wait=jnp.asarray(0),
        patience=jnp.asarray(FIRST_PATIENCE),
    )

    def body(loop: Loop) -> Loop:
        new, residual = mapping(loop.x, jnp.where(loop.wait > 0, loop.step, step))
        good = jnp.isfinite(residual) & (residual <= ALLOWED_GROWTH * loop.residual)
        after = jax.lax.cond(
            loop.accelerated & ~good,
            lambda: undo(loop),
            lambda: accept(loop, new, residual, metric),
        )
        return after._replace(evaluations=loop.evaluations + 1)

    def unfinished(loop: Loop) -> Array:
        lost = jnp.isnan(loop.residual)
        return (loop.answer_residual > tolerance) & (loop.evaluations < limit) & ~lost

    last = jax.lax.while_loop(unfinished, body, first)
    return Found(last.answer, last.answer_residual, last.evaluations, last.point_before)
