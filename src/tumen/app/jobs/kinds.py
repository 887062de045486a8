"""What each kind of run does: from a case and settings to artefacts and a summary."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.app.casework import Shown

if TYPE_CHECKING:
    from tumen.analysis.draws import Sample
    from tumen.scenario.load import Case

Artefacts = dict[str, bytes | Path]
Answer = tuple[Artefacts, dict[str, Any]]


@dataclass(frozen=True)
class Task:
    """A run as its work sees it: the case, its settings, and a folder for what is done so far.

    `shown` announces a step and yields the callback for its progress; `workers` are the processes
    that it may use, as many as there are cores where it is None.
    """

    case: Case
    settings: Mapping[str, Any]
    folder: Path
    shown: Shown
    workers: int | None


def json_bytes(document: Any) -> bytes:
    """A document as an artefact."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str).encode()


def draws_of(sample: Sample) -> Artefacts:
    """The draws themselves, outcomes and inputs draw by draw."""
    found: Artefacts = {"draws.parquet": sample.folder / "plain.parquet"}
    if sample.dear:
        found["draws-dear.parquet"] = sample.folder / "dear.parquet"
    return found


def passing(sample: Sample) -> Sample:
    """The sample as one whose folder is not there for long, so that no document names it."""
    return replace(sample, kept=False)


def whole_case(task: Task) -> Answer:
    """What `tumen run` makes: the report, tables, worlds and one document; and the draws."""
    from tumen.analysis.saltelli import check_base
    from tumen.app.casework import worked
    from tumen.report.bundle import bundle

    asked = task.settings
    if asked["total_effects"] is not None:
        check_base(asked["total_effects"])
    result = worked(
        task.case,
        task.folder,
        task.shown,
        channels=asked["channels"],
        draws=asked["draws"],
        base=asked["total_effects"],
        seed=asked["seed"],
        workers=task.workers,
    )
    if result.sample is not None:
        result = replace(result, sample=passing(result.sample))
    with task.shown("writing the report"):
        found: Artefacts = dict(bundle(result))
    if result.sample is not None:
        found |= draws_of(result.sample)
    told = json.loads(found["run.json"])  # type: ignore[arg-type]
    names = ("status", "residual", "headline", "loss", "offset_ratio")
    return found, {name: told[name] for name in names}


def sampled(task: Task) -> Answer:
    """What `tumen sample` makes: the draws, and the bands of the headline numbers."""
    from tumen.app.casework import drawn

    asked = task.settings
    sample = drawn(
        task.case,
        asked["draws"],
        asked["seed"],
        task.workers,
        task.folder,
        task.shown,
        dear=asked["dear"],
    )
    told = passing(sample).document() | {"title": task.case.scenario.title}
    found = draws_of(sample) | {"sample.json": json_bytes(told)}
    return found, {name: told[name] for name in ("ended", "residual", "bands")}


def years(task: Task) -> Answer:
    """The case over the years, with and without its ties."""
    from tumen.app.jobs.years import timeline_of, years_csv, years_document

    with task.shown("working out the years"):
        found = timeline_of(task.case)
    told = years_document(task.case, found)
    artefacts: Artefacts = {"path.json": json_bytes(told), "path.csv": years_csv(found)}
    worth = told["worth_constant_change"]
    return artefacts, {"worth_constant_change": {name: worth[name] for name in told["targets"]}}


def coalitions(task: Task) -> Answer:
    """What every coalition costs its members and the target: `tumen.frontier`."""
    from tumen.analysis.frontier import frontier
    from tumen.report.document import render
    from tumen.report.frontier import frontier_csv, frontier_document, page

    asked = task.settings
    with task.shown("solving every coalition") as progress:
        found = frontier(task.case, asked["target"], asked["members"], progress)
    told = frontier_document(found)
    artefacts: Artefacts = {
        "report.html": render(page(found)).encode(),
        "frontier.csv": frontier_csv(found),
        "frontier.json": json_bytes(told),
    }
    names = ("status", "residual", "target", "headline")
    return artefacts, {name: told[name] for name in names}


KINDS: dict[str, Callable[[Task], Answer]] = {
    "case": whole_case,
    "sample": sampled,
    "path": years,
    "frontier": coalitions,
}
