"""Which uncertain figures drive an outcome, and what it would bring to know one of them exactly.

All of it from the plain draws of a sample. Factors are inputs, or groups of inputs drawn together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tumen.analysis.additive import Additive, additive, degree_for
from tumen.analysis.draws import Sample
from tumen.analysis.factors import Factor, columns_of, factors_of
from tumen.errors import TumenError

LEAST = 64  # draws below which nothing is told apart
MOST_FAILED = 0.05  # share of draws that may have failed
MOST_UNDEFINED = 0.5  # share of the others for which the outcome may not exist
TENTH = 0.1
BAND = (0.05, 0.95)
SLICE = 64  # draws of a slice in which the band is measured
BLOCKS = 8  # of draws, where a sample has fewer than four independent sets of points
TELLING = 2.0  # standard errors above which a share is told from zero


@dataclass(frozen=True)
class Effect:
    """What one factor does to an outcome; every error is a standard error.

    `share` is the part of the outcome's variance that goes if the factor is known exactly. `low`
    and `high` are the outcome's mean where the factor lies in the lowest and the highest tenth of
    its probability. `known_band` is how wide the outcome's 90 % band is expected to be then.
    """

    factor: Factor
    share: float
    share_error: float
    low: float
    low_error: float
    high: float
    high_error: float
    known_band: float
    known_band_error: float

    @property
    def told(self) -> bool:
        """Whether the share is told from zero."""
        return self.share > TELLING * self.share_error

    def reach(self, mean: float) -> float:
        """Length of its bar in a tornado: over the outcome at both ends and its mean."""
        ends = (self.low, self.high, mean)
        return max(ends) - min(ends)


@dataclass(frozen=True)
class Sensitivity:
    """An outcome's mean and 90 % band, and the effect of every factor, largest share first.

    `alone` is the share of the variance that factors explain one at a time; the rest is what they
    do only together. `failed` draws did not converge, for `undefined` ones the outcome does not
    exist; neither is used.
    """

    outcome: str
    mean: float
    band: tuple[float, float]
    alone: float
    alone_error: float
    effects: tuple[Effect, ...]
    used: int
    failed: int
    undefined: int

    @property
    def width(self) -> float:
        """Of the 90 % band."""
        return self.band[1] - self.band[0]

    def tornado(self, most: int = 8) -> tuple[Effect, ...]:
        """The factors told from zero between whose ends the outcome moves most."""
        told = [one for one in self.effects if one.told]
        return tuple(sorted(told, key=lambda one: -one.reach(self.mean))[:most])

    def narrowing(self, most: int = 2) -> tuple[Effect, ...]:
        """The factors whose being known exactly would take away most of the variance."""
        return tuple(one for one in self.effects if one.told)[:most]


def sensitivity(sample: Sample, outcome: str) -> Sensitivity:
    """Shares of variance, tornado and expected bands of an outcome over a sample.

    Standard errors: the jackknife over the sample's independent sets of points (each left out in
    turn). Raises `TumenError` where more than 5 % of the draws failed, the outcome does not exist
    for more than half of the others, fewer than 64 are left, or the outcome does not vary.
    """
    values = np.asarray(sample.value(outcome), dtype=float)
    kept, failed, undefined = usable(values, np.asarray(sample.status), outcome)
    values = values[kept]
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        raise TumenError(f"{outcome} is the same in every draw: no figure drives it")
    found = factors_of(sample.inputs)
    unit = np.asarray(sample.unit)[kept]
    columns = [columns_of(one, unit) for one in found]
    degree = degree_for(len(values))
    whole = figures(values, columns, degree)
    left_out = np.array(
        [
            figures(values[stay], [one[stay] for one in columns], degree)
            for stay in remaining(np.asarray(sample.replicate)[kept])
        ]
    )
    error = jackknife_error(left_out)
    effects = [
        Effect(
            one,
            *(x for at in range(4) for x in (float(whole[at, i]), float(error[at, i]))),
        )
        for i, one in enumerate(found)
    ]
    band = np.quantile(values, BAND, method="median_unbiased")
    return Sensitivity(
        outcome,
        float(values.mean()),
        (float(band[0]), float(band[1])),
        float(whole[0].sum()),
        float(jackknife_error(left_out[:, 0].sum(axis=1))),
        tuple(sorted(effects, key=lambda one: -one.share)),
        len(values),
        failed,
        undefined,
    )


def usable(values: np.ndarray, status: np.ndarray, outcome: str) -> tuple[np.ndarray, int, int]:
    """Positions of the draws that are used, and how many failed or have no such outcome."""
    converged = status[: len(values)] == "converged"
    exists = np.isfinite(values)
    failed = int((~converged).sum())
    undefined = int((converged & ~exists).sum())
    kept = np.flatnonzero(converged & exists)
    if failed > MOST_FAILED * len(values):
        raise TumenError(
            f"{outcome}: {failed} of {len(values)} draws did not converge, more than "
            f"{100 * MOST_FAILED:.0f} %; what is left would not stand for the ranges: mend the "
            "draws, whose status says what failed, or narrow the ranges"
        )
    if undefined > MOST_UNDEFINED * (len(values) - failed):
        raise TumenError(
            f"{outcome} does not exist in {undefined} of {len(values) - failed} draws, more than "
            "half: ask about the loss instead, which always exists"
        )
    if len(kept) < LEAST:
        raise TumenError(
            f"{outcome}: {len(kept)} draws are too few to tell figures apart; draw at least {LEAST}"
        )
    return kept, failed, undefined


def figures(values: np.ndarray, columns: Sequence[np.ndarray], degree: int) -> np.ndarray:
    """Share, mean in the lowest tenth, mean in the highest, expected band: [4, factor]."""
    parts = additive(values, columns, degree)
    rows = [
        (*ends(values, parts, i, place), expected_band(values - parts.effect[:, i], place))
        for i, place in enumerate(map(position, columns))
    ]
    return np.vstack([parts.share, np.array(rows).T])


def position(columns: np.ndarray) -> np.ndarray:
    """Where a factor stands in each draw: its probability; of a group the mean of its inputs'."""
    return np.asarray(columns.mean(axis=1))


def ends(values: np.ndarray, parts: Additive, i: int, place: np.ndarray) -> tuple[float, float]:
    """Mean outcome in the lowest and in the highest tenth of a factor.

    The fitted effects of all other factors are taken off first. They average to zero in either
    tenth, so the mean is that of the outcome, without the noise of the others' draws.
    """
    own = values - (parts.effect.sum(axis=1) - parts.effect[:, i])
    order = np.argsort(place, kind="stable")
    count = max(1, round(TENTH * len(values)))
    return float(own[order[:count]].mean()), float(own[order[-count:]].mean())


def expected_band(rest: np.ndarray, place: np.ndarray) -> float:
    """Mean width of an outcome's 90 % band when a factor is known exactly.

    `rest` is the outcome less the factor's fitted effect: in a thin slice of the factor it spreads
    as the outcome would with the factor known. The widths of slices of about 64 draws are averaged.
    """
    order = np.argsort(place, kind="stable")
    slices = np.array_split(rest[order], max(1, len(rest) // SLICE))
    widths = [np.ptp(np.quantile(one, BAND, method="median_unbiased")) for one in slices]
    return float(np.mean(widths))


def remaining(replicate: np.ndarray) -> list[np.ndarray]:
    """Positions of the draws that stay when each independent set of points is left out in turn.

    Draws of fewer than four sets are dealt out to eight blocks instead.
    """
    labels = np.unique(replicate)
    if len(labels) < BLOCKS // 2:
        replicate, labels = np.arange(len(replicate)) % BLOCKS, np.arange(BLOCKS)
    return [np.flatnonzero(replicate != label) for label in labels]


def jackknife_error(left_out: np.ndarray) -> np.ndarray:
    r"""Standard error from estimates with one of R parts left out, along the first axis.

    $\sqrt{\tfrac{R-1}{R} \sum_r (\hat\theta_{(r)} - \bar\theta)^2}$. Source: Efron and Stein
    (1981), The jackknife estimate of variance, Annals of Statistics 9(3).
    """
    count = len(left_out)
    spread = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(np.sqrt((count - 1) / count * spread))
