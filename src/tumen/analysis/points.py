"""Where draws fall: scrambled Sobol points in independent replicates, and correlated groups.

A draw is the same whatever else is drawn: its point depends on the seed and its number alone. Draw
d is point d // 8 of replicate d % 8; every replicate is a scrambling of its own, so that the spread
of their means is a standard error of the mean over all.

Sources: Owen, A. (1995), Randomly permuted (t,m,s)-nets and (t,s)-sequences; L'Ecuyer, P. &
Lemieux, C. (2002), Recent advances in randomized quasi-Monte Carlo methods, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import qmc

from tumen.scenario.copula import together
from tumen.scenario.uncertainty import Input

REPLICATES = 8
# Sobol points are multiples of 2^-BITS; half of that keeps them off 0, where a normal is infinite.
BITS = 30


def replicate_of(draws: np.ndarray) -> np.ndarray:
    """The replicate that each draw belongs to."""
    return draws % REPLICATES


def sobol_points(first: int, last: int, dimensions: int, seed: int) -> np.ndarray:
    """Points [draw, dimension] in (0, 1) of the draws `first` to `last - 1`.

    `first` is a multiple of the number of replicates.
    """
    if first % REPLICATES:
        raise ValueError(f"draws start at a multiple of {REPLICATES}, not at {first}")
    start, rows = first // REPLICATES, -(-(last - first) // REPLICATES)
    points = np.empty((rows, REPLICATES, dimensions))
    for number, child in enumerate(np.random.SeedSequence(seed).spawn(REPLICATES)):
        engine = qmc.Sobol(dimensions, scramble=True, bits=BITS, rng=np.random.default_rng(child))
        if start:
            engine.fast_forward(start)
        else:  # the first rows come as a power of two, which SciPy asks for
            points[:, number] = engine.random(1 << max(rows - 1, 0).bit_length())[:rows]
            continue
        points[:, number] = engine.random(rows)
    return points.reshape(rows * REPLICATES, dimensions)[: last - first] + 0.5 ** (BITS + 1)


def correlate(
    points: np.ndarray, inputs: Sequence[Input], strength: Mapping[str, float]
) -> np.ndarray:
    """Probabilities [draw, input] with every correlated group drawn together."""
    found = points.copy()
    for group, rank in strength.items():
        columns = [at for at, one in enumerate(inputs) if one.correlated == group]
        found[:, columns] = together(points[:, columns], rank)
    return found
