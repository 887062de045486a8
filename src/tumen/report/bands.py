"""The bands that stand beside a case's headline numbers: from draws where there are any.

With draws a band holds 90 per cent of them. Without, it runs between the case with every figure of
the ties at its low end and at its high end: bounds, and no probabilities.
"""

from __future__ import annotations

from typing import NamedTuple

from tumen.analysis.draws import Band, band_of
from tumen.analysis.findings import Findings
from tumen.analysis.fourworlds import ENDS, Four, PhaseResult
from tumen.analysis.phases import tied_world
from tumen.scenario.expression import word


class Reach(NamedTuple):
    """A number at the central figures with its band; None where it means nothing."""

    low: float | None
    central: float | None
    high: float | None

    def scaled(self, factor: float) -> Reach:
        """The same in another unit."""
        return Reach(*(None if value is None else factor * value for value in self))


def reach_of(central: float, band: Band) -> Reach:
    """A central figure with the band of its draws; without one where no draw has a number."""
    if not band.draws:
        return Reach(None, central, None)
    return Reach(band.low, central, band.high)


def loss_name(result: Findings, phase: PhaseResult, region: str, state: str) -> str:
    """The name of a loss among the outcomes of draws."""
    tied = tied_world(phase.phase.id, result.main.phase.id)
    return f"loss.{word(region)}.{word(tied if state == 'pressure_ties' else state)}"


def loss_reach(result: Findings, phase: PhaseResult, region: str, state: str) -> Reach:
    """Loss of a target with or without the ties of a phase, per cent."""
    central = 100 * phase.central.loss(region, state)
    if result.sample is None:
        ends = [100 * phase.four[end].loss(region, state) for end in ENDS]
        return Reach(min(ends), central, max(ends))
    return reach_of(central, result.sample.band(loss_name(result, phase, region, state)))


def gain_reach(result: Findings, phase: PhaseResult, region: str) -> Reach:
    """What the ties of a phase add to a target, per cent of real income without pressure."""

    def gain(four: Four) -> float:
        return 100 * (four.loss(region, "pressure") - four.loss(region, "pressure_ties"))

    if result.sample is None:
        found = phase.band(gain)
        return Reach(found["low"], found["central"], found["high"])
    before, after = (
        result.sample.value(loss_name(result, phase, region, state))
        for state in ("pressure", "pressure_ties")
    )
    return reach_of(gain(phase.central), band_of(before - after, result.sample.status))


def offset_reach(result: Findings, phase: PhaseResult, region: str, *, goods: bool = True) -> Reach:
    """Offset ratio of a target in a phase; no ratio where the band of its loss holds nought."""
    found = phase.offset_ratio(region, goods=goods)
    if result.sample is None or found["central"] is None:
        return Reach(found["low"], found["central"], found["high"])
    loss = loss_reach(result, phase, region, "pressure")
    if loss.low is None or loss.low <= 0:
        return Reach(None, None, None)
    suffix = "" if goods else "_without_goods_received"
    name = f"offset_ratio{suffix}.{word(phase.phase.id)}.{word(region)}"
    return reach_of(found["central"], result.sample.band(name))


def described(result: Findings) -> str:
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


def undefined(result: Findings) -> str:
    """In how many draws a target's loss is too small for a ratio, where that happens at all."""
    if result.sample is None:
        return ""
    counts = {
        region: result.sample.band(f"offset_ratio.{word(result.main.phase.id)}.{word(region)}")
        for region in result.case.scenario.targets
    }
    told = [f"{region} {band.undefined:,}" for region, band in counts.items() if band.undefined]
    return f"Draws whose loss is too small for a ratio: {', '.join(told)}." if told else ""
