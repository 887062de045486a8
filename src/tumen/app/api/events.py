"""The progress of a run as server-sent events, until it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from tumen.app.api.models import problems
from tumen.app.api.runs import RunOf, run_seen, told
from tumen.app.server.shelf import Shelf, shelf_of
from tumen.errors import StoreError
from tumen.store.request import Run

router = APIRouter(tags=["runs"])

STREAM = "text/event-stream"
EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["progress", "end", "gone"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
# Seconds between two looks at the store, between two signs of life, and that one stream lasts:
# who listens still then asks again, as browsers do by themselves.
LOOK, SIGN, LONGEST = 0.5, 10.0, 600.0


def event(name: str, run: RunOf) -> str:
    """A run as an event."""
    return f"event: {name}\ndata: {run.model_dump_json()}\n\n"


def look(shelf: Shelf, run: str) -> Run | None:
    """The run now; None when it was deleted."""
    try:
        return shelf.store.run(run)
    except StoreError:
        return None


async def progress(shelf: Shelf, run: str) -> AsyncIterator[str]:
    """`progress` whenever something changed; at last `end`, or `gone` for a deleted run."""
    yield "retry: 2000\n\n"
    began = sign = time.monotonic()
    before: RunOf | None = None
    while not shelf.closing.is_set() and time.monotonic() - began < LONGEST:
        found = await run_in_threadpool(look, shelf, run)
        if found is None:
            yield "event: gone\ndata: {}\n\n"
            return
        now = told(found)
        if found.ends:
            yield event("end", now)
            return
        if now != before:
            yield event("progress", now)
            before, sign = now, time.monotonic()
        elif time.monotonic() - sign > SIGN:
            yield ": it goes on\n\n"
            sign = time.monotonic()
        await asyncio.sleep(LOOK)


@router.get(
    "/runs/{run}/events",
    summary="The progress of a run",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events `progress`, then `end` or `gone`; the data is the run.",
            "content": {STREAM: {"schema": EVENT}},
        },
        **problems(),
    },
)
def events(run: str, request: Request) -> StreamingResponse:
    """Server-sent events until the run ends."""
    found = run_seen(request, run)
    return StreamingResponse(
        progress(shelf_of(request), found.id),
        media_type=STREAM,
        headers={"x-accel-buffering": "no"},
    )
