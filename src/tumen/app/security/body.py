"""What a request sends: no more than it may, within the time it has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.types import Message, Receive, Scope

from tumen.app.server.problems import Problem
from tumen.app.server.settings import Limits

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def kind_of(request: Request) -> str:
    """The media type of a request's body."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def most_bytes(request: Request, limits: Limits) -> int:
    """How much a request may send: files come as multipart, everything else is small."""
    upload = kind_of(request) == "multipart/form-data"
    return limits.upload_bytes if upload else limits.body_bytes


class Bounded:
    """Hands on what a request sends until it is too much or too slow. Raises `Problem`."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self.receive, self.most = receive, most
        self.until = asyncio.get_running_loop().time() + seconds
        self.seen, self.whole = 0, False

    async def __call__(self) -> Message:
        """The next part."""
        if self.whole:
            return await self.receive()
        try:
            async with asyncio.timeout_at(self.until):
                message = await self.receive()
        except TimeoutError:
            raise Problem(408, "The request was sent too slowly") from None
        self.seen += len(message.get("body", b""))
        if self.seen > self.most:
            raise too_long(self.most)
        self.whole = not message.get("more_body", False)
        return message


def too_long(most: int) -> Problem:
    """The refusal of a body that is too long."""
    return Problem(413, f"The request is longer than {most:,} bytes; send less")


def check_length(request: Request, most: int) -> None:
    """Refuse a request that says itself that it is too long. Raises `Problem`."""
    told = request.headers.get("content-length", "0")
    if not told.isascii() or not told.isdigit():
        raise Problem(400, "The length of the request is not a number")
    if int(told) > most:
        raise too_long(most)


async def whole_body(receive: Receive) -> bytes:
    """All that a request sends."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "The request ended before all of it was sent")
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def again(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """The same request's body once more, for the one who reads it next."""
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def form_field(scope: Scope, body: bytes, receive: Receive, name: str) -> str:
    """A field of a form; empty where there is none."""
    async with Request(dict(scope), again(body, receive)).form() as form:
        found = form.get(name)
    return found if isinstance(found, str) else ""
