"""What a run found: files, served so that nothing in them can act in the reader's name."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from pydantic import Field

from tumen.app.api.models import Given, problems
from tumen.app.api.runs import run_seen
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import shelf_of
from tumen.errors import StoreError

router = APIRouter(tags=["runs"])

KINDS = {
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".nc": "application/x-netcdf",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
}
BYTES = "application/octet-stream"
# A report opened from here is a page of nowhere: no scripts of ours, no cookies, no requests.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class ArtefactOf(Given):
    """A file of a run."""

    name: str
    size: int
    sha256: str
    media_type: str
    link: Annotated[str, Field(examples=["/api/v1/runs/0123456789abcdef0123/artefacts/run.json"])]


class ArtefactList(Given):
    """The files of a run; none until it has finished."""

    artefacts: list[ArtefactOf]


def media_type(name: str) -> str:
    """The media type of a file by its ending."""
    return KINDS.get(PurePath(name).suffix.lower(), BYTES)


@router.get("/runs/{run}/artefacts", summary="The files of a run", responses=problems())
def artefacts(run: str, request: Request) -> ArtefactList:
    """What the run found: names, sizes and digests; nothing until it has finished."""
    found = run_seen(request, run)
    return ArtefactList(
        artefacts=[
            ArtefactOf(
                name=one.name,
                size=one.size,
                sha256=one.sha256,
                media_type=media_type(one.name),
                link=f"/api/v1/runs/{found.id}/artefacts/{quote(one.name)}",
            )
            for one in shelf_of(request).store.artefacts(found.id)
        ]
    )


@router.get(
    "/runs/{run}/artefacts/{name}",
    summary="One file of a run",
    response_class=Response,
    responses={
        200: {
            "description": "The file, whole: its digest was checked.",
            "content": {kind.partition(";")[0]: {} for kind in (*KINDS.values(), BYTES)},
        },
        **problems(409),
    },
)
def artefact(run: str, name: str, request: Request) -> Response:
    """A file to be kept, never to be run in place."""
    found = run_seen(request, run)
    store = shelf_of(request).store
    known = {one.name: one for one in store.artefacts(found.id)}
    if name not in known:
        raise Problem(404, f"Run {found.id} has no file of that name; its list of files has them")
    try:
        content = store.artefact(found.id, name)
    except StoreError:
        raise Problem(
            409, f"The file {name} of run {found.id} is damaged; have the run worked on again"
        ) from None
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-security-policy": POLICY,
        "etag": f'"{known[name].sha256}"',
    }
    return Response(content, media_type=media_type(name), headers=headers)
