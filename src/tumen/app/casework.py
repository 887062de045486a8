"""What a full run of a case takes, step by step, for the command line and for jobs alike."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tumen.analysis.case import CaseResult
    from tumen.analysis.draws import Sample
    from tumen.analysis.scorecard import Scorecard
    from tumen.scenario.load import Case

# Announces a step in plain words, and yields what to call with how much of it is done, of all.
Shown = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


def worked(
    case: Case,
    folder: Path,
    shown: Shown,
    *,
    channels: bool,
    draws: int,
    base: int | None,
    seed: int,
    workers: int | None,
) -> CaseResult:
    """Run a case and draw it; what is drawn stays in the folder, from where the same goes on.

    `base` asks for a design for total effects, of so many blocks. A case without anything uncertain
    is not drawn.
    """
    from tumen.analysis.case import run_case
    from tumen.analysis.drawing import Drawing
    from tumen.analysis.total_effects import total_effects

    with shown("splitting among the ties") as progress:
        result = run_case(case, progress, channels=channels)
    if Drawing(case).inputs:
        result = replace(result, sample=drawn(case, draws, seed, workers, folder, shown))
    result = replace(result, scorecard=scored(case, draws, seed, workers, folder, shown))
    if base is not None:
        with shown("total effects") as progress:
            totals = total_effects(case, base, seed=seed, workers=workers, progress=progress)
        result = replace(result, totals=totals)
    return result


def drawn(
    case: Case,
    draws: int,
    seed: int,
    workers: int | None,
    folder: Path,
    shown: Shown,
    dear: int | None = None,
) -> Sample:
    """Draw; what is done stays in the folder, also after Ctrl-C."""
    from tumen.analysis.sample import sample

    with shown("drawing") as progress:
        return sample(
            case,
            draws,
            seed=seed,
            dear=dear,
            workers=workers,
            folder=folder / f"draws-{seed}",
            progress=progress,
        )


def scored(
    case: Case, draws: int, seed: int, workers: int | None, folder: Path, shown: Shown
) -> Scorecard | None:
    """The scorecard that goes with a run; what is done stays beside the run's other draws."""
    from tumen.analysis.scorecard import scorecard_in_passing

    with shown("backtests") as progress:
        return scorecard_in_passing(
            case,
            draws,
            seed=seed,
            workers=workers,
            folder=folder / f"draws-{seed}",
            progress=progress,
        )
