"""One run: how far it is, what it found, what was asked, and its files."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.background import BackgroundTask

from tumen.app.api.artefacts import media_type
from tumen.app.api.runs import run_seen
from tumen.app.pages import runwords
from tumen.app.pages.held import held_case
from tumen.app.pages.render import page
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import Shelf, shelf_of
from tumen.errors import TumenError
from tumen.store.request import Run

router = APIRouter()

REPORT = "report.html"
EVENTS = "/api/v1/runs/{}/events"
# A report is whole in itself: it runs its own scripts, as an origin of its own, and loads nothing.
# Which scripts these are its own policy says, by their digests.
REPORT_POLICY = "; ".join(
    (
        "sandbox allow-scripts allow-popups allow-downloads",
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
FILE_POLICY = "sandbox; default-src 'none'"


@router.get("/runs/{run}", response_class=HTMLResponse)
def show(request: Request, run: str) -> HTMLResponse:
    """A run as it stands."""
    shelf = shelf_of(request)
    found = run_seen(request, run)
    return page(request, "run.html", **told(shelf, found))


def told(shelf: Shelf, found: Run) -> dict[str, Any]:
    """What the page says of a run."""
    store, case = shelf.store, None
    if found.status == "finished":
        # A run whose scenario cannot be read by this version still shows all else.
        with contextlib.suppress(TumenError):
            case = held_case(store, found)
    held = store.artefacts(found.id)
    shipped = is_shipped(shelf, found)
    return {
        "run": found,
        "say": runwords,
        "shipped": shipped,
        "sentences": runwords.found_words(found, case),
        "files": held,
        "inputs": store.held(found.id, "inputs"),
        "report": any(one.name == REPORT for one in held),
        "again": runwords.same_again(store, found, shipped),
        "events": EVENTS.format(found.id),
    }


def is_shipped(shelf: Shelf, run: Run) -> bool:
    """Whether the run is of a case that comes with tumen, as it comes."""
    return run.scenario in shelf.cases() and shelf.case(run.scenario).digest == run.scenario_hash


@router.get("/runs/{run}/state")
def state(request: Request, run: str) -> JSONResponse:
    """How far a run is, for the page that watches it."""
    found = run_seen(request, run)
    return JSONResponse(runwords.state_of(found))


@router.get("/runs/{run}/report")
def report(request: Request, run: str) -> Response:
    """The report as it stands, shut off from everything else."""
    shelf = shelf_of(request)
    found = run_seen(request, run)
    place = held_file(shelf, found, REPORT)
    return FileResponse(
        place, media_type=media_type(REPORT), headers={"content-security-policy": REPORT_POLICY}
    )


@router.get("/runs/{run}/files/{name}")
def artefact(request: Request, run: str, name: str) -> Response:
    """A file that a run made, to keep."""
    shelf = shelf_of(request)
    found = run_seen(request, run)
    return FileResponse(
        held_file(shelf, found, name),
        media_type=media_type(name),
        filename=name,
        headers={"content-security-policy": FILE_POLICY},
    )


def held_file(shelf: Shelf, run: Run, name: str) -> Path:
    """Where an artefact stands. Raises `Problem` 404 for a name that the run has not."""
    if all(one.name != name for one in shelf.store.artefacts(run.id)):
        raise Problem(404, text("runs.no_file"))
    return shelf.store.artefact_path(run.id, name)


@router.get("/runs/{run}/inputs/{name:path}")
def asked(request: Request, run: str, name: str) -> Response:
    """A file of the scenario as it was asked."""
    shelf = shelf_of(request)
    found = run_seen(request, run)
    files = shelf.store.files(found.id)
    if name not in files:
        raise Problem(404, text("runs.no_file"))
    return Response(
        files[name],
        media_type=media_type(name),
        headers={
            "content-security-policy": FILE_POLICY,
            "content-disposition": f'attachment; filename="{Path(name).name}"',
        },
    )


@router.get("/runs/{run}/all.zip")
def everything(request: Request, run: str) -> Response:
    """All of a run in one file."""
    shelf = shelf_of(request)
    found = run_seen(request, run)
    folder = tempfile.TemporaryDirectory(prefix="tumen-export-")
    place = Path(folder.name) / f"{found.scenario}-{found.id}.zip"
    try:
        shelf.store.export(found.id, place)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        place,
        media_type="application/zip",
        filename=place.name,
        background=BackgroundTask(folder.cleanup),
    )
