"""Runs: long questions that wait for a worker, each answered once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field

from tumen.app.api.models import Asked, Given, problems
from tumen.app.api.validate import MOST_FILES, encoded
from tumen.app.server.problems import Problem
from tumen.app.server.settings import Limits
from tumen.app.server.shelf import Shelf, shelf_of
from tumen.app.server.visitor import Visitor, analyst, visitor_of
from tumen.errors import ScenarioError, StoreError
from tumen.scenario.variation import Variation
from tumen.scenario.yamlfile import LARGEST_FILE
from tumen.store.request import CASE, Kind, Run, Status, check_id
from tumen.store.request import Request as Question

router = APIRouter(tags=["runs"])

# A block of a design for total effects takes about so many solves.
SOLVES_A_BLOCK = 20


KINDS_IN_WORDS = "case: the whole report; sample: draws; path: years; frontier: coalitions"
EXAMPLE: dict[str, Any] = {
    "kind": "sample",
    "scenario": "moscow-pyongyang",
    "variation": {"levels": {"munitions": {"war": 0.5}}},
    "settings": {"draws": 256, "seed": 0},
}


class ToRun(Asked):
    """A question that takes a while: about a case or a variation of it, or about a text."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    kind: Annotated[Kind, Field(description=KINDS_IN_WORDS)]
    scenario: Annotated[
        str | None, Field(description="a case by its name", examples=["moscow-pyongyang"])
    ] = None
    variation: Annotated[
        Variation | None,
        Field(description="what differs from the case; levels are shares, 0.5 is half of a tie"),
    ] = None
    text: Annotated[
        str | None, Field(max_length=LARGEST_FILE, description="a scenario as YAML instead")
    ] = None
    name: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$", description="what to call a text")
    ] = "scenario"
    files: dict[str, str] = Field(
        default_factory=dict, max_length=MOST_FILES, description="tables beside a text, as text"
    )
    settings: Annotated[
        dict[str, Any],
        Field(description="such as draws and seed", examples=[{"draws": 256, "seed": 0}]),
    ] = Field(default_factory=dict)


class RunOf(Given):
    """A run as it stands. Times are UTC."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{20}$")]
    kind: Kind
    title: str
    scenario: str
    settings: dict[str, Any]
    scenario_hash: str
    data_version: str
    code_version: str
    status: Status
    created: str
    started: str | None
    ended: str | None
    done: Annotated[int, Field(description="steps done of the stage in `message`")]
    total: int
    message: str
    error: Annotated[str | None, Field(description="why there is no answer")]
    size: Annotated[int, Field(description="bytes kept")]
    summary: Annotated[dict[str, Any], Field(description="the answer in brief")]


class RunList(Given):
    """Runs, newest first."""

    runs: list[RunOf]


def told(run: Run) -> RunOf:
    """A run as an answer; who works on it is nobody's business."""
    return RunOf(**{name: getattr(run, name) for name in RunOf.model_fields})


def run_seen(request: Request, run: str) -> Run:
    """A run that the visitor may see. Raises `Problem` 404 for any other, whether it is or not."""
    store, owner = shelf_of(request).store, visitor_of(request).owner
    try:
        check_id(run)
        found = store.run(run)
    except StoreError:
        raise Problem(
            404, f"There is no run {run[:40]!r}; the list of runs has their ids"
        ) from None
    if owner is not None and not store.may_see(run, owner):
        raise Problem(404, f"There is no run {run[:40]!r}; the list of runs has their ids")
    return found


def question_of(asked: ToRun, shelf: Shelf) -> Question:
    """What is asked, as the store takes it. Raises `Problem` for what cannot be asked."""
    from tumen.app.jobs.sending import request_for, request_from

    if (asked.scenario is None) == (asked.text is None):
        raise Problem(422, "Give either scenario, a case by its name, or text, not both")
    if asked.scenario is not None:
        if asked.files:
            raise Problem(422, "files belong to a text; a case has its own")
        return request_for(shelf.case(asked.scenario), asked.variation, asked.kind, asked.settings)
    if asked.variation is not None:
        raise Problem(422, "A variation is one of a case by its name; change the text itself")
    assert asked.text is not None
    files = {name: encoded(name, text) for name, text in asked.files.items()}
    files[CASE] = encoded("text", asked.text)
    try:
        return request_from(files, asked.name, asked.kind, asked.settings)
    except ScenarioError as error:
        faults = [{"field": fault.field, "message": fault.message} for fault in error.faults]
        sentence = f"{error}; POST /api/v1/validate shows every fault with its line"
        raise Problem(422, sentence, errors=faults or None) from None


def check_limits(question: Question, limits: Limits) -> None:
    """Refuse a run that is larger than the server takes. Raises `Problem`."""
    from tumen.app.jobs.kinds import KINDS

    if question.kind not in KINDS:
        raise Problem(422, f"This server does no runs of kind {question.kind!r}")
    blocks = question.settings.get("total_effects") or 0
    solves = {
        "draws": question.settings.get("draws") or 0,
        "total_effects": SOLVES_A_BLOCK * blocks,
    }
    for name, count in solves.items():
        if count > limits.draws:
            raise Problem(
                422,
                f"settings.{name}: takes {count:,} draws, and this server does at most "
                f"{limits.draws:,} a run",
            )


def check_queue(shelf: Shelf, visitor: Visitor) -> None:
    """Refuse one more run of somebody who has many waiting. Raises `Problem` 429."""
    most = shelf.settings.limits.queued_each
    waiting = shelf.store.runs(owner=visitor.owner, status="queued", limit=most)
    if len(waiting) >= most:
        raise Problem(
            429,
            f"{most} of your runs wait already; let one end, or cancel one",
            headers={"retry-after": "60"},
        )


def put(shelf: Shelf, visitor: Visitor, question: Question) -> tuple[Run, bool]:
    """Put a question into the store within the limits; its run, and whether it was there before.

    Raises `Problem` 422 for too many draws, 429 for too many runs that wait already.
    """
    check_limits(question, shelf.settings.limits)
    owner = visitor.owner or ""
    known = shelf.store.grant(question.id, owner)
    if not known:
        check_queue(shelf, visitor)
    return shelf.store.submit(question, owner), known


@router.post(
    "/runs",
    summary="Ask for a run",
    status_code=202,
    responses={
        200: {"model": RunOf, "description": "The question was asked before: the run there is."},
        202: {"description": "The run waits; Location says where it is."},
        **problems(507),
    },
)
def submit(
    asked: ToRun,
    request: Request,
    response: Response,
    visitor: Annotated[Visitor, Depends(analyst)],
) -> RunOf:
    """Have a question answered by a worker. The same question is answered once."""
    shelf = shelf_of(request)
    run, known = put(shelf, visitor, question_of(asked, shelf))
    response.status_code = 200 if known else 202
    response.headers["location"] = f"/api/v1/runs/{run.id}"
    return told(run)


@router.get("/runs", summary="Your runs", responses=problems())
def runs(
    request: Request,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[
        str | None, Query(pattern="^[0-9a-f]{20}$", description="older than this run")
    ] = None,
) -> RunList:
    """Runs that you asked for, newest first; on a server for one person all there are."""
    store, owner = shelf_of(request).store, visitor_of(request).owner
    found = store.runs(owner=owner, status=status, limit=limit, before=before)
    return RunList(runs=[told(run) for run in found])


@router.get("/runs/{run}", summary="One run", responses=problems())
def one(run: str, request: Request) -> RunOf:
    """A run as it stands now."""
    return told(run_seen(request, run))


@router.delete(
    "/runs/{run}",
    summary="Delete a run",
    status_code=204,
    responses=problems(),
    dependencies=[Depends(analyst)],
)
def delete(run: str, request: Request) -> Response:
    """Take a run away with its files; one that others asked for too stays for them."""
    found = run_seen(request, run)
    shelf_of(request).store.delete(found.id, visitor_of(request).owner)
    return Response(status_code=204)


def changed(request: Request, run: str, what: Literal["cancel", "retry"]) -> RunOf:
    """A run after what was asked of it. Raises `Problem` 409 where it is in no state for that."""
    found = run_seen(request, run)
    store = shelf_of(request).store
    try:
        return told(store.cancel(found.id) if what == "cancel" else store.retry(found.id))
    except StoreError as error:
        raise Problem(409, str(error)) from None


@router.post(
    "/runs/{run}/cancel",
    summary="Stop a run",
    responses=problems(409),
    dependencies=[Depends(analyst)],
)
def cancel(run: str, request: Request) -> RunOf:
    """Stop a run that has not ended; what it has done so far stays for a retry."""
    return changed(request, run, "cancel")


@router.post(
    "/runs/{run}/retry",
    summary="Have a run worked on again",
    responses=problems(409),
    dependencies=[Depends(analyst)],
)
def retry(run: str, request: Request) -> RunOf:
    """Have a run that failed or was cancelled wait again."""
    check_queue(shelf_of(request), visitor_of(request))
    return changed(request, run, "retry")
