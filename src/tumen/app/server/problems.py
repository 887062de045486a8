"""Every error as a problem a reader can mend: JSON for programs (RFC 9457), a page for people."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from tumen.errors import OutputError, SolveError, TumenError

log = logging.getLogger("tumen.server")
PROBLEM = "application/problem+json"
FAULT = "The server met a fault of its own; it is in the server's log. Nothing was lost."


class Problem(HTTPException):
    """An error with a status and one sentence; `more` goes into the document beside it."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.more = more


def wants_page(request: Request) -> bool:
    """Whether a person is looking: a browser asks for HTML, and the API never gives it."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and not request.url.path.startswith("/api/")


def respond(
    request: Request,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """The problem as a document, or as a page where a person is looking."""
    title = HTTPStatus(status).phrase
    if wants_page(request):
        # The application brings the maker of its pages along, since these stand above.
        made: Response = request.app.state.page(
            request, "problem.html", status_code=status, problem=detail, name=title
        )
        made.headers.update(headers or {})
        return made
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    # What was sent may stand in the sentence, and half a character cannot be sent back.
    text = json.dumps(body | dict(more or {}), ensure_ascii=False)
    content = text.encode("utf-8", "replace")
    return Response(content, status, headers=dict(headers or {}), media_type=PROBLEM)


def status_of(error: TumenError) -> int:
    """The status of an error that the caller can mend; a full disk is ours."""
    if isinstance(error, SolveError):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, OutputError):
        return HTTPStatus.INSUFFICIENT_STORAGE
    return HTTPStatus.UNPROCESSABLE_ENTITY


def in_words(error: RequestValidationError) -> tuple[str, list[dict[str, str]]]:
    """The first fault of a request in a sentence, and all of them by field."""
    faults = [
        {
            "field": ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]),
            "message": str(one["msg"]).removeprefix("Value error, "),
        }
        for one in error.errors()
    ]
    first = faults[0]
    return f"{first['field']}: {first['message']}", faults


def install(app: FastAPI) -> None:
    """Have the application answer every error this way."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        more = error.more if isinstance(error, Problem) else {}
        return respond(request, error.status_code, str(error.detail), error.headers, more)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        sentence, faults = in_words(error)
        return respond(request, HTTPStatus.UNPROCESSABLE_ENTITY, sentence, more={"errors": faults})

    @app.exception_handler(TumenError)
    async def mendable(request: Request, error: TumenError) -> Response:
        more: dict[str, Any] = {"kind": type(error).__name__}
        if isinstance(error, SolveError) and error.result is not None:
            more["solve_status"] = str(getattr(error.result, "status", ""))
        return respond(request, status_of(error), " ".join(str(error).split()), more=more)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        log.error("%s %s: %r", request.method, request.url.path, error, exc_info=error)
        if os.environ.get("TUMEN_DEBUG"):
            raise error
        return respond(request, HTTPStatus.INTERNAL_SERVER_ERROR, FAULT)
