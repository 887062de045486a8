"""The equilibrium's map in plain NumPy: the yardstick that every solve is measured by.

The same sums over the same layouts, written as batched matrix products, which is the fastest plain
NumPy found for them; one thread, as the solver's own map at these sizes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tumen.model.economy import Economy, Kernel, Rule, Shock

# As in the model: a wage moves by no more than this in one map.
MOVE_LIMIT = 1.0


class Arrays(NamedTuple):
    """Everything a map reads, as NumPy arrays in the model's layouts."""

    net: np.ndarray  # [j, n, i]
    duty: np.ndarray | None  # [j, n, i]
    own_net: np.ndarray  # [j, n]
    own_duty: np.ndarray | None  # [j, n]
    shift: np.ndarray  # [j, n]
    theta: np.ndarray  # [j, 1]
    value_added_share: np.ndarray  # [j, n]
    input_share: np.ndarray  # [n, j, k]
    final_share: np.ndarray  # [j, n]
    value_added: np.ndarray  # [n]
    scale: np.ndarray  # [j, n]
    log_productivity: np.ndarray  # [j, n]
    log_labour: np.ndarray  # [n]
    income_factor: np.ndarray  # [n]
    transfer: np.ndarray  # [n]


def arrays_of(
    economy: Economy, shock: Shock, kernel: Kernel, rule: Rule, scale: np.ndarray
) -> Arrays:
    """Copy the model's arrays out of the accelerator's memory."""
    return Arrays(
        *(
            None if array is None else np.ascontiguousarray(array, dtype=float)
            for array in (
                kernel.net,
                kernel.duty,
                kernel.own_net,
                kernel.own_duty,
                kernel.shift,
                np.asarray(economy.trade_elasticity)[:, None],
                economy.value_added_share,
                economy.input_share,
                economy.final_share,
                economy.value_added,
                scale,
                shock.log_productivity,
                shock.log_labour,
                rule.income_factor,
                rule.transfer,
            )
        )
    )


def equilibrium_map(
    a: Arrays, log_wage: np.ndarray, log_price: np.ndarray, spent: np.ndarray, step: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """One map in a world of one connected part: new wage, price and spending, and the residual."""
    inputs = np.matmul(a.input_share, log_price.T[:, :, None])[..., 0].T
    log_cost = a.value_added_share * log_wage + inputs - a.log_productivity
    exponent = -a.theta * log_cost
    shift = exponent.max(axis=1, keepdims=True)
    supply = np.exp(exponent - shift)
    bought = np.matmul(a.net, supply[:, :, None])[..., 0]
    kept = a.own_net * supply
    bracket = bought + kept
    if a.duty is not None:
        duty = np.matmul(a.duty, supply[:, :, None])[..., 0] + a.own_duty * supply
        bracket = bracket + duty
    supplied = bracket > 0
    safe = np.where(supplied, bracket, 1.0)
    price = np.where(supplied, -(np.log(safe) + shift + a.shift) / a.theta, 0.0)
    demand = np.where(supplied, spent * a.scale / safe, 0.0)
    exports = supply * np.matmul(demand[:, None, :], a.net)[:, 0, :]
    imports = bought * demand
    output = exports + kept * demand
    revenue = (demand * duty).sum(axis=0) if a.duty is not None else 0.0
    primary = np.exp(log_wage + a.log_labour) * a.value_added
    own = primary + revenue
    planned = (a.income_factor - 1) * own + a.transfer
    received = planned - planned.sum() / (a.income_factor * own).sum() * a.income_factor * own
    uses = np.matmul(output.T[:, None, :], a.input_share)[:, 0, :].T
    uses = uses + a.final_share * (own + received)
    excess = (a.value_added_share * output).sum(axis=0) / primary - 1
    slope = (a.theta * exports + (1 + a.theta * kept / safe) * imports).sum(axis=0)
    move = ((exports - imports).sum(axis=0) + received) / np.where(slope > 0, slope, np.inf)
    moved = log_wage + step * np.clip(move, -MOVE_LIMIT, MOVE_LIMIT)
    level = (np.exp(moved + a.log_labour) * a.value_added).sum() / a.value_added.sum()
    new = uses / a.scale
    gaps = (excess, move, price - log_price, new - spent)
    residual = max(np.abs(gap).max() for gap in gaps)
    return moved - np.log(level), price, new, float(residual)
