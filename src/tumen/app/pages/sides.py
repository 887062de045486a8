"""The two sides of a comparison: a finished run, or a case answered now, in the same terms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from fastapi import Request

from tumen.app.api.runs import run_seen
from tumen.app.pages import runwords
from tumen.app.pages.asking import asked_case
from tumen.app.pages.held import held_case
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import Shelf, shelf_of
from tumen.scenario.expression import word

if TYPE_CHECKING:
    from tumen.scenario.load import Case
    from tumen.store.request import Run

LIVE = "case:"
Ends = Mapping[str, float | None]
Settings = dict[str, str]


@dataclass(frozen=True)
class Side:
    """What was found on one side. `ranges` says what stands between low and high."""

    link: str
    page: str
    title: str
    case: Case
    settings: Settings  # what the answer depends on besides the figures, in words
    headline: Mapping[str, str]
    loss: Mapping[str, Mapping[str, Ends]]  # per cent, by target and world
    offset: Mapping[str, Mapping[str, Ends]]  # share, by phase and target
    income: Mapping[str, Mapping[str, float]]  # per cent, by world and region
    ranges: str  # draws or ends
    python: str
    versions: tuple[str, str]  # of the data and of tumen
    digest: str


def side_of(request: Request, link: str) -> Side:
    """A side by its link: the id of a run, or `case:NAME?CHANGES`.

    Raises `Problem` 404 for none such, 422 for a run without an answer to compare.
    """
    if link.startswith(LIVE):
        return live_side(shelf_of(request), link)
    return run_side(shelf_of(request), run_seen(request, link), link)


def live_side(shelf: Shelf, link: str) -> Side:
    """A case, varied or not, answered now."""
    from tumen.report.phrases import in_words
    from tumen.scenario.variation import python_of, query_of

    name, _, query = link.removeprefix(LIVE).partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    case, varied, variation = asked_case(shelf, name, pairs)
    told = json.loads(
        shelf.recent.get(
            ("compare", varied.digest, variation.model_dump_json()),
            lambda _: answered(shelf, case, variation),
        )
    )
    state = query_of(case, variation)
    page = f"/cases/{name}" + (f"?{state}" if state else "")
    horizon = told["horizon"]
    settings = stated(told) | {
        "changes": changes_words(told["changed"]),
        "horizon": text("compare.long_run") if horizon is None else in_words(horizon),
    }
    return Side(
        link=LIVE + name + (f"?{state}" if state else ""),
        page=page,
        title=" ".join(filter(None, [f"{told['title']}.", told["changed"]])),
        case=varied,
        settings=settings,
        headline=told["headline"],
        loss=told["loss"],
        offset=told["offset_ratio"],
        income=told["real_income"],
        ranges="ends",
        python=python_of(name, variation).removeprefix("import tumen\n\n"),
        versions=(told["data_version"], told["code_version"]),
        digest=told["scenario_hash"],
    )


def answered(shelf: Shelf, case: Case, variation: Any) -> bytes:
    """The answer as a document; one of a few that are worked out at once."""
    from tumen.analysis.answer import answer_to
    from tumen.report.answer import answer_document

    with shelf.gate.turn():
        return json.dumps(answer_document(answer_to(case, variation))).encode()


def changes_words(sentence: str) -> str:
    """What was changed, as it stands in a table under that heading."""
    bare = sentence.removeprefix("Changed: ").rstrip(".")
    return bare or text("compare.nothing")


def stated(told: Mapping[str, Any]) -> Settings:
    """What every document says of its making."""
    names = {"case": "title", "elasticities": "elasticities", "closure": "closure"}
    return {name: str(told[key]) for name, key in names.items()}


def run_side(shelf: Shelf, run: Run, link: str) -> Side:
    """A finished run. Raises `Problem` 422 where it holds nothing to compare."""
    from tumen.report.phrases import changed

    if run.status != "finished" or run.kind not in ("case", "sample"):
        raise Problem(422, text("compare.unfinished", title=run.title, run=run.id))
    store = shelf.store
    case = held_case(store, run)
    told = json.loads(store.artefact(run.id, "run.json" if run.kind == "case" else "sample.json"))
    bands = (told.get("draws") or {}).get("bands") if run.kind == "case" else told["bands"]
    settings = stated(told) | {
        "changes": changes_words(changed(case)),
        "horizon": text("compare.long_run"),
    }
    if bands:
        settings |= {"draws": f"{run.settings['draws']:,}", "seed": str(run.settings["seed"])}
    shipped = run.scenario in shelf.cases() and shelf.case(run.scenario).digest == case.digest
    python = runwords.same_again(store, run, shipped).get("python", "")
    return Side(
        link=link,
        page=f"/runs/{run.id}",
        title=run.title,
        case=case,
        settings=settings,
        headline=told.get("headline", {}),
        loss=banded_losses(case, told.get("loss", {}), bands or {}),
        offset=banded_offsets(case, told.get("offset_ratio", {}), bands or {}),
        income=told.get("real_income", {}),
        ranges="draws" if bands else "ends",
        python=python.removeprefix("import tumen\n\n"),
        versions=(run.data_version, run.code_version),
        digest=run.scenario_hash,
    )


def ends_of(central: float | None, band: Mapping[str, Any] | None) -> Ends:
    """A number with the range of its draws; the median stands for one that was not solved."""
    if band is None:
        return {"low": None, "central": central, "high": None}
    middle = band["median"] if central is None else central
    return {"low": band["low"], "central": middle, "high": band["high"]}


def banded_losses(
    case: Case, found: Mapping[str, Any], bands: Mapping[str, Any]
) -> dict[str, dict[str, Ends]]:
    """Losses by target and world, with the ranges of the draws where there are any."""
    made: dict[str, dict[str, Ends]] = {}
    for region in case.scenario.targets:
        worlds = found.get(region, {"pressure": {"central": None}})
        made[region] = {}
        for name, ends in worlds.items():
            band = bands.get(f"loss.{word(region)}.{word(name)}")
            if bands:
                made[region][name] = ends_of(ends["central"], band)
            else:
                made[region][name] = ends
    return made


def banded_offsets(
    case: Case, found: Mapping[str, Any], bands: Mapping[str, Any]
) -> dict[str, dict[str, Ends]]:
    """Offset ratios by phase and target, likewise."""
    made: dict[str, dict[str, Ends]] = {}
    for phase in case.scenario.tied_phases:
        made[phase.id] = {}
        for region in case.scenario.targets:
            ends = found.get(phase.id, {}).get(region, {"central": None})
            band = bands.get(f"offset_ratio.{word(phase.id)}.{word(region)}")
            made[phase.id][region] = ends_of(ends["central"], band) if bands else ends
    return made
