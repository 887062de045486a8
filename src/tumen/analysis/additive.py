r"""The part of an outcome that factors explain one at a time, found from plain draws.

With independent factors $u_i$ every outcome has one decomposition (Hoeffding 1948; Sobol 1993)
$y = m + \sum_i f_i(u_i) + \text{what they do only together}$, and factor i's first-order share of
the variance is $S_i = \mathrm{Var}(f_i) / \mathrm{Var}(y)$. The curves $f_i$ of the factors that
matter are fitted together, as polynomials of their probabilities, by least squares: so the noise
in one factor's share is not the whole outcome's but only what no factor explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre

DEGREE = 6  # of the polynomial of a single input
FEW, DEGREE_OF_FEW = 512, 3  # below as many draws a lower degree leaves room for more inputs
DEGREE_TOGETHER = 3  # of each input of a group
PAIRED = 4  # inputs of a group up to which their products enter too
MOST = 0.25  # regressors for each draw, at most
NOISE = 2.0  # standard deviations of its noise above which a factor's curve is fitted


@dataclass(frozen=True)
class Additive:
    """The decomposition of one outcome.

    Shapes: effect [draw, factor], each with mean zero; share [factor].
    """

    mean: float
    variance: float
    effect: np.ndarray
    share: np.ndarray

    @property
    def alone(self) -> float:
        """Share of the variance that factors explain one at a time."""
        return float(self.share.sum())


def degree_for(draws: int) -> int:
    """Degree of the polynomial of a single input."""
    return DEGREE if draws >= FEW else DEGREE_OF_FEW


def curves(columns: np.ndarray, degree: int) -> np.ndarray:
    """Orthonormal regressors of a factor, each of mean zero over its draws: [draw, regressor].

    They span the Legendre polynomials of a single column, [draw, column] in (0, 1), up to this
    degree; of a group those of every column up to `DEGREE_TOGETHER`, and where it is small also
    the products of two columns.
    """
    count = columns.shape[1]
    degree = degree if count == 1 else DEGREE_TOGETHER
    centred = 2 * columns - 1
    found = [
        legendre.legval(column, np.eye(degree + 1)[k]) * np.sqrt(2 * k + 1)
        for column in centred.T
        for k in range(1, degree + 1)
    ]
    if 1 < count <= PAIRED:
        found += [
            3 * centred[:, a] * centred[:, b] for a in range(count) for b in range(a + 1, count)
        ]
    made = np.column_stack(found)
    made -= made.mean(axis=0)
    # By Cholesky: draws are even enough, and for thin matrices it is far quicker than by QR.
    return np.asarray(made @ np.linalg.inv(np.linalg.cholesky(made.T @ made)).T)


def adjusted(outcome: np.ndarray, regressors: np.ndarray) -> float:
    """Share of the outcome's variance that regressors explain, less what chance would.

    Adjusted R squared: negative where they explain less than chance.
    """
    n, p = regressors.shape
    explained = float(((regressors.T @ outcome) ** 2).sum() / (outcome @ outcome))
    return 1 - (1 - explained) * (n - 1) / (n - 1 - p)


def additive(
    outcome: np.ndarray, columns: Sequence[np.ndarray], degree: int | None = None
) -> Additive:
    r"""Decompose an outcome over independent factors.

    Factors that stand out of the noise are fitted together; the others are looked for in what is
    left. Each share is the fitted curve's variance less its expected error,
    $\hat\sigma^2\,\mathrm{tr}((X'X)^{-1}_{ii})/(n-1)$ for orthonormal $X_i$, so that a factor
    without effect has a share of zero on average, not above; it can come out slightly negative.

    Shapes: outcome [draw], columns of each factor [draw, column]. `degree` of a single input's
    polynomial is that for as many draws unless it is given.
    """
    n = len(outcome)
    centred = outcome - outcome.mean()
    variance = float(centred @ centred) / (n - 1)
    degree = degree_for(n) if degree is None else degree
    regressors = [curves(one, degree) for one in columns]
    chosen: list[int] = []
    left = centred
    share = np.zeros(len(columns))
    effect = np.zeros((n, len(columns)))
    while True:
        rest = [i for i in range(len(columns)) if i not in chosen]
        weight = float(left @ left) / (n - 1) / variance
        for i in rest:
            share[i] = weight * adjusted(left, regressors[i])
        new = standing_out(rest, share / weight, regressors, chosen, n)
        if not new:
            break
        chosen += new
        left = fit(centred, variance, regressors, chosen, share, effect)
        # Below rounding error nothing is left to look for.
        if float(left @ left) <= 1e-18 * n * variance:
            share[[i for i in range(len(columns)) if i not in chosen]] = 0.0
            break
    return Additive(float(outcome.mean()), variance, effect, share)


def standing_out(
    rest: Sequence[int],
    share: np.ndarray,
    regressors: Sequence[np.ndarray],
    chosen: Sequence[int],
    draws: int,
) -> list[int]:
    """Those of the rest whose share chance does not explain, the largest first, as room allows."""
    room = int(MOST * draws) - sum(regressors[i].shape[1] for i in chosen)
    found = []
    for i in sorted(rest, key=lambda i: -share[i]):
        size = regressors[i].shape[1]
        # An adjusted R squared of p regressors without effect spreads by about sqrt(2 p) / n.
        if share[i] > NOISE * np.sqrt(2 * size) / draws and size <= room:
            found.append(i)
            room -= size
    return found


def fit(
    centred: np.ndarray,
    variance: float,
    regressors: Sequence[np.ndarray],
    chosen: Sequence[int],
    share: np.ndarray,
    effect: np.ndarray,
) -> np.ndarray:
    """Fit the chosen factors together, write their shares and effects, return what is left."""
    n = len(centred)
    whole = np.hstack([regressors[i] for i in chosen])
    # Independent factors with orthonormal regressors: close to the unit matrix.
    spread = np.linalg.inv(whole.T @ whole)
    weights = spread @ (whole.T @ centred)
    left = centred - whole @ weights
    error = float(left @ left) / (n - 1 - whole.shape[1])
    begin = 0
    for i in chosen:
        own = regressors[i]
        part = slice(begin, begin + own.shape[1])
        begin = part.stop
        effect[:, i] = own @ weights[part]
        chance = error * float(np.trace(spread[part, part]))
        share[i] = (float(effect[:, i] @ effect[:, i]) - chance) / (n - 1) / variance
    return left
