"""`tumen.sample`: a case at many draws of its uncertain figures, the same on any machine.

Plain outcomes are worked out for every draw, dear ones for the first of them, as stated. Results
do not depend on how many processes work, or on how often they were interrupted: a draw's point
depends on the seed and its number, and every draw starts from the benchmark.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tumen._version import __version__
from tumen.analysis.chunks import CHUNK, Job, Kind, jobs_of, work
from tumen.analysis.drawing import Drawing
from tumen.analysis.ensemble import check_workers, spread
from tumen.analysis.parts import Columns, Parts, Under
from tumen.analysis.phases import with_ties
from tumen.analysis.points import replicate_of
from tumen.analysis.shapley import Progress
from tumen.errors import SampleError
from tumen.scenario.expression import word
from tumen.scenario.load import Case, load_case
from tumen.scenario.uncertainty import Input
from tumen.status import Status

# Dear outcomes of one draw in this many, within these bounds, unless another number is asked for.
DEAR_PART, FEWEST_DEAR, MOST_DEAR = 16, 64, 256


@dataclass(frozen=True)
class Band:
    """A number over the draws: its median, a range that holds 90 % of them, and how many count."""

    low: float
    median: float
    high: float
    draws: int  # with a value
    undefined: int  # converged, without a value
    failed: int  # not converged


@dataclass(frozen=True, eq=False)
class Sample:
    """A case at many draws.

    `outcomes` maps names to values [draw], `deep` to values of the first `len(deep)` draws; both
    are nan where a draw did not converge or has no such number. `unit` are the probabilities and
    `input_values` the values [draw, input] of `inputs`. `folder` holds plain.parquet and
    dear.parquet with all of it.
    """

    case: Case
    seed: int
    draws: int
    dear: int
    drawing: Drawing
    parts: Parts
    kept: bool  # whether the folder outlives the sample

    @property
    def folder(self) -> Path:
        """Where the draws are."""
        return self.parts.folder

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The uncertain quantities."""
        return self.drawing.inputs

    @cached_property
    def outcomes(self) -> Columns:
        """Outcomes of all draws, by name."""
        return Columns(self.folder / "plain.parquet")

    @cached_property
    def deep(self) -> Mapping[str, np.ndarray]:
        """Dear outcomes of the first draws, by name."""
        return Columns(self.folder / "dear.parquet") if self.dear else {}

    @cached_property
    def unit(self) -> np.ndarray:
        """Probabilities [draw, input] in (0, 1)."""
        return self.drawing.points(0, self.draws, self.seed)

    @cached_property
    def input_values(self) -> np.ndarray:
        """Values [draw, input]."""
        return self.drawing.values(self.unit)

    @cached_property
    def status(self) -> np.ndarray:
        """How each draw ended."""
        return self.outcomes.told("status")

    @property
    def replicate(self) -> np.ndarray:
        """The scrambling that each draw belongs to."""
        return replicate_of(np.arange(self.draws))

    @property
    def converged(self) -> int:
        """Draws with numbers."""
        return int((self.status == str(Status.converged)).sum())

    @property
    def residual(self) -> float:
        """Largest relative gap left in any equation of any draw that converged."""
        return float(np.nanmax(self.outcomes.told("residual")))

    def ended(self) -> dict[str, int]:
        """How many draws ended in each way."""
        names, counts = np.unique(self.status, return_counts=True)
        return {str(name): int(count) for name, count in zip(names, counts, strict=True)}

    @cached_property
    def places(self) -> dict[str, np.ndarray]:
        """Values [draw] of every drawn figure and row of evidence, by place."""
        return self.drawing.by_place(self.unit)

    @cached_property
    def fixed(self) -> dict[str, float]:
        """Numbers of the case file and its evidence that no draw moves."""
        from tumen.analysis.claims import lookup_of

        ledger = self.drawing.ledger
        rows = ledger.evidence if ledger is not None else self.case.evidence
        return lookup_of({}, self.case.scenario, rows, "central")

    def __contains__(self, name: object) -> bool:
        """Whether there is an outcome, a dear one, or a number of the case of this name."""
        return isinstance(name, str) and (
            name in self.outcomes
            or name in self.deep
            or name.removeprefix("scenario.") in self.places
            or name in self.fixed
        )

    def value(self, name: str) -> np.ndarray:
        """Values [draw] of an outcome or of `scenario.X`, `evidence.X`; of dear ones, fewer.

        Raises `SampleError` for an unknown name.
        """
        if name in self.outcomes:
            return self.outcomes[name]
        if name in self.deep:
            return self.deep[name]
        if (place := name.removeprefix("scenario.")) in self.places:
            return self.places[place]
        if name in self.fixed:
            return np.full(self.draws, self.fixed[name])
        raise SampleError(f"the draws have no result {name!r}")

    def without(self, group: str) -> Mapping[str, np.ndarray]:
        """Outcomes with one group of ties off, of the first draws, by their usual names."""
        return Under(self.deep, f"without.{group}.")

    def document(self) -> dict[str, Any]:
        """How the draws went and the bands of the headline numbers, in plain values."""
        return stamp_of(self.case, self.seed) | {
            "draws": self.draws,
            "dear": self.dear,
            "ended": self.ended(),
            "residual": self.residual,
            "inputs": len(self.inputs),
            "folder": str(self.folder) if self.kept else None,
            "bands": {name: plain_band(self.band(name)) for name in headline_names(self.case)},
        }

    def band(self, name: str) -> Band:
        """Median and 90 % range of an outcome. Raises `SampleError` for an unknown name."""
        return band_of(self.value(name), self.status)


def band_of(values: np.ndarray, status: np.ndarray) -> Band:
    """Median and 90 % range of values [draw], nan where there is none, and how the draws ended."""
    known = values[np.isfinite(values)]
    failed = int((status[: len(values)] != str(Status.converged)).sum())
    low, median, high = np.quantile(known, (0.05, 0.5, 0.95)) if len(known) else (math.nan,) * 3
    undefined = len(values) - len(known) - failed
    return Band(float(low), float(median), float(high), len(known), undefined, failed)


def plain_band(band: Band) -> dict[str, float | int | None]:
    """A band in plain values; None where no draw has a number."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in vars(band).items()
    }


def headline_names(case: Case) -> list[str]:
    """The outcomes that a reader looks at first: losses and offset ratios of the targets."""
    targets = [word(region) for region in case.scenario.targets]
    phases = [word(phase.id) for phase in with_ties(case)]
    losses = [f"loss.{region}.pressure" for region in targets]
    return losses + [f"offset_ratio.{phase}.{region}" for phase in phases for region in targets]


def stamp_of(case: Case, seed: int) -> dict[str, Any]:
    """What every table of draws says of its making."""
    return settings_of(case, seed) | {
        "closure": case.scenario.closure,
        "elasticities": str(case.world.dataset.attrs.get("elasticities", "own")),
    }


def check_draws(draws: int, deep: int | None) -> int:
    """How many draws have dear outcomes. Raises `SampleError` for numbers that mean nothing."""
    if draws < 1:
        raise SampleError(f"draws must be at least 1, not {draws}; a thousand is a usual number")
    if deep is None:
        return min(draws, max(FEWEST_DEAR, min(draws // DEAR_PART, MOST_DEAR)))
    if not 0 <= deep <= draws:
        raise SampleError(f"dear must lie between 0 and the {draws} draws, not {deep}")
    return deep


def settings_of(case: Case, seed: int) -> dict[str, Any]:
    """What the draws of a folder depend on; their number is no part of it."""
    return {
        "case": case.name,
        "scenario_hash": case.digest,
        "data_version": f"{case.world.name} {case.world.version}",
        "code_version": __version__,
        "seed": seed,
    }


def sample(
    scenario: str | Path | Case,
    draws: int = 1000,
    *,
    seed: int = 0,
    dear: int | None = None,
    workers: int | None = None,
    client: Any = None,
    folder: str | Path | None = None,
    progress: Progress | None = None,
) -> Sample:
    """Solve a case at many draws of its uncertain figures.

    Every figure with a range, every trade elasticity with a standard error, and every row of the
    evidence that a claim names is drawn from its distribution, its range widened by the
    reliability of its source; correlated figures together. Points are scrambled Sobol points in
    eight independent replicates. `dear` says for how many of the first draws the dear outcomes
    (who does it, leverage, paths, the answers to the case's questions) are worked out too: one in
    sixteen, from 64 to 256, unless it is given.

    Work is spread over processes, all cores by default, or over a Dask `client`, whose workers
    need the case's file at the same path. With a `folder` what is done is kept as it comes, and
    the same call goes on where it was stopped; the numbers do not depend on either. `progress`
    is called with draws done and all; in a script the call stands under `if __name__ ==
    "__main__":`, as always where processes are started.

    Raises `ScenarioError` for a case that cannot be read or has nothing uncertain, `SampleError`
    for settings that mean nothing, a folder of other draws, or workers that keep dying. Draws
    without equilibrium raise nothing: `Sample.status` tells them, and every count shows them.
    """
    deep = check_draws(draws, dear)
    hands = check_workers(workers) if client is None else max(len(client.nthreads()), 1)
    case = scenario if isinstance(scenario, Case) else load_case(scenario)
    drawing = Drawing(case)
    if not drawing.inputs:
        raise SampleError(
            f"{case.path}: no figure of the case has a range, so there is nothing to draw; give "
            "one as {low, central, high}, or name elasticities with standard errors"
        )
    place = Path(tempfile.mkdtemp(prefix="tumen-draws-") if folder is None else str(folder))
    parts = Parts(place, settings_of(case, seed))
    if folder is None:  # it goes when the sample that holds its parts does
        weakref.finalize(parts, shutil.rmtree, place, ignore_errors=True)
    listed = [*jobs_of(case, seed, "plain", draws), *jobs_of(case, seed, "dear", deep)]
    fill(parts, listed, hands, client=client, progress=progress, kept=folder is not None)
    finish(parts, drawing, seed, {"plain": draws, "dear": deep})
    return Sample(case, seed, draws, deep, drawing, parts, kept=folder is not None)


def fill(
    parts: Parts,
    listed: Sequence[Job],
    hands: int,
    *,
    client: Any,
    progress: Progress | None,
    kept: bool,
) -> None:
    """Have the jobs done that the folder lacks. `kept`: it stays when the work is interrupted."""
    left = [job for job in listed if parts.rows(job.kind, job.number) < job.last - job.first]
    total = sum(job.last - job.first for job in listed)
    done = total - sum(job.last - job.first for job in left)

    def take(job: Job, content: bytes) -> None:
        nonlocal done
        parts.write(job.kind, job.number, content)
        done += job.last - job.first
        if progress is not None:
            progress(done, total)

    if progress is not None:
        progress(done, total)
    if left:
        try:
            spread(work, left, take, workers=min(hands, len(left)), client=client)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(stopped(done, total, kept=kept)) from None


def stopped(done: int, total: int, *, kept: bool) -> str:
    """What Ctrl-C left behind, in a sentence."""
    if not kept:
        return f"interrupted at {done:,} of {total:,} draws; name a folder to keep them"
    return (
        f"interrupted at {done:,} of {total:,} draws, which are kept; the same command goes on "
        "from there"
    )


def finish(parts: Parts, drawing: Drawing, seed: int, wanted: Mapping[Kind, int]) -> None:
    """Make the one file of each kind from its parts; all but the dear one hold the inputs too."""
    for kind, draws in wanted.items():
        if not draws:
            continue
        values = drawing.values(drawing.points(0, draws, seed)) if kind != "dear" else None
        more = (
            {}
            if values is None
            else {f"input.{one.name}": values[:, at] for at, one in enumerate(drawing.inputs)}
        )
        parts.join(kind, -(-draws // CHUNK[kind]), draws, more)
