"""Chunks of draws: what a worker is handed, what it does, and what it hands back."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from tumen.analysis.dear import dear
from tumen.analysis.drawing import Drawing
from tumen.analysis.drawn_backtests import backtested
from tumen.analysis.ensemble import check_workers, spread
from tumen.analysis.outcomes import Outcome, outcome, plain
from tumen.analysis.parts import table_bytes
from tumen.analysis.shapley import Progress
from tumen.errors import SampleError
from tumen.scenario.expression import word
from tumen.scenario.load import Case, case_at
from tumen.scenario.uncertainty import BACKTEST_PARTS, HORIZON, RUN_PARTS
from tumen.world.horizon import SETTINGS

Kind = Literal["plain", "dear", "backtest"]
# Draws of one job: many enough that handing it over costs nothing beside it.
CHUNK: Mapping[Kind, int] = {"plain": 64, "dear": 8, "backtest": 8}
# What is drawn for each kind.
PARTS: Mapping[Kind, Collection[str]] = {
    "plain": RUN_PARTS,
    "dear": RUN_PARTS,
    "backtest": BACKTEST_PARTS,
}


def of_backtests(drawing: Drawing, values: Mapping[str, float]) -> Outcome:
    """The backtests of a draw, with the first months of the horizon that were drawn."""
    places = {setting.variable: f"{HORIZON}.{word(setting.variable)}" for setting in SETTINGS}
    first = {name: values[place] for name, place in places.items() if place in values}
    return backtested(drawing.draw(values), first)


WORK: Mapping[Kind, Callable[[Drawing, Mapping[str, float]], Outcome]] = {
    "plain": lambda drawing, values: outcome(drawing.draw(values), plain),
    "dear": lambda drawing, values: outcome(drawing.draw(values), dear),
    "backtest": of_backtests,
}


class Job(NamedTuple):
    """One chunk for a worker: of which case, and which draws or points.

    `changes` are what was varied in memory on top of the case's file. `points` are the bytes of
    probabilities [draw, input] where they are given, else they follow from the seed.
    """

    path: str
    digest: str
    kind: Kind
    number: int
    first: int
    last: int
    seed: int = 0
    points: bytes | None = None
    changes: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def drawing_of(path: str, changes: tuple[str, ...], digest: str, kind: Kind) -> Drawing:
    """The case of a job, read once in each process. Raises `SampleError` where it has changed."""
    case = case_at(path, changes)
    if case.digest != digest:
        raise SampleError(f"{path}: the case was changed while draws of it were made; start again")
    return Drawing(case, PARTS[kind])


def outcomes_of(drawing: Drawing, probability: np.ndarray, kind: Kind) -> list[Outcome]:
    """Every draw of some points [draw, input], one after the other."""
    places = drawing.by_place(probability)
    return [
        WORK[kind](drawing, {place: float(v[at]) for place, v in places.items()})
        for at in range(len(probability))
    ]


def work(job: Job) -> bytes:
    """Draw one chunk; what a worker does."""
    drawing = drawing_of(job.path, job.changes, job.digest, job.kind)
    if job.points is None:
        points = drawing.points(job.first, job.last, job.seed)
    else:
        points = np.frombuffer(job.points).reshape(job.last - job.first, -1)
    found = outcomes_of(drawing, points, job.kind)
    told: dict[str, list[Any]] = {
        "draw": list(range(job.first, job.last)),
        "status": [one.status for one in found],
        "message": [one.message for one in found],
        "residual": [one.residual for one in found],
        "maps": [one.maps for one in found],
    }
    return table_bytes(told, [one.values for one in found])


def jobs_of(case: Case, seed: int, kind: Kind, draws: int) -> list[Job]:
    """The chunks of so many draws."""
    size, path = CHUNK[kind], str(case.path.resolve())
    return [
        Job(
            path,
            case.digest,
            kind,
            number,
            first,
            min(first + size, draws),
            seed,
            changes=case.changes,
        )
        for number, first in enumerate(range(0, draws, size))
    ]


def evaluate(
    drawing: Drawing,
    points: np.ndarray,
    *,
    kind: Kind = "plain",
    workers: int | None = None,
    client: Any = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Outcomes at given points [point, input], probabilities in (0, 1): one row a point.

    Columns `draw`, `status`, `message`, `residual`, `maps`, and the outcomes by name, nan where a
    point did not converge. Correlations of the case are not applied to the points.
    """
    hands = check_workers(workers) if client is None else max(len(client.nthreads()), 1)
    case, count = drawing.case, len(points)
    size = max(1, min(CHUNK[kind], -(-count // (2 * hands))))
    whole = np.ascontiguousarray(points, dtype=float)
    jobs = [
        Job(
            str(case.path.resolve()),
            case.digest,
            kind,
            number,
            first,
            min(first + size, count),
            points=whole[first : first + size].tobytes(),
            changes=case.changes,
        )
        for number, first in enumerate(range(0, count, size))
    ]
    found: dict[int, pd.DataFrame] = {}

    def take(job: Job, content: bytes) -> None:
        found[job.number] = pd.read_parquet(io.BytesIO(content))
        if progress is not None:
            progress(sum(len(part) for part in found.values()), count)

    spread(work, jobs, take, workers=min(hands, len(jobs)), client=client)
    return pd.concat([found[number] for number in sorted(found)], ignore_index=True)
