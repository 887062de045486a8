"""Answers that take too long: the one who waits is told, the work ends by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.types import Message, Send

from tumen.app.server.problems import Problem

log = logging.getLogger("tumen.server")
# A task that nobody holds may be dropped before it ends.
unfinished: set[asyncio.Task[None]] = set()


async def in_time(answer: Callable[[Send], Awaitable[None]], send: Send, seconds: float) -> None:
    """Answer, or raise `Problem` 503 when nothing has been sent within the time.

    Work in a thread cannot be stopped from outside; it goes on and its answer is dropped. An
    answer that has begun, such as a stream of progress, may take as long as it likes.
    """
    begun = asyncio.get_running_loop().create_future()
    late = False

    async def heard(message: Message) -> None:
        if late:
            return
        if not begun.done():
            begun.set_result(None)
        await send(message)

    async def work() -> None:
        await answer(heard)

    task = asyncio.create_task(work())
    try:
        await asyncio.wait({task, begun}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if begun.done() or task.done():
            await task
            return
    except asyncio.CancelledError:
        task.cancel()
        raise
    late = True
    unfinished.add(task)
    task.add_done_callback(ended_late)
    raise Problem(503, f"The answer took longer than {seconds:g} seconds and was given up")


def ended_late(task: asyncio.Task[None]) -> None:
    """Let go of work whose answer nobody waits for."""
    unfinished.discard(task)
    if not task.cancelled() and task.exception() is not None:
        log.error("work that was given up failed: %r", task.exception())
