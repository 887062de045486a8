"""The quick answer to a case or a variation of it: what the page asks for on every move."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from tumen.app.api.models import Given, problems
from tumen.app.recent import GoneError
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import Shelf, shelf_of
from tumen.scenario.variation import Variation, from_query, query_of

if TYPE_CHECKING:
    from tumen.scenario.load import Case

router = APIRouter(tags=["scenarios"])

SPLIT = "split"
Ends = Annotated[
    dict[str, float | None],
    Field(description="at low, central and high; null where the loss is too small for a share"),
]
ByRegion = dict[str, float]
PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "levels",
        "in": "query",
        "style": "form",
        "explode": True,
        "description": "One parameter TIE.PHASE for each level that differs from the case, in per "
        "cent: `munitions.war=50` is half of it, 0 none, 200 twice as much.",
        "schema": {
            "type": "object",
            "additionalProperties": {"type": "number", "minimum": 0, "maximum": 200},
        },
        "example": {"munitions.war": 50},
    },
    {
        "name": "without",
        "in": "query",
        "description": "Senders who take no part, codes or groups, with commas between.",
        "schema": {"type": "string"},
        "example": "JPN,KOR",
    },
    {
        "name": "elasticities",
        "in": "query",
        "description": "A set of trade elasticities by its name.",
        "schema": {"type": "string"},
        "example": "uniform-4",
    },
    {
        "name": "horizon",
        "in": "query",
        "description": "Years since the pressure began; the long run when left out.",
        "schema": {"type": "number", "minimum": 0.25, "maximum": 100},
        "example": 1,
    },
    {
        "name": SPLIT,
        "in": "query",
        "description": "Whether to split what is undone among the groups of ties (seconds).",
        "schema": {"type": "boolean", "default": False},
    },
]


class BlockOf(Given):
    """A figure or a table as the page shows it; figures are Plotly's `data` and `layout`."""

    title: str
    remark: str
    head: Annotated[list[Any], Field(description="title, unit and whether it holds numbers")]
    rows: Annotated[list[Any], Field(description="of each cell its text and whether a number")]
    figure: dict[str, Any] | None = None
    label: Annotated[
        str | None, Field(description="what a figure shows, for those who hear it")
    ] = None
    made: str
    python: str
    yaml: str
    citation: str


class AnswerOf(Given):
    """The answer with what it was made of; every number is of worlds that converged."""

    case: str
    title: str
    status: Annotated[str, Field(examples=["converged"])]
    residual: Annotated[float, Field(description="largest gap left in any equation")]
    scenario_hash: Annotated[str, Field(description="changes when the question does")]
    data_version: str
    code_version: str
    closure: str
    elasticities: str
    numeraire: str
    horizon: Annotated[float | None, Field(description="years; null in the long run")]
    variation: Annotated[
        dict[str, Any], Field(description="what differs from the case, as `POST /runs` takes it")
    ]
    changed: Annotated[str, Field(description="what differs from the case, in a sentence")]
    headline: Annotated[dict[str, str], Field(description="the answer in words, by target")]
    real_income: Annotated[
        dict[str, ByRegion],
        Field(description="exact change by world and region, per cent"),
    ]
    million_usd: Annotated[
        dict[str, ByRegion], Field(description="the same in million USD of the benchmark year")
    ]
    loss: Annotated[dict[str, dict[str, Ends]], Field(description="per cent, by target and world")]
    offset_ratio: Annotated[
        dict[str, dict[str, Ends]],
        Field(description="share of the loss that the ties undo, by phase and target"),
    ]
    offset_ratio_without_goods_received: Annotated[
        dict[str, dict[str, Ends]],
        Field(description="the same without goods that are received outside the market"),
    ]
    channels: Annotated[
        list[dict[str, Any]] | None, Field(description="what each group of ties adds; see `split`")
    ]
    query: Annotated[str, Field(description="the parameters that bring this answer back")]
    gist: Annotated[dict[str, Any], Field(description="the main numbers and ranges as text")]
    sentences: Annotated[list[str], Field(description="the answer in words, as on the page")]
    varied: Annotated[str, Field(description="what was varied, as on the page")]
    blocks: Annotated[dict[str, BlockOf], Field(description="figures and tables by name")]


def asked_of(case: Case, request: Request) -> tuple[Variation, bool]:
    """What the parameters ask for. Raises `ScenarioError` or `Problem` naming the parameter."""
    pairs = request.query_params.multi_items()
    split = [value for name, value in pairs if name == SPLIT]
    if len(split) > 1 or not set(split) <= {"true", "false"}:
        raise Problem(422, "parameter split: give true or false, once")
    rest = [pair for pair in pairs if pair[0] != SPLIT]
    return from_query(case, rest), split == ["true"]


@router.get(
    "/scenarios/{name}/answer",
    summary="The quick answer to a case or a variation of it",
    response_model=AnswerOf,
    responses=problems(),
    openapi_extra={"parameters": PARAMETERS},
)
def answer(name: str, request: Request) -> Response:
    """The losses, what the ties undo and for whom, with figures and tables.

    Without parameters the case as it stands. A world without equilibrium is a problem with
    `solve_status`: there are no numbers then.
    """
    shelf = shelf_of(request)
    case = shelf.case(name)
    variation, split = asked_of(case, request)
    gone = left(request)
    question = ("answer", name, case.digest, query_of(case, variation), split)
    try:
        content = shelf.recent.get(
            question,
            lambda others: made(shelf, case, variation, split, lambda: not others() and gone()),
        )
    except GoneError:
        raise Problem(503, "The one who asked has gone") from None
    return Response(content, media_type="application/json")


def left(request: Request) -> Callable[[], bool]:
    """Says whether the one who asked has hung up; a control that moves on does."""

    def gone() -> bool:
        return anyio.from_thread.run(request.is_disconnected)

    return gone


def made(
    shelf: Shelf, case: Case, variation: Variation, split: bool, gone: Callable[[], bool]
) -> bytes:
    """The answer, worked out when its turn comes. Raises `GoneError` if nobody waits by then."""
    from tumen.analysis.answer import answer_to
    from tumen.app.pages.case import live_document

    with contextlib.ExitStack() as turns:
        if split:
            turns.enter_context(shelf.split_gate.turn())
        turns.enter_context(shelf.gate.turn())
        if gone():
            raise GoneError
        found = answer_to(case, variation, split=split)
        whole = live_document(found, case, variation)
    return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()
