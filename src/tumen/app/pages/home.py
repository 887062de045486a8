"""The first page: the cases, each with its question and one click to its answer."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tumen.app.pages.render import page
from tumen.app.server.shelf import shelf_of

router = APIRouter()


@router.get("/", response_class=HTMLResponse)
def home(request: Request) -> HTMLResponse:
    """The cases."""
    shelf = shelf_of(request)
    cases = [(name, shelf.case(name).scenario) for name in shelf.cases()]
    return page(request, "home.html", cases=cases)
