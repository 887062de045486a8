"""The bands that stand beside a case's headline numbers: from draws where there are any.

With draws a band holds 90 per cent of them. Without, it runs between the case with every figure of
the ties at its low end and at its high end: bounds, and no probabilities.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tumen.analysis.case import CaseResult
from tumen.analysis.fourworlds import ENDS, PhaseResult
from tumen.scenario.expression import word


class Reach(NamedTuple):
    """A number at the central figures with its band; None where it means nothing."""

    low: float | None
    central: float | None
    high: float | None

    def scaled(self, factor: float) -> Reach:
        """The same in another unit."""
        return Reach(*(None if value is None else factor * value for value in self))


def key_of(result: CaseResult, phase: PhaseResult) -> str:
    """How the results name a phase's world with ties."""
    name = phase.phase.id
    return "pressure_ties" if phase is result.main else f"pressure_ties_{word(name)}"


def of_draws(values: np.ndarray) -> tuple[float, float] | None:
    """The 5th and 95th percentile of the draws that have a value; None where none has."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, (0.05, 0.95))
    return float(low), float(high)


def loss_reach(result: CaseResult, phase: PhaseResult, region: str, state: str) -> Reach:
    """Loss of a target with or without the ties of a phase, per cent."""
    central = 100 * phase.central.loss(region, state)
    if result.sample is None:
        ends = [100 * phase.four[end].loss(region, state) for end in ENDS]
        return Reach(min(ends), central, max(ends))
    key = "pressure" if state == "pressure" else key_of(result, phase)
    drawn = of_draws(result.sample.value(f"loss.{word(region)}.{key}"))
    return Reach(None, central, None) if drawn is None else Reach(drawn[0], central, drawn[1])


def gain_reach(result: CaseResult, phase: PhaseResult, region: str) -> Reach:
    """What the ties of a phase add to a target, per cent of real income without pressure."""
    if result.sample is None:
        found = phase.band(lambda four: gain(four.loss(region, "pressure"),
                                             four.loss(region, "pressure_ties")))  # fmt: skip
        return Reach(found["low"], found["central"], found["high"])
    central = gain(
        phase.central.loss(region, "pressure"), phase.central.loss(region, "pressure_ties")
    )
    before, after = (
        result.sample.value(f"loss.{word(region)}.{key}")
        for key in ("pressure", key_of(result, phase))
    )
    drawn = of_draws(before - after)
    return Reach(None, central, None) if drawn is None else Reach(drawn[0], central, drawn[1])


def gain(before: float, after: float) -> float:
    """The fall of a loss, per cent."""
    return 100 * (before - after)


def offset_reach(
    result: CaseResult, phase: PhaseResult, region: str, *, goods: bool = True
) -> Reach:
    """Offset ratio of a target in a phase; no ratio where the band of its loss holds nought."""
    found = phase.offset_ratio(region, goods=goods)
    if result.sample is None or found["central"] is None:
        return Reach(found["low"], found["central"], found["high"])
    loss = loss_reach(result, phase, region, "pressure")
    if loss.low is None or loss.low <= 0:
        return Reach(None, None, None)
    suffix = "" if goods else "_without_goods_received"
    name = f"offset_ratio{suffix}.{word(phase.phase.id)}.{word(region)}"
    drawn = of_draws(result.sample.value(name))
    if drawn is None:
        return Reach(None, found["central"], None)
    return Reach(drawn[0], found["central"], drawn[1])


def described(result: CaseResult) -> str:
    """What a band is, in a sentence."""
    if result.sample is None:
        return (
            "Ranges move every figure of the ties to its low or high end together: they are "
            "bounds, not probabilities."
        )
    sample = result.sample
    text = (
        f"Bands hold 90 % of {sample.draws:,} draws of all uncertain figures, each between its low "
        "and high end, trade elasticities with their standard errors; ranges from weaker sources "
        "are widened."
    )
    if missing := sample.draws - sample.converged:
        text += f" {missing:,} of the draws have no equilibrium and are left out."
    return text


def undefined(result: CaseResult) -> str:
    """In how many draws a target's loss is too small for a ratio, where that happens at all."""
    if result.sample is None:
        return ""
    counts = {
        region: result.sample.band(f"offset_ratio.{word(result.main.phase.id)}.{word(region)}")
        for region in result.case.scenario.targets
    }
    told = [f"{region} {band.undefined:,}" for region, band in counts.items() if band.undefined]
    return f"Draws whose loss is too small for a ratio: {', '.join(told)}." if told else ""
