"""A share of draws: its standard error, and the one rule that gives it a word.

Of all draws in which a prediction has a value the share in which it holds is its probability. It
says how much of what the evidence leaves open agrees with the claim, not how often a thing happens.

The draws come in R independent scramblings (8) of one set of points, and each gives a share of its
own, p_r. The standard error of the whole is their spread over the root of their number,

    error = sqrt( sum_r (p_r - mean p)^2 / (R - 1) / R )

(Owen, 1997, on randomised quasi-Monte Carlo). Where all n draws agree the spread is zero and says
nothing about the draws not made; then the error is 3/n, the most that the chance of the contrary
can be at 95 per cent certainty had the draws been independent (the "rule of three").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

BANDS = (
    (0.8, "supported"),
    (0.6, "leans towards"),
    (0.4, "open"),
    (0.2, "leans against"),
    (0.0, "not supported"),
)
# What "could" be so needs this share of the draws: one in twenty, the usual mark of the possible.
POSSIBLE = 0.05

Rule = Literal["scramblings", "rule of three", "independent draws"]


@dataclass(frozen=True)
class Estimate:
    """A share of draws with its standard error, and how that was found."""

    share: float
    error: float
    rule: Rule


def estimate(holds: np.ndarray, replicate: np.ndarray) -> Estimate:
    """The mean of `holds` [draw] over draws and its standard error over the scramblings [draw].

    `holds` may be the difference of two predictions, -1 to 1. Raises `ValueError` for no draws.
    """
    values = np.asarray(holds, float)
    if values.size == 0:
        raise ValueError("no draw has a value")
    share = float(values.mean())
    if values.min() == values.max():
        return Estimate(share, 3 / values.size, "rule of three")
    counts = np.bincount(replicate)
    means = np.bincount(replicate, weights=values)[counts > 0] / counts[counts > 0]
    if len(means) < 2:
        return Estimate(
            share, float(values.std(ddof=1)) / math.sqrt(values.size), "independent draws"
        )
    return Estimate(share, float(means.std(ddof=1)) / math.sqrt(len(means)), "scramblings")


def word_for(share: float) -> str:
    """The word for a probability: supported from 0.8, leans towards from 0.6, and so on."""
    return next(word for least, word in BANDS if share >= least)


def close_to(share: float, error: float) -> str:
    """The word on the other side of the nearest boundary that the error reaches, or nothing."""
    edges = [least for least, _ in BANDS if least > 0]
    nearest = min(edges, key=lambda edge: abs(share - edge))
    if abs(share - nearest) > error:
        return ""
    across = BANDS[edges.index(nearest) + (share >= nearest)]
    return across[1]


def capability(share: float) -> str:
    """Whether something could be so at all: it holds in one draw of twenty or more."""
    return "possible" if share >= POSSIBLE else "not possible"
