r"""The closed form over all walks of a network, where it exists, and what one link changes in it.

With $A_{kl} = t_{kl}^{-\varphi}$ the sum over all walks is $B = (I - A)^{-1}$, and
$\tau_{kl} = B_{kl}^{-1/\varphi}$. The sum exists only where the spectral radius of A is below one:
three neighbours at five per cent and an elasticity of eight have 2.03. Walks count every detour
and every duplicate; `tumen.model.routing` works with stated routes instead.

Source: Allen & Arkolakis (2022), The welfare effects of transportation infrastructure
improvements, Review of Economic Studies 89(6); Sherman & Morrison (1950) for the update.
"""

from __future__ import annotations

import numpy as np

from tumen.errors import ShockError


def link_matrix(
    tail: np.ndarray, head: np.ndarray, log_cost: np.ndarray, nodes: int, elasticity: float
) -> np.ndarray:
    """A [from, to] of log costs [link]; parallel links add up, closed ones are zero."""
    matrix = np.zeros((nodes, nodes))
    np.add.at(matrix, (tail, head), np.exp(-elasticity * log_cost))
    return matrix


def all_walks(matrix: np.ndarray) -> np.ndarray:
    """B = (I - A)^-1 [from, to]. Raises `ShockError` at a spectral radius of one or more."""
    if not np.isfinite(matrix).all() or (matrix < 0).any():
        raise ShockError("the closed form over walks needs finite link weights, none below zero")
    radius = float(np.abs(np.linalg.eigvals(matrix)).max())
    if radius >= 1:
        raise ShockError(
            f"the closed form over all walks does not exist here: the spectral radius is "
            f"{radius:.3g}, not below 1; use routes that are stated, dearer links or a larger "
            "elasticity"
        )
    return np.linalg.inv(np.eye(len(matrix)) - matrix)


def walk_costs(walks: np.ndarray, elasticity: float) -> np.ndarray:
    """Log cost [from, to] over all walks; infinite where no walk leads."""
    with np.errstate(divide="ignore"):
        return -np.log(walks) / elasticity


def walk_use(matrix: np.ndarray, walks: np.ndarray, start: int, goal: int) -> np.ndarray:
    r"""Expected passages of each link, $B_{ik} A_{kl} B_{lj} / B_{ij}$, for one pair [from, to].

    It is d ln tau_ij / d ln t_kl.
    """
    return walks[start, :, None] * matrix * walks[None, :, goal] / walks[start, goal]


def add_walks(walks: np.ndarray, tail: int, head: int, increment: float) -> np.ndarray:
    r"""B after A_{kl} grows by `increment`, by one rank-one update.

    $$B^+ = B + \frac{a\, B_{\cdot k} B_{l \cdot}}{1 - a B_{lk}}$$

    A two-way link is two updates, one each way. Raises `ShockError` where the sum over walks no
    longer exists.
    """
    left = 1 - increment * walks[head, tail]
    if left <= 0:
        raise ShockError(
            "with this link the closed form over all walks does not exist any more: the spectral "
            "radius is not below 1; make the link dearer or use routes that are stated"
        )
    return walks + increment * np.outer(walks[:, tail], walks[head]) / left
