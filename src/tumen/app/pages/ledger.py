"""The claims of a case over the draws of a run, kept at hand so that a threshold moves at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tumen.app.pages.held import Recent, held_sample, newest_draws
from tumen.report import verdict_words as words
from tumen.report.text import decimals_for

if TYPE_CHECKING:
    from tumen.analysis.draws import Sample
    from tumen.analysis.sampled import Constants
    from tumen.analysis.verdicts import Verdict
    from tumen.report.document import Figure
    from tumen.scenario.claims import Ledger
    from tumen.scenario.load import Case
    from tumen.store.request import Run
    from tumen.store.runs import Store

REACH = (0.01, 0.99)  # shares of draws between which a slider runs


@dataclass(frozen=True)
class Slide:
    """Where a threshold may be put: the ends of its slider, where it is, and its decimals."""

    low: float
    high: float
    value: float
    own: float
    decimals: int
    plain: bool  # whether a slider is offered, or only a number to type


@dataclass(frozen=True, eq=False)
class Drawn:
    """A ledger held against the draws of a run."""

    run: Run
    ledger: Ledger
    sample: Sample

    @cached_property
    def constants(self) -> Constants:
        """Figures that no draw moves."""
        from tumen.analysis.sampled import constants_of

        return constants_of(self.sample, self.ledger.evidence)

    @cached_property
    def own(self) -> list[Verdict]:
        """The verdicts at the ledger's own thresholds."""
        from tumen.analysis.verdicts import verdicts

        return verdicts(self.ledger, self.sample)

    def verdicts(self, thresholds: Mapping[str, float]) -> list[Verdict]:
        """The verdicts with some thresholds elsewhere; only these tests are worked out again.

        Raises `ScenarioError` for an unknown test or one that has no threshold.
        """
        from tumen.analysis.thresholds import moved
        from tumen.analysis.verdicts import verdict

        asked = moved(self.ledger, thresholds)
        return [
            verdict(
                item.claim, own_test(item), item.number, self.sample, self.constants, asked[item.id]
            )
            if item.id in asked
            else item
            for item in self.own
        ]

    def curves(self, found: list[Verdict]) -> list[Figure]:
        """The probability of each test by its threshold."""
        from tumen.app.pages.texts import text
        from tumen.report.case_verdicts import curve_figures, curves

        made = curves(found, self.sample)
        return curve_figures(self.ledger, made, text("claims.curves"))

    def stamp(self) -> dict[str, Any]:
        """What the draws were made of."""
        told = self.sample.document()
        names = ("residual", "closure", "elasticities", "data_version", "scenario_hash")
        ended = ", ".join(f"{count:,} {name}" for name, count in told["ended"].items())
        return {"status": ended} | {name: told[name] for name in names}


def own_test(item: Verdict) -> Any:
    """The test as the ledger has it."""
    return item.claim.tests[item.number - 1]


DRAWN: Recent[Drawn] = Recent(4)


def drawn(store: Store, case: Case, ledger: Ledger, owner: str | None) -> Drawn | None:
    """The ledger over the newest draws of the case; None where there are none."""
    run = newest_draws(store, case.digest, owner)
    if run is None:
        return None
    return DRAWN.get(
        (store.folder, run.id), lambda: Drawn(run, ledger, held_sample(store, run, case))
    )


def slide_of(item: Verdict) -> Slide | None:
    """Where the threshold of a test may be put; None for a test without one."""
    from tumen.analysis.thresholds import is_plain

    test, own = item.test, own_test(item).threshold
    if test.threshold is None or own is None:
        return None
    low, high = reach(item)
    low, high = min(low, test.threshold, own), max(high, test.threshold, own)
    if not low < high:
        low, high = low - max(abs(low), 1.0), high + max(abs(high), 1.0)
    decimals = min(decimals_for([high - low], 4), 6)
    return Slide(low, high, test.threshold, own, decimals, is_plain(test))


def reach(item: Verdict) -> tuple[float, float]:
    """Where nearly all draws of a test's value lie; nothing where it has none."""
    held = item.held
    if held is None or held.value is None or not held.known.any():
        own = float(own_test(item).threshold)
        return own, own
    values: np.ndarray = held.value[held.known]
    low, high = np.quantile(values, REACH)
    return float(low), float(high)


def told(item: Verdict) -> dict[str, Any]:
    """What a page says of a test."""
    share = item.estimate
    return {
        "id": item.id,
        "title": words.titled(item),
        "probability": words.probability(item),
        "share": None if share is None else share.share,
        "verdict": words.verdict_words(item),
        "tone": tone(item),
        "found": words.found(item),
        "counted": words.counted(item),
        "channel": words.channel(item),
        "turning": words.turning(item),
        "change": words.change_it(item),
        "moved": item.moved_from is not None,
    }


def tone(item: Verdict) -> str:
    """Which way a verdict points, for its colour."""
    if item.estimate is None:
        return "none"
    if item.kind == "capability":
        return "for" if item.word == "possible" else "against"
    return {"supported": "for", "leans towards": "for", "open": "open"}.get(item.word, "against")
