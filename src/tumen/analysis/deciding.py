"""What decides a verdict: the group of ties that moves its probability, and the figure behind it.

A group of ties decides a test as far as its probability changes when the group alone is taken out
of every draw. An uncertain figure decides it as far as draws in which the test holds have another
value of the figure than draws in which it fails: with u the place of a draw in the range of the
figure (0 to 1, even over draws), the separation is

    s = 2 ( mean u where it holds - mean u where it fails ),   from -1 to 1.

Where too few draws hold, or too few fail, to tell the two apart, the rank correlation of u with the
margin (value less threshold) takes its place: it names the figure that brings the test nearest to
turning. A figure counts only where s stands out from what chance gives among many figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from tumen.analysis.draws import Sample
from tumen.analysis.sampled import OWN, Constants, OverDraws, over_draws
from tumen.analysis.shares import Estimate, estimate
from tumen.analysis.splitting import units_of
from tumen.scenario.claims import ClaimTest
from tumen.scenario.expression import word
from tumen.scenario.uncertainty import Input

# Results that a sample has with one group of ties off.
WITHOUT = ("real_income.", "loss.", "offset_ratio.")
# Standard deviations by which a figure must stand out: among a hundred figures chance alone
# reaches four in one test of a hundred and fifty.
STANDS_OUT = 4.0
# Fewer draws on one side than this do not tell where in its range a figure lies.
FEWEST = 30
# A test as many times the width of its range away from turning is turned by no figure in it.
FAR = 10.0
THIRD = 1 / 3


@dataclass(frozen=True)
class ChannelEffect:
    """A group of ties taken out: the probability with it and without, on the same draws."""

    group: str
    title: str
    before: float
    without: float
    change: Estimate  # without less with
    draws: int

    @property
    def moves(self) -> bool:
        """Whether the change is larger than its error."""
        return abs(self.change.share) > self.change.error


@dataclass(frozen=True)
class FigureEffect:
    """An uncertain figure: the probability in the lowest and in the highest third of its draws."""

    input: Input
    separation: float  # -1 to 1; positive where the test holds with high values
    below: float  # the lower third of the figure lies below this
    above: float
    low: float  # probability in the lower third
    high: float
    draws: int


def channel_effects(
    test: ClaimTest, held: OverDraws, sample: Sample, constants: Constants
) -> list[ChannelEffect] | None:
    """What each group of ties does to a test, the strongest first; None where it cannot be told.

    It can for formulas over real income, losses and offset ratios, which a sample gives with one
    group of ties off, together with figures that went into the run.
    """
    results = {name for name in test.names if not name.startswith(OWN)}
    if not results or not all(name.startswith(WITHOUT) for name in results):
        return None
    found = []
    for group, title in units_of(sample.case.scenario).titles.items():
        given = sample.without(word(group))
        if not all(name in given for name in results):
            return None
        off = over_draws(test, sample, constants, {name: given[name] for name in results})
        effect = channel_effect(group, title, held, off, np.asarray(sample.replicate))
        if effect is None:
            continue
        found.append(effect)
    return sorted(found, key=lambda effect: -abs(effect.change.share))


def channel_effect(
    group: str, title: str, held: OverDraws, off: OverDraws, replicate: np.ndarray
) -> ChannelEffect | None:
    """One group, on the draws that have a value with it and without; None where none has both."""
    size = min(len(held.known), len(off.known))
    both = held.known[:size] & off.known[:size]
    if not both.any():
        return None
    before = held.holds[:size][both].astype(float)
    without = off.holds[:size][both].astype(float)
    change = estimate(without - before, replicate[:size][both])
    return ChannelEffect(
        group, title, float(before.mean()), float(without.mean()), change, int(both.sum())
    )


def separations(held: OverDraws, unit: np.ndarray) -> tuple[np.ndarray, float] | None:
    """How far each figure separates holding from failing [input], and what chance gives.

    `unit` [draw, input] is for the draws of `held`. None where there is nothing to go by.
    """
    holds, places = held.holds[held.known], unit[held.known]
    many, few = int(holds.sum()), int((~holds).sum())
    if min(many, few) >= FEWEST:
        gap = places[holds].mean(axis=0) - places[~holds].mean(axis=0)
        # An even variable on 0 to 1 has variance 1/12.
        return 2 * gap, 2 * math.sqrt((1 / many + 1 / few) / 12)
    margin = held.margin
    if margin is None or len(places) < FEWEST:
        return None
    values = margin[held.known]
    if np.abs(values).min() >= FAR * (values.max() - values.min()):
        return None
    ranks = rankdata(values)
    spread = places.std(axis=0)
    moving = spread > 0
    covariance = ((places - places.mean(axis=0)) * (ranks - ranks.mean())[:, None]).mean(axis=0)
    found = np.zeros(places.shape[1])
    found[moving] = covariance[moving] / (spread[moving] * ranks.std())
    if falls(held):
        found = -found
    return found, 1 / math.sqrt(len(places) - 1)


def falls(held: OverDraws) -> bool:
    """Whether a test holds where its margin is negative (`<`), as its draws tell."""
    margin = held.margin
    assert margin is not None
    values, holds = margin[held.known], held.holds[held.known]
    if holds.all():
        return bool(values.max() <= 0)
    if not holds.any():
        return bool(values.min() >= 0)
    return bool(values[holds].mean() < values[~holds].mean())


def figure_effects(held: OverDraws, sample: Sample, most: int = 3) -> list[FigureEffect]:
    """The figures that decide a test, the strongest first; empty where none stands out."""
    size = len(held.known)
    if not held.varies or not sample.inputs:
        return []
    values = np.asarray(sample.input_values)[:size]
    unit = np.asarray(sample.unit)[:size]
    found = separations(held, unit)
    if found is None:
        return []
    strength, chance = found
    strength = np.where(values.min(axis=0) < values.max(axis=0), strength, 0.0)
    order = np.argsort(-np.abs(strength), kind="stable")[:most]
    return [
        thirds(sample.inputs[i], float(strength[i]), values[:, i], unit[:, i], held)
        for i in order
        if abs(strength[i]) >= STANDS_OUT * chance
    ]


def thirds(
    source: Input, strength: float, values: np.ndarray, unit: np.ndarray, held: OverDraws
) -> FigureEffect:
    """The probability in the lowest and in the highest third of the draws of a figure."""
    below, above = np.quantile(values, (THIRD, 1 - THIRD))
    order = np.argsort(unit, kind="stable")
    order = order[held.known[order]]
    size = max(len(order) // 3, 1)
    return FigureEffect(
        source,
        strength,
        float(below),
        float(above),
        float(held.holds[order[:size]].mean()),
        float(held.holds[order[-size:]].mean()),
        len(order),
    )


def strongest(effects: Sequence[ChannelEffect] | None) -> ChannelEffect | None:
    """The group that decides: the strongest, where it moves the probability beyond the error."""
    return effects[0] if effects and effects[0].moves else None


def place_in_words(source: Input) -> str:
    """Where a reader who disagrees changes a figure, with the evidence behind it."""
    places = [place_words(place) for place in source.ranges]
    shown = ", and ".join(places[:2])
    if len(places) > 2:
        shown += f", and {len(places) - 2} more drawn with it"
    behind = [key for key in source.evidence if f"row {key} of the evidence" not in places]
    return shown + (f" (evidence {', '.join(behind)})" if behind else "")


def place_words(place: str) -> str:
    """A dotted place as a reader finds it: `ties.arms_trade.effects.n1.gross`."""
    kind, _, rest = place.partition(".")
    match kind, rest.split("."):
        case "evidence", [row, *_]:
            return f"row {row} of the evidence"
        case "elasticity", [sector]:
            return f"trade elasticity of {sector}"
        case "ties", [tie, "effects", number, *field]:
            name = tie.replace("_", "-")  # ids in the file have dashes, which formulas cannot have
            return f"case.yaml, tie {name}, effect {number.removeprefix('n')}: {' '.join(field)}"
        case "ties", [tie, *field]:
            return f"case.yaml, tie {tie.replace('_', '-')}: {' '.join(field)}"
    return f"case.yaml, {place}"
