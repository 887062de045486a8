"""Quantities that are drawn together: a Gaussian copula with one rank correlation a group."""

from __future__ import annotations

import math

import numpy as np
from scipy import special


def pearson_of(rank: float) -> float:
    r"""Correlation of normals whose ranks correlate by `rank`: $2\sin(\pi\rho_S/6)$.

    Source: Kruskal, W. (1958), Ordinal measures of association, Journal of the American
    Statistical Association 53(284), p. 827.
    """
    return 2 * math.sin(math.pi * rank / 6)


def rank_of(pearson: float) -> float:
    r"""The other way round: $\rho_S = (6/\pi)\arcsin(\rho/2)$."""
    return 6 / math.pi * math.asin(pearson / 2)


def together(independent: np.ndarray, rank: float) -> np.ndarray:
    """Probabilities [draw, input] in (0, 1) with the rank correlation, from independent ones.

    Normal scores are mixed by the square root (Cholesky) of the matrix with one correlation
    everywhere off its diagonal; the first column stays as it is.
    """
    count = independent.shape[1]
    rho = pearson_of(rank)
    matrix = np.full((count, count), rho) + (1 - rho) * np.eye(count)
    mixed = special.ndtri(independent) @ np.linalg.cholesky(matrix).T
    return np.asarray(special.ndtr(mixed))
