"""`tumen.sample`: a case at many draws of its uncertain figures, the same on any machine.

Plain outcomes are worked out for every draw, dear ones for the first of them, as stated. Results
do not depend on how many processes work, or on how often they were interrupted: a draw's point
depends on the seed and its number, and every draw starts from the benchmark.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tumen.analysis.chunks import CHUNK, Job, Kind, jobs_of, work
from tumen.analysis.drawing import Drawing
from tumen.analysis.draws import Sample, settings_of
from tumen.analysis.ensemble import check_workers, spread
from tumen.analysis.parts import Parts
from tumen.analysis.shapley import Progress
from tumen.errors import SampleError
from tumen.scenario.load import Case, load_case

# Dear outcomes of one draw in this many, within these bounds, unless another number is asked for.
DEAR_PART, FEWEST_DEAR, MOST_DEAR = 16, 64, 256


def check_draws(draws: int, deep: int | None) -> int:
    """How many draws have dear outcomes. Raises `SampleError` for numbers that mean nothing."""
    if draws < 1:
        raise SampleError(f"draws must be at least 1, not {draws}; a thousand is a usual number")
    if deep is None:
        return min(draws, max(FEWEST_DEAR, min(draws // DEAR_PART, MOST_DEAR)))
    if not 0 <= deep <= draws:
        raise SampleError(f"dear must lie between 0 and the {draws} draws, not {deep}")
    return deep


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
