"""The page of a case: its answer at the state in the link, and the controls that change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tumen.analysis.answer import Answer, answer_to
from tumen.app.pages.case_blocks import WATERFALL, live, names_of, numbered, shown_blocks
from tumen.app.pages.case_controls import Controls, Mover, controls_of
from tumen.app.pages.render import page
from tumen.app.pages.shown import Shown, csv_text, json_document
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import shelf_of
from tumen.errors import ScenarioError, SolveError
from tumen.report.answer import answer_document
from tumen.report.text import number
from tumen.scenario.load import Case
from tumen.scenario.variation import Variation, from_query, query_of
from tumen.world.names import name_of

router = APIRouter()

SPLIT, FORM = "split", "form"
# States of the other pages of a case, which its tabs may carry here.
OTHERS = frozenset({SPLIT, "closed", "partner"})


class Cell(NamedTuple):
    """A number of the gist: its place in the answer, its text, and the case's where they differ."""

    at: str
    now: str
    was: str = ""


class Row(NamedTuple):
    """The gist of one target."""

    title: str
    cells: list[Cell]


def variation_of(case: Case, request: Request) -> Variation:
    """What the link asks for. Raises `ScenarioError`."""
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] not in OTHERS]
    return from_query(case, pairs)


def gist_of(whole: Mapping[str, Any]) -> dict[str, str]:
    """The numbers that a reader looks at first, as text: losses and shares undone."""
    found = {
        f"loss.{region}": number(loss["pressure"]["central"], 2)
        for region, loss in whole["loss"].items()
    }
    for phase, ratios in whole["offset_ratio"].items():
        for region, ratio in ratios.items():
            share = ratio["central"]
            undone = text("case.no_ratio") if share is None else number(100 * share, 0)
            found[f"offset_ratio.{phase}.{region}"] = undone
    return found


def rows_of(case: Case, now: Mapping[str, str], base: Mapping[str, str]) -> list[Row]:
    """The gist as a table: targets down, the loss and each phase across."""

    def cell(at: str) -> Cell:
        shown = now.get(at, "–")
        was = base[at]
        return Cell(at, shown, "" if shown in (was, "–") else text("case.was", value=was))

    phases = [phase.id for phase in case.scenario.tied_phases]
    return [
        Row(
            name_of(case.world, region),
            [
                cell(f"loss.{region}"),
                *(cell(f"offset_ratio.{phase}.{region}") for phase in phases),
            ],
        )
        for region in case.scenario.targets
    ]


def varied_text(whole: Mapping[str, Any]) -> str:
    """What of the case was changed, in a sentence."""
    return str(whole["changed"]) or text("case.as_is")


def live_document(answer: Answer, case: Case, variation: Variation) -> dict[str, Any]:
    """The answer with all that the page puts in the place of an older one."""
    whole = answer_document(answer)
    blocks = shown_blocks(answer, case, variation)
    return {
        **whole,
        "query": query_of(case, variation),
        "gist": gist_of(whole),
        "sentences": list(whole["headline"].values()),
        "varied": varied_text(whole),
        "blocks": {name: live(shown) for name, shown in blocks.items()},
    }


@router.get("/cases/{name}/answer")
def answer_live(request: Request, name: str) -> JSONResponse:
    """The answer to what the link asks, for the page's script."""
    case = shelf_of(request).case(name)
    variation = variation_of(case, request)
    split = request.query_params.get(SPLIT) == "true"
    answer = answer_to(case, variation, split=split)
    return JSONResponse(live_document(answer, case, variation))


@router.get("/cases/{name}", response_class=HTMLResponse)
def case_page(request: Request, name: str) -> Response:
    """The case, at the state that the link names."""
    case = shelf_of(request).case(name)
    try:
        if FORM in request.query_params:
            return RedirectResponse(link_of_form(case, request), 303)
        variation = variation_of(case, request)
    except ScenarioError as error:
        return page(request, "case_wrong.html", status_code=422, case=case, problem=str(error))
    whole, blocks, problem = {}, {}, ""
    try:
        split = request.query_params.get(SPLIT) == "true"
        answer = answer_to(case, variation, split=split)
        whole, blocks = answer_document(answer), shown_blocks(answer, case, variation)
    except SolveError as error:
        problem = " ".join(str(error).split())
    return page(
        request,
        "case.html",
        status_code=422 if problem else 200,
        problem=problem,
        shown=blocks,
        **about_answer(case, variation, whole),
        **about_case(case, variation),
    )


def about_answer(case: Case, variation: Variation, whole: dict[str, Any]) -> dict[str, Any]:
    """What the page says of the answer, beside its blocks; nothing of one that is not there."""
    base = gist_of(answer_document(answer_to(case, Variation())))
    return {
        "gist": rows_of(case, gist_of(whole) if whole else {}, base),
        "sentences": list(whole.get("headline", {}).values()),
        "varied": varied_text(whole) if whole else "",
        "live": {
            "address": f"/cases/{case.name}/answer",
            "abstain": out_of(controls_of(case, Variation())),
            "base": base,
        },
    }


def about_case(case: Case, variation: Variation) -> dict[str, Any]:
    """What the page needs whatever the answer is."""
    return {
        "case": case,
        "controls": controls_of(case, variation),
        "query": query_of(case, variation),
        "numbers": numbered(case),
        "waterfalls": [name for name in names_of(case) if name.startswith(WATERFALL)],
        "year": case.world.dataset.attrs.get("year", "2023"),
    }


def out_of(controls: Controls) -> list[str]:
    """Codes of those who take no part."""
    return [one.value for _, members in controls.coalition for one in members if not one.taken]


def link_of_form(case: Case, request: Request) -> str:
    """The link of what a browser without scripts sends: every control, moved or not."""
    sent = request.query_params
    controls = controls_of(case, Variation())
    movers = [mover for unit in controls.units for tie in unit.ties for mover in tie.movers]
    pairs = [
        (mover.name, value)
        for mover in movers
        if (value := sent.get(mover.name)) is not None and value not in standing(mover)
    ]
    taken = set(sent.getlist("with"))
    members = [one for _, listed in controls.coalition for one in listed]
    if out := [one.value for one in members if one.value not in taken]:
        pairs.append(("without", ",".join(out)))
    pairs += [(name, sent[name]) for name in ("elasticities", "horizon") if sent.get(name)]
    query = query_of(case, from_query(case, pairs))
    return f"/cases/{case.name}" + (f"?{query}" if query else "")


def standing(mover: Mover) -> set[str]:
    """What an unmoved control may send: a browser puts it at the nearest step."""
    return {mover.case_text, f"{5 * round(mover.case / 5)}"}


@router.get("/cases/{name}/figures/{block}.{ending}")
def block_numbers(request: Request, name: str, block: str, ending: str) -> Response:
    """The numbers of one figure or table at the state of the link, as CSV or JSON."""
    case = shelf_of(request).case(name)
    if block not in names_of(case) or ending not in ("csv", "json"):
        raise Problem(
            404, f"There are the figures {', '.join(names_of(case))}, each with .csv and .json"
        )
    variation = variation_of(case, request)
    answer = answer_to(case, variation, split=block.startswith(WATERFALL))
    return as_file(shown_blocks(answer, case, variation)[block], ending)


def as_file(shown: Shown, ending: str) -> Response:
    """The numbers of a block in a format."""
    if ending == "json":
        return JSONResponse(json_document(shown))
    kept = {"content-disposition": f'attachment; filename="{shown.name}.csv"'}
    return Response(csv_text(shown), media_type="text/csv; charset=utf-8", headers=kept)
