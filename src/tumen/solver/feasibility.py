"""What can be known before iterating: cells with no supplier, and trade that cannot balance."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from tumen.status import Status
from tumen.world.checks import TOLERANCE

SHOWN = 6
# Transfers of a part of the world count as balanced within this share of its income.
BALANCED = 1e-9


def listed(names: list[str], mark: str = "; ") -> str:
    """The first few names and how many more there are."""
    more = len(names) - SHOWN
    return mark.join(names[:SHOWN]) + (f"{mark}and {more} more" if more > 0 else "")


def without_supplier(
    open_cells: np.ndarray, banned: np.ndarray, wanted: np.ndarray, placeholder: np.ndarray | None
) -> np.ndarray:
    """Cells [j, n] with demand and no supplier left.

    `open_cells` and `banned` are [j, n, i]. Where a ban touched the cell, a placeholder producer
    (one that does not really exist) is no supplier.
    """
    real = open_cells
    if placeholder is not None:
        touched = banned.any(axis=2, keepdims=True)
        real = open_cells & ~(touched & placeholder[:, None, :])
    return wanted & ~real.any(axis=2)


@lru_cache(maxsize=64)
def strong_parts(sells: bytes, count: int) -> np.ndarray:
    """Strongly connected part of each region; most solves ask about the same graph of who sells."""
    graph = np.frombuffer(sells, dtype=bool).reshape(count, count)
    _, part = connected_components(csr_matrix(graph), directed=True, connection="strong")
    part.flags.writeable = False
    return np.asarray(part)


def trading_parts(open_cells: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strongly connected parts of the trade graph, and the open one-way edges between them.

    Returns the part of each region and the pairs (exporter, importer) that cross parts.
    """
    sells = (open_cells & wanted[:, :, None]).any(axis=0).T  # [exporter, importer]
    part = strong_parts(sells.tobytes(), len(sells))
    crossing = np.argwhere(sells & (part[:, None] != part[None, :]))
    return part, crossing


def one_way(regions: list[str], crossing: np.ndarray) -> str:
    """Name the regions on the side of one-way trade that has fewer of them, and their partners."""
    sellers, buyers = (np.unique(side) for side in crossing.T)
    buying = len(buyers) < len(sellers)
    sentences = []
    for at in buyers if buying else sellers:
        own, other = (1, 0) if buying else (0, 1)
        partners = [regions[n] for n in crossing[crossing[:, own] == at, other]]
        sentences.append(
            f"{regions[at]} {'buys from' if buying else 'sells to'} {listed(partners, ', ')} but "
            f"can {'sell' if buying else 'buy'} nothing back, not even through others"
        )
    return listed(sentences)


def verdict(
    regions: list[str],
    sectors: list[str],
    missing: np.ndarray,
    part: np.ndarray,
    crossing: np.ndarray,
    transfer: np.ndarray,
    value_added: np.ndarray,
) -> tuple[Status, str]:
    """Status and message that follow before iterating; `converged` means nothing speaks against.

    `transfer` is what each region must receive at the benchmark's incomes, `value_added` its
    primary income there, million USD.
    """
    if missing.any():
        names = [f"{sectors[j]} in {regions[n]}" for j, n in np.argwhere(missing)]
        return Status.no_supplier, f"No supplier is left for {listed(names)}."
    if len(crossing):
        return Status.no_equilibrium, f"Trade can only run one way: {one_way(regions, crossing)}."
    sizes = np.bincount(part)
    # The smallest part first: a message about one region says more than one about the rest.
    for number in np.argsort(sizes, kind="stable"):
        inside = part == number
        total, whole = transfer[inside].sum(), bool(inside.all())
        # What the checks of a world let pass is no transfer here either.
        allowed = TOLERANCE * value_added.min() if whole else BALANCED * value_added[inside].sum()
        if abs(total) > allowed:
            members = listed([regions[n] for n in np.flatnonzero(inside)], ", ")
            who = "The world's" if whole else f"{members}: no trade with anybody else, yet"
            return (
                Status.no_equilibrium,
                f"{who} transfers sum to {total:,.6g} million USD instead of 0.",
            )
    return Status.converged, ""
