"""Distributions of uncertain figures between their ends, and ranges widened by a factor."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from tumen.scenario.figure import Distribution, Figure, Share

# The ends of a normal or lognormal are its 5th and 95th percentile.
NORMAL_95 = float(special.ndtri(0.95))
# Weight of the central value in a PERT distribution: Malcolm, D. and others (1959), Application of
# a technique for research and development program evaluation, Operations Research 7(5).
PERT_WEIGHT = 4.0


class Range(NamedTuple):
    """Three numbers and how draws fall among them."""

    low: float
    central: float
    high: float
    distribution: Distribution

    @property
    def known(self) -> bool:
        """Whether there is nothing to draw."""
        return self.low == self.high


def quantile(within: Range, probability: np.ndarray | float) -> np.ndarray:
    r"""Value at a probability in (0, 1).

    PERT: a beta distribution over low to high with $\alpha = 1 + 4(c-l)/(h-l)$ and
    $\beta = 1 + 4(h-c)/(h-l)$. Normal and lognormal: the median is central, and each side has the
    spread that puts its end at the 5th or 95th percentile.
    """
    low, centre, high, kind = within
    p = np.asarray(probability, dtype=float)
    if within.known:
        return np.full_like(p, centre)
    if kind == "uniform":
        return low + (high - low) * p
    where = (centre - low) / (high - low)
    if kind == "triangular":
        return np.asarray(stats.triang.ppf(p, where, low, high - low))
    if kind == "pert":
        a, b = 1 + PERT_WEIGHT * where, 1 + PERT_WEIGHT * (1 - where)
        return np.asarray(low + (high - low) * special.betaincinv(a, b, p))
    z = special.ndtri(p) / NORMAL_95
    if kind == "normal":
        return centre + np.where(z < 0, (centre - low) * z, (high - centre) * z)
    down, up = math.log(centre / low), math.log(high / centre)
    return np.asarray(centre * np.exp(np.where(z < 0, down * z, up * z)))


def widened(figure: Figure, factor: float) -> Range:
    """The range of a figure with its ends moved away from its centre by a factor."""
    low, centre, high = figure.low, figure.central, figure.high
    share = isinstance(figure, Share)

    def moved(end: float) -> float:
        if factor == 1.0 or end == centre:
            return end
        if share and 0 < centre < 1:
            if end in (0.0, 1.0):
                return end
            odds = special.logit(centre) + factor * (special.logit(end) - special.logit(centre))
            return float(special.expit(odds))
        if low >= 0 and centre > 0 and not share:
            return 0.0 if end == 0 else float(centre * (end / centre) ** factor)
        if share:  # a centre at a bound has no odds
            return end
        return centre + factor * (end - centre)

    return Range(moved(low), centre, moved(high), figure.distribution)
