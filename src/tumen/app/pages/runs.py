"""The runs: a list of them, the form that starts one, and what can be done with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tumen.app.api.runs import put, run_seen
from tumen.app.pages import runwords
from tumen.app.pages.asking import asked_case
from tumen.app.pages.render import page
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import Shelf, shelf_of
from tumen.app.server.visitor import Visitor, analyst, visitor_of
from tumen.errors import TumenError
from tumen.store.request import ID, STATUSES

router = APIRouter()

OFFERED = ("case", "sample", "path", "frontier")
DRAWN = ("case", "sample")  # kinds that take draws and a seed
SHOWN = 50  # runs on one page of the list
OWN = ("case", "kind", "draws", "seed", "csrf", "state")
WHOLE = re.compile(r"\d{1,12}")
Analyst = Annotated[Visitor, Depends(analyst)]


@router.get("/runs", response_class=HTMLResponse)
def runs(request: Request, status: str = "", before: str = "") -> HTMLResponse:
    """The runs, newest first, of one status or all."""
    if status and status not in STATUSES:
        raise Problem(422, text("runs.unknown_status", known=", ".join(STATUSES)))
    if before and not ID.fullmatch(before):
        raise Problem(422, text("runs.unknown_before"))
    visitor, store = visitor_of(request), shelf_of(request).store
    found = store.runs(
        owner=visitor.owner, status=status or None, limit=SHOWN + 1, before=before or None
    )
    return page(
        request,
        "runs.html",
        runs=found[:SHOWN],
        more=found[SHOWN - 1].id if len(found) > SHOWN else "",
        status=status,
        statuses=STATUSES,
        say=runwords,
    )


@router.get("/runs/new", response_class=HTMLResponse)
def new(request: Request) -> HTMLResponse:
    """The form for a run, filled in as its link says."""
    given = dict(request.query_params)
    state = [pair for pair in request.query_params.multi_items() if pair[0] not in OWN]
    return form(request, {**given, "state": given.get("state") or urlencode(state)})


def form(request: Request, given: Mapping[str, str], wrong: str = "") -> HTMLResponse:
    """The form; with what is wrong with it where it was sent."""
    shelf = shelf_of(request)
    cases = {name: shelf.case(name).scenario.title for name in shelf.cases()}
    chosen = given.get("case") or next(iter(cases))
    changed: list[str] = []
    if chosen not in cases:
        cases[chosen] = shelf.case(chosen).scenario.title
    if given.get("state") and not wrong:
        pairs = parse_qsl(given["state"], keep_blank_values=True)
        asked_case(shelf, chosen, pairs)
        changed = [f"{name} = {value}" for name, value in pairs]
    return page(
        request,
        "run_new.html",
        status_code=422 if wrong else 200,
        cases=cases,
        chosen=chosen,
        changed=changed,
        kinds=OFFERED,
        given={"kind": "case", "draws": "256", "seed": "0", "state": "", **given},
        most=shelf.settings.limits.draws,
        minutes=f"{shelf.settings.limits.job_seconds / 60:g}",
        wrong=wrong,
    )


@router.post("/runs", response_class=HTMLResponse)
def start(
    request: Request,
    visitor: Analyst,
    case: Annotated[str, Form()],
    kind: Annotated[str, Form()] = "case",
    draws: Annotated[str, Form()] = "256",
    seed: Annotated[str, Form()] = "0",
    state: Annotated[str, Form()] = "",
) -> Response:
    """Start a run, or show the one there is of the same question."""
    shelf = shelf_of(request)
    given = {"case": case, "kind": kind, "draws": draws, "seed": seed, "state": state}
    try:
        run = started(shelf, visitor, given)
    except TumenError as error:
        return form(request, given, " ".join(str(error).split()))
    except Problem as error:
        if error.status_code != 422:
            raise
        return form(request, given, str(error.detail))
    return RedirectResponse(f"/runs/{run}", 303)


def started(shelf: Shelf, visitor: Visitor, given: Mapping[str, str]) -> str:
    """The id of the run that was asked for. Raises `Problem` or `TumenError` saying why not."""
    from tumen.app.jobs.sending import request_for

    if given["kind"] not in OFFERED:
        raise Problem(422, text("runs.unknown_kind"))
    pairs = parse_qsl(given["state"], keep_blank_values=True)
    case, _, variation = asked_case(shelf, given["case"], pairs)
    settings: dict[str, Any] = {}
    if given["kind"] in DRAWN:
        settings = {name: whole_number(given[name], name) for name in ("draws", "seed")}
    asked = request_for(case, variation, given["kind"], settings)
    return put(shelf, visitor, asked)[0].id


def whole_number(words: str, name: str) -> int:
    """A number as it was typed. Raises `Problem` 422 for anything else."""
    plain = words.strip().replace(",", "").replace("\u202f", "")
    if not WHOLE.fullmatch(plain) or not plain.isascii():
        raise Problem(422, text("runs.no_number", name=name, value=words[:40]))
    return int(plain)


@router.post("/runs/{run}/{action}")
def act(request: Request, visitor: Analyst, run: str, action: str) -> Response:
    """Cancel a run, have it worked on again, or delete it."""
    shelf = shelf_of(request)
    found = run_seen(request, run)
    if action == "cancel":
        shelf.store.cancel(found.id)
    elif action == "retry":
        shelf.store.retry(found.id)
    elif action == "delete":
        shelf.store.delete(found.id, owner=visitor.owner)
        return RedirectResponse("/runs", 303)
    else:
        raise Problem(404, text("runs.unknown_action"))
    return RedirectResponse(f"/runs/{found.id}", 303)
