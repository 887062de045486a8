"""The page of a case: its answer at the state in the link, and the controls that change it."""

from __future__ import annotations

import contextlib
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tumen.analysis.answer import Answer, answer_to
from tumen.app.pages.case_blocks import WATERFALL, live, names_of, numbered, shown_blocks
from tumen.app.pages.case_controls import Controls, controls_of
from tumen.app.pages.case_drawn import DRAWS, drawn, to_draw
from tumen.app.pages.case_gist import gist_of, rows_of
from tumen.app.pages.case_state import FORM, link_of_form, split_asked, variation_of
from tumen.app.pages.render import page
from tumen.app.pages.shown import Shown, csv_text, json_document
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import Shelf, shelf_of
from tumen.errors import ScenarioError, SolveError
from tumen.report.answer import answer_document
from tumen.report.phrases import changed
from tumen.report.words import finding_of
from tumen.scenario.load import Case
from tumen.scenario.variation import Variation, query_of

router = APIRouter()


def sentences_of(answer: Answer) -> list[str]:
    """The answer in words, a paragraph for each target."""
    found = (finding_of(answer, region) for region in answer.case.scenario.targets)
    return [sentence.replace(" %", "\u00a0%") for sentence in found]  # on one line


def varied_text(answer: Answer) -> str:
    """What of the case was changed, in a sentence."""
    return changed(answer.case) or text("case.as_is")


def live_document(answer: Answer, case: Case, variation: Variation) -> dict[str, Any]:
    """The answer with all that the page puts in the place of an older one."""
    whole = answer_document(answer)
    blocks = shown_blocks(answer, case, variation)
    return {
        **whole,
        "query": query_of(case, variation),
        "gist": gist_of(whole),
        "sentences": sentences_of(answer),
        "varied": varied_text(answer),
        "blocks": {name: live(shown) for name, shown in blocks.items()},
    }


def solved(shelf: Shelf, case: Case, variation: Variation, *, split: bool) -> Answer:
    """The answer, worked out when its turn comes. Raises `SolveError`, or `Problem` when busy."""
    with contextlib.ExitStack() as turns:
        if split:
            turns.enter_context(shelf.split_gate.turn())
        turns.enter_context(shelf.gate.turn())
        return answer_to(case, variation, split=split)


@router.get("/cases/{name}", response_class=HTMLResponse)
def case_page(request: Request, name: str) -> Response:
    """The case, at the state that the link names."""
    shelf = shelf_of(request)
    case = shelf.case(name)
    try:
        if FORM in request.query_params:
            return RedirectResponse(link_of_form(case, request), 303)
        variation = variation_of(case, request)
    except ScenarioError as error:
        return page(request, "case_wrong.html", status_code=422, case=case, problem=str(error))
    answer, problem = None, ""
    try:
        answer = solved(shelf, case, variation, split=split_asked(request))
    except SolveError as error:
        problem = " ".join(str(error).split())
    return page(
        request,
        "case.html",
        status_code=422 if problem else 200,
        problem=problem,
        shown=shown_blocks(answer, case, variation) if answer else {},
        drawn=drawn(request, case, variation),
        **about_answer(case, variation, answer),
        **about_case(case, variation),
    )


def about_answer(case: Case, variation: Variation, answer: Answer | None) -> dict[str, Any]:
    """What the page says of the answer, beside its blocks; nothing of one that is not there."""
    base = gist_of(answer_document(answer_to(case, Variation())))
    return {
        "gist": rows_of(case, gist_of(answer_document(answer)) if answer else {}, base),
        "sentences": sentences_of(answer) if answer else [],
        "varied": varied_text(answer) if answer else "",
        "live": {
            "address": f"/api/v1/scenarios/{case.name}/answer",
            "draw": to_draw(case, variation),
            "abstain": out_of(controls_of(case, Variation())),
            "base": {at: cell.now for at, cell in base.items()},
        },
    }


def about_case(case: Case, variation: Variation) -> dict[str, Any]:
    """What the page needs whatever the answer is."""
    return {
        "case": case,
        "controls": controls_of(case, variation),
        "query": query_of(case, variation),
        "numbers": numbered(case),
        "draws": DRAWS,
        "waterfalls": [name for name in names_of(case) if name.startswith(WATERFALL)],
        "year": case.world.dataset.attrs.get("year", "2023"),
    }


def out_of(controls: Controls) -> list[str]:
    """Codes of those who take no part."""
    return [one.value for _, members in controls.coalition for one in members if not one.taken]


@router.get("/cases/{name}/figures/{block}.{ending}")
def block_numbers(request: Request, name: str, block: str, ending: str) -> Response:
    """The numbers of one figure or table at the state of the link, as CSV or JSON."""
    shelf = shelf_of(request)
    case = shelf.case(name)
    if block not in names_of(case) or ending not in ("csv", "json"):
        raise Problem(
            404, f"There are the figures {', '.join(names_of(case))}, each with .csv and .json"
        )
    variation = variation_of(case, request)
    answer = solved(shelf, case, variation, split=block.startswith(WATERFALL))
    return as_file(shown_blocks(answer, case, variation)[block], ending)


def as_file(shown: Shown, ending: str) -> Response:
    """The numbers of a block in a format."""
    if ending == "json":
        return JSONResponse(json_document(shown))
    kept = {"content-disposition": f'attachment; filename="{shown.name}.csv"'}
    return Response(csv_text(shown), media_type="text/csv; charset=utf-8", headers=kept)
