"""The scorecard of a case's backtests: bands of the model beside what was recorded, misses and all.

Each compared figure has a horizon that the case states. The model's band runs from the
5th to the 95th percentile over draws of trade elasticities, the strength of the pressure, the
years, and the settings of the first months. Recorded figures are never drawn, and ties are off.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tumen.analysis.chunks import jobs_of
from tumen.analysis.coverage import Coverage, distance
from tumen.analysis.drawing import Drawing
from tumen.analysis.drawn_backtests import name_of_test
from tumen.analysis.draws import Band, band_of, settings_of
from tumen.analysis.ensemble import check_workers
from tumen.analysis.parts import Columns, Parts
from tumen.analysis.sample import check_draws, fill, finish
from tumen.analysis.shapley import Progress
from tumen.errors import ScenarioError
from tumen.scenario import yamlfile
from tumen.scenario.backtests import BacktestQuestion, Compared
from tumen.scenario.load import Case, load_case
from tumen.scenario.uncertainty import BACKTEST_PARTS, Input
from tumen.status import Status

# Draws enough that the ends of a band hardly move, and few enough to be had in passing.
DRAWS = 64


@dataclass(frozen=True)
class Score:
    """One recorded or computed figure and the model's band at the horizon stated for it."""

    question: BacktestQuestion
    compared: Compared
    band: Band

    @property
    def answered(self) -> bool:
        """Whether any draw has a figure."""
        return self.band.draws > 0

    @property
    def counted(self) -> bool:
        """Whether it is a test: the pressure was not made from it."""
        return not self.compared.in_weights

    @property
    def off(self) -> float:
        """From the nearer end of the band to the record, points: 0 inside, below it negative."""
        return distance(self.compared.value.central, self.band.low, self.band.high)

    @property
    def inside(self) -> bool:
        """Whether the record lies in the band; what has no band is no hit."""
        return self.answered and self.off == 0

    @property
    def meets(self) -> bool:
        """Whether the record's own range reaches the band."""
        record = self.compared.value
        return self.answered and record.low <= self.band.high and record.high >= self.band.low


@dataclass(frozen=True)
class Scorecard:
    """Every compared figure of a case with the model's band for it."""

    case: Case
    seed: int
    draws: int
    scores: tuple[Score, ...]
    inputs: tuple[Input, ...]
    failed: int  # draws without a world to start from

    def coverage(self, kind: Literal["record", "study"]) -> Coverage:
        """How many of the records, or of the studies, that are tests lie inside their band."""
        tests = [one for one in self.scores if one.counted and one.compared.kind == kind]
        return Coverage(sum(one.inside for one in tests), len(tests))


def unstated(case: Case) -> tuple[str | int, ...] | None:
    """The place of the first compared figure without a horizon; None where all have one."""
    for number, asked in enumerate(case.scenario.backtests):
        for at, compared in enumerate(asked.compare):
            if compared.years is None:
                return ("backtests", number, "compare", at)
    return None


def check_backtests(case: Case) -> None:
    """Refuse a case without backtests, or one that is not that of the record."""
    if not case.scenario.backtests:
        raise ScenarioError(f"{case.path}: the case has no `backtests`; add some")
    if case.scenario.abstain:
        raise ScenarioError(
            f"{case.path}, field abstain: backtests hold the model against the record, in which "
            "every sender takes part; take `abstain` out for them"
        )


def check_horizons(case: Case) -> None:
    """Refuse a case without backtests, or with a compared figure that states no horizon."""
    check_backtests(case)
    if (place := unstated(case)) is not None:
        raise ScenarioError(
            f"{yamlfile.read(case.path).where(place)}: a band needs the horizon of this figure; "
            "state under `years` how long after the measure it stands, such as {low: 0.5, "
            "central: 1, high: 1.5, unit: years, assumption: why}, or take no draws"
        )


def scorecard(
    scenario: str | Path | Case,
    draws: int = DRAWS,
    *,
    seed: int = 0,
    workers: int | None = None,
    client: Any = None,
    folder: str | Path | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """Hold a case's backtests against bands of the model.

    Arguments are those of `tumen.sample`; with a `folder` what is done is kept, and the same call
    goes on from there. Raises `ScenarioError` for a case without backtests or horizons for them,
    `SampleError` for settings that mean nothing. A figure without equilibrium in some draws says in
    how many; one without any has no band and counts as missed.
    """
    check_draws(draws, None)
    hands = check_workers(workers) if client is None else max(len(client.nthreads()), 1)
    case = scenario if isinstance(scenario, Case) else load_case(scenario)
    check_horizons(case)
    drawing = Drawing(case, BACKTEST_PARTS)
    with tempfile.TemporaryDirectory(prefix="tumen-backtest-") as passing:
        parts = Parts(Path(passing if folder is None else folder), settings_of(case, seed))
        jobs = jobs_of(case, seed, "backtest", draws)
        fill(parts, jobs, hands, client=client, progress=progress, kept=folder is not None)
        finish(parts, drawing, seed, {"backtest": draws})
        return scored(case, seed, draws, Columns(parts.folder / "backtest.parquet"), drawing)


def scored(case: Case, seed: int, draws: int, outcomes: Columns, drawing: Drawing) -> Scorecard:
    """The scorecard of these draws."""
    status = outcomes.told("status")
    none = np.full(draws, math.nan)
    scores = [
        Score(asked, compared, band_of(outcomes.get(name_of_test(number, at), none), status))
        for number, asked in enumerate(case.scenario.backtests)
        for at, compared in enumerate(asked.compare)
    ]
    failed = int((status != str(Status.converged)).sum())
    return Scorecard(case, seed, draws, tuple(scores), drawing.inputs, failed)


def scorecard_in_passing(case: Case, draws: int, **settings: Any) -> Scorecard | None:
    """The scorecard that goes with a run of so many draws; None where the case states none."""
    if not case.scenario.backtests or case.scenario.abstain or unstated(case) is not None:
        return None
    return scorecard(case, min(draws, DRAWS), **settings)
