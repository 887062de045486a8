"""Verdicts on claims: each test of a ledger over a sample, with its probability and one word.

The rule stands in `tumen.analysis.shares`. Draws without a value are counted and shown, and with
more of them than a stated share a test is "not defined", for they could turn its verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tumen.analysis.deciding import (
    ChannelEffect,
    FigureEffect,
    channel_effects,
    figure_effects,
)
from tumen.analysis.draws import Sample
from tumen.analysis.sampled import (
    Constants,
    OverDraws,
    constants_of,
    known_names,
    over_draws,
    unconverged,
)
from tumen.analysis.shares import POSSIBLE, Estimate, capability, close_to, estimate, word_for
from tumen.analysis.thresholds import moved
from tumen.scenario.claims import Claim, ClaimTest, Kind, Ledger
from tumen.status import Status

# With more draws undefined than this a verdict could move by half the width of a band.
UNDEFINED_MOST = 0.1

NOT_DEFINED = "not defined"
NOT_DECIDED = "not for a model to decide"
NO_RANGE = ("fails, no range known", "holds, no range known")


@dataclass(frozen=True)
class Found:
    """The value that a test compares with its threshold, over the draws: 5, 50 and 95 per cent."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Verdict:
    """One test of one claim over a sample. `number` counts the tests of the claim from 1."""

    claim: Claim
    test: ClaimTest
    number: int
    word: str
    estimate: Estimate | None = None
    draws: int = 0  # with a value
    undefined: int = 0  # solved, but the formula has no value
    unconverged: int = 0
    likely: str = ""  # for what "could" be so: how likely it is beside being possible
    close_to: str = ""  # the word across the nearest boundary, where the error reaches it
    found: Found | None = None
    why: str = ""
    moved_from: float | None = None  # the ledger's own threshold, where another was asked for
    held: OverDraws | None = None
    channels: tuple[ChannelEffect, ...] | None = None  # strongest first; None: cannot be told
    figures: tuple[FigureEffect, ...] = ()  # that stand out, strongest first

    @property
    def id(self) -> str:
        """The claim and the number of the test in it: `C1.2`."""
        return f"{self.claim.id}.{self.number}"

    @property
    def kind(self) -> Kind:
        """What the test asks."""
        return self.test.kind or self.claim.kind


def verdicts(
    ledger: Ledger, sample: Sample, thresholds: Mapping[str, float] | None = None
) -> list[Verdict]:
    """Every test of every claim over the sample, in the order of the ledger.

    `thresholds` puts other numbers in place of the ledger's, `{"C1.1": 15}`, by claim and number of
    the test in it. Raises `ScenarioError` for a name that the sample does not have, an unknown test
    or one without a threshold.
    """
    changed = moved(ledger, thresholds or {})
    constants = constants_of(sample, ledger.evidence)
    known_names(
        (
            (name, ledger.where(number, at, "prediction"))
            for number, at, _, test in ledger.tests()
            for name in sorted(test.names)
        ),
        sample,
        constants,
    )
    return [
        verdict(claim, test, at + 1, sample, constants, changed.get(f"{claim.id}.{at + 1}"))
        for _, at, claim, test in ledger.tests()
    ]


def verdict(
    claim: Claim,
    test: ClaimTest,
    number: int,
    sample: Sample,
    constants: Constants,
    threshold: float | None = None,
) -> Verdict:
    """One test over the sample, with another threshold where one is given."""
    if test.undecided is not None:
        return Verdict(claim, test, number, NOT_DECIDED, why=test.undecided)
    own = test.threshold
    if threshold is not None:
        test = test.model_copy(update={"threshold": threshold})
    moved_from = own if threshold is not None and threshold != own else None
    held = over_draws(test, sample, constants)
    lost = unconverged(sample, held)
    known, total = int(held.known.sum()), len(held.known)
    undefined = total - known - lost
    common: dict[str, Any] = {
        "draws": known,
        "undefined": undefined,
        "unconverged": lost,
        "moved_from": moved_from,
        "held": held,
        "found": found(held),
    }
    if known == 0 or undefined > UNDEFINED_MOST * (total - lost):
        why = f"{undefined:,} of {total:,} draws have no value, more than one in ten"
        if undefined == 0:
            why = f"no draw has a value: {lost:,} of {total:,} did not converge"
        return Verdict(claim, test, number, NOT_DEFINED, why=why, **common)
    if not held.varies:
        return Verdict(claim, test, number, NO_RANGE[bool(held.holds[0])], **common)
    replicate = np.asarray(sample.replicate)[:total][held.known]
    share = estimate(held.holds[held.known], replicate)
    effects = channel_effects(test, held, sample, constants)
    made = Verdict(
        claim,
        test,
        number,
        word_for(share.share),
        estimate=share,
        channels=None if effects is None else tuple(effects),
        figures=tuple(figure_effects(held, sample)),
        **common,
    )
    return worded(made, share)


def worded(made: Verdict, share: Estimate) -> Verdict:
    """The verdict with its word: what "could" be so is held against the possible first."""
    if made.kind != "capability":
        return replace(made, close_to=close_to(share.share, share.error))
    word = capability(share.share)
    other = "not possible" if word == "possible" else "possible"
    near = abs(share.share - POSSIBLE) <= share.error
    return replace(made, word=word, likely=word_for(share.share), close_to=other if near else "")


def found(held: OverDraws) -> Found | None:
    """The value over the draws that have one; None where a test is no plain comparison."""
    if held.value is None or not held.known.any():
        return None
    low, median, high = np.quantile(held.value[held.known], (0.05, 0.5, 0.95))
    return Found(float(low), float(median), float(high))


def converged(sample: Sample) -> tuple[int, int]:
    """How many draws were solved, and how many there are."""
    status = np.asarray(sample.status)
    return int(np.sum(status == Status.converged.value)), len(status)
