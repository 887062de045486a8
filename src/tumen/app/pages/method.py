"""The method: the equations as the code's own docstrings tell them, and every variable."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from tumen._version import __version__
from tumen.app.pages.maths import prose, symbol
from tumen.app.pages.render import page
from tumen.app.pages.shown import Shown, csv_text, json_document
from tumen.app.pages.texts import text
from tumen.report import method as report

router = APIRouter()
CSV = "text/csv; charset=utf-8"


def variables() -> Shown:
    """The table of variables."""
    return Shown(
        name="variables",
        block=report.variables_table(),
        stamp={},
        link="/method/variables",
        python=text("method.python"),
    )


@router.get("/method", response_class=HTMLResponse)
def method(request: Request) -> HTMLResponse:
    """The page."""
    return page(
        request,
        "method.html",
        chapters=report.chapters(),
        introduction=report.INTRODUCTION.split("\n\n"),
        variables=variables(),
        prose=prose,
        symbol=symbol,
        code_version=__version__,
    )


@router.get("/method/variables.csv")
def as_csv() -> Response:
    """The variables as CSV."""
    return Response(csv_text(variables()), media_type=CSV)


@router.get("/method/variables.json")
def as_json() -> JSONResponse:
    """The variables as JSON."""
    return JSONResponse(json_document(variables()))
