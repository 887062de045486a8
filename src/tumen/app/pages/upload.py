"""Sending a scenario or a world: checked at once, faults beside their lines, kept when good."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tumen.app.pages.render import page
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import shelf_of
from tumen.app.server.visitor import Visitor, analyst, visitor_of
from tumen.app.uploads import keep
from tumen.app.uploads.check import Checked, beside_lines, checked, without_line
from tumen.app.uploads.names import tidy
from tumen.app.uploads.readers import READERS
from tumen.errors import TumenError

router = APIRouter()
Analyst = Annotated[Visitor, Depends(analyst)]


@router.get("/upload", response_class=HTMLResponse)
def upload(request: Request, kept: str = "") -> HTMLResponse:
    """The form, and what was sent before; `kept` is what has just been."""
    shelf, visitor = shelf_of(request), visitor_of(request)
    own = keep.uploads(shelf.settings.folder, visitor.owner)
    fresh = next((one for one in own if one.name == kept), None)
    if kept and fresh is None:
        raise Problem(404, text("upload.gone"))
    if visitor.may_run:
        READERS.warm()
    return shown(request, fresh=fresh)


def shown(
    request: Request,
    *,
    wrong: str = "",
    made: Checked | None = None,
    fresh: keep.Upload | None = None,
) -> HTMLResponse:
    """The page, with what was found in what was sent."""
    shelf, visitor = shelf_of(request), visitor_of(request)
    bad = bool(wrong) or (made is not None and not made.good)
    given: dict[str, Any] = {"lines": {}, "loose": [], "facts": {}}
    if made is not None:
        given = {
            "lines": beside_lines(made),
            "loose": without_line(made),
            "facts": made.found.get("facts", {}),
        }
    return page(
        request,
        "upload.html",
        status_code=422 if bad else 200,
        wrong=wrong,
        made=made,
        fresh=fresh,
        own=keep.uploads(shelf.settings.folder, visitor.owner),
        most=f"{shelf.settings.limits.upload_bytes / 1e6:g}",
        **given,
    )


@router.post("/upload", response_class=HTMLResponse)
def send(
    request: Request, visitor: Analyst, files: Annotated[list[UploadFile], File()]
) -> Response:
    """Check what was sent; a good scenario is kept and has its page."""
    shelf = shelf_of(request)
    try:
        found = tidy(read(files, shelf.settings.limits.upload_bytes))
    except TumenError as error:
        return shown(request, wrong=" ".join(str(error).split()))
    made = checked(found)
    if not made.good or made.kind == "world":
        return shown(request, made=made)
    title = str(made.found.get("title") or "")
    try:
        name = keep.keep(shelf.settings.folder, found, title, visitor.name)
    except TumenError as error:
        return shown(request, wrong=str(error))
    return RedirectResponse(f"/upload?kept={name}", 303)


def read(files: list[UploadFile], most: int) -> list[tuple[str, bytes]]:
    """Names and contents. Raises `Problem` 413 for more than is taken."""
    left, found = most, []
    for one in files:
        content = one.file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise Problem(413, text("upload.too_large", most=f"{most / 1e6:g}"))
        found.append((one.filename or "", content))
    return found


@router.post("/upload/{name}/delete")
def delete(request: Request, visitor: Analyst, name: str) -> Response:
    """Let go of a scenario that was sent."""
    if not keep.drop(shelf_of(request).settings.folder, name, visitor.owner):
        raise Problem(404, text("upload.gone"))
    return RedirectResponse("/upload", 303)
