"""Runs of just the question that a case's page shows: one with bands, where there is one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from tumen.app.pages.case_state import variation_of
from tumen.app.pages.texts import text
from tumen.app.server.shelf import shelf_of
from tumen.app.server.visitor import visitor_of
from tumen.scenario.load import Case
from tumen.scenario.variation import Variation, varied

router = APIRouter()

DRAWS = 256
LOOKED_AT = 500  # newest runs among which one of the question is looked for
STANDING = ("finished", "running", "queued")


def drawn(request: Request, case: Case, variation: Variation) -> dict[str, str] | None:
    """Link and words of the best run of this question that the visitor may see."""
    store, digest = shelf_of(request).store, varied(case, variation).digest
    found = [
        run
        for run in store.runs(owner=visitor_of(request).owner, limit=LOOKED_AT)
        if run.scenario_hash == digest and run.settings.get("draws") and run.status in STANDING
    ]
    if not found:
        return None
    run = min(found, key=lambda run: STANDING.index(run.status))
    words = text(f"case.drawn.{run.status}", draws=f"{run.settings['draws']:,}")
    return {"link": f"/runs/{run.id}", "words": words}


@router.get("/cases/{name}/drawn")
def drawn_live(request: Request, name: str) -> JSONResponse:
    """The same for the page's script."""
    case = shelf_of(request).case(name)
    return JSONResponse(drawn(request, case, variation_of(case, request)))


def to_draw(case: Case, variation: Variation) -> dict[str, Any]:
    """What asks for such a run, as the programming interface takes it."""
    return {
        "kind": "case",
        "scenario": case.name,
        "variation": variation.model_dump(mode="json"),
        "settings": {"draws": DRAWS},
    }
