"""The door: every request passes here before a page or the programming interface sees it."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tumen.app.security import body, origin, shape
from tumen.app.security.audit import act_of
from tumen.app.security.identity import BEARER, VISIT, Known, known, set_cookie
from tumen.app.security.late import in_time
from tumen.app.security.watch import Watch
from tumen.app.server.problems import Problem, respond, wants_page
from tumen.app.server.visitor import Visitor

# Where one who is not logged in may go.
OPEN = re.compile(r"/login|/static/.*")
# What a viewer may send; everything else that changes something is for analysts.
VIEWERS = re.compile(r"/login|/logout|/account(/.*)?|/api/v1/(solve|validate)")
STREAM = re.compile(r".*/events")
# Refusals that happen every day; the others may tell of an attack.
DAILY = (303, 308, 401, 429)
LOOKS_UP = 4


def path_of(request: Request) -> str:
    """The path by which the request finds its page; that of `request.url` may end earlier."""
    return str(request.scope["path"])


class Guard:
    """Lets in whom the settings let in, with what they may send, as often as they may."""

    def __init__(self, app: ASGIApp, *, watch: Watch) -> None:
        self.app, self.watch = app, watch
        self.settings, self.limits = watch.settings, watch.settings.limits
        # Threads of its own: whoever has all others busy solving cannot shut the door.
        self.lookups = CapacityLimiter(LOOKS_UP)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse in a sentence."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        public = self.settings.public
        state["visitor"] = Visitor("", "viewer", public=True) if public else Visitor()
        answer, telling = Answer(send), request.method not in shape.SAFE
        try:
            await self.admit(request, receive, answer)
        except HTTPException as refusal:
            if answer.status is not None:
                raise
            telling |= refusal.status_code not in DAILY
            response = respond(request, refusal.status_code, str(refusal.detail), refusal.headers)
            await response(scope, receive, answer)
        except Exception as fault:
            # Further out nothing would put the headers on the answer.
            handler = request.app.exception_handlers[Exception]
            if answer.status is not None:
                raise
            await (await handler(request, fault))(scope, receive, answer)
        finally:
            if public and telling:
                await to_thread.run_sync(self.note, request, answer.status, limiter=self.lookups)

    async def admit(self, request: Request, receive: Receive, answer: Answer) -> None:
        """Check a request and have it answered. Raises `Problem`."""
        shape.check_shape(request)
        shape.check_host(request, self.settings)
        shape.check_secure(request, self.settings)
        who = await self.identify(request)
        request.state.visitor = who.visitor
        origin.check_origin(request)
        self.check_rights(request, who)
        if request.method not in shape.SAFE:
            receive = await self.sent(request, receive, who)
        if who.visit and path_of(request) == "/login":
            answer.visit = who.visit
        key, most = self.share(request, who)

        async def go_on(send: Send) -> None:
            with self.watch.under_way.one(key, most):
                await self.app(request.scope, receive, send)

        await in_time(go_on, answer, self.limits.request_seconds)

    async def identify(self, request: Request) -> Known:
        """Who is asking. Raises `Problem` 401 for a wrong token, 429 for one who asks too often."""
        if not self.settings.public:
            return known(request, self.watch)
        try:
            who = await to_thread.run_sync(known, request, self.watch, limiter=self.lookups)
        except Problem:
            self.watch.requests.spend(f"address {shape.address_of(request)}")
            raise
        if not path_of(request).startswith("/static/"):
            self.watch.requests.spend(self.name(request, who))
        return who

    def name(self, request: Request, who: Known) -> str:
        """Whom a request counts for: the account, or where there is none yet the address."""
        account = who.visitor.name
        return f"account {account}" if account else f"address {shape.address_of(request)}"

    def share(self, request: Request, who: Known) -> tuple[str, int]:
        """How many requests of this kind one may have under way, and the name they count for."""
        if not self.settings.public:
            return "all", 10_000
        name = self.name(request, who)
        if STREAM.fullmatch(path_of(request)):
            return f"streams of {name}", self.limits.streams
        return name, self.limits.at_once

    def check_rights(self, request: Request, who: Known) -> None:
        """Send strangers to the login, and keep viewers from changing anything."""
        path = path_of(request)
        if not who.visitor.public:
            return
        if not who.visitor.name and not OPEN.fullmatch(path):
            if not wants_page(request) or request.method not in shape.SAFE:
                raise Problem(401, "Log in, or send a token of an account", headers=BEARER)
            query = f"?{request.url.query}" if request.url.query else ""
            where = f"/login?next={quote(quote(path) + query, safe='/')}"
            raise Problem(303, "Log in first", headers={"location": where})
        if who.by_token and path.startswith("/account"):
            raise Problem(403, "An account is changed by its owner at the page, not by a token")
        changes = request.method not in shape.SAFE
        if changes and not who.visitor.may_run and not VIEWERS.fullmatch(path):
            raise Problem(
                403, "A viewer may look, not start or change anything; ask for the analyst role"
            )

    async def sent(self, request: Request, receive: Receive, who: Known) -> Receive:
        """What a request sends, within bounds, once its token is found to be the visitor's."""
        most = body.most_bytes(request, self.limits)
        body.check_length(request, most)
        bounded: Receive = body.Bounded(receive, most, self.limits.body_seconds)
        if who.by_token or not (self.settings.public or origin.from_browser(request)):
            return bounded
        given = request.headers.get(origin.HEADER, "")
        if not given and body.kind_of(request) in body.FORMS:
            whole = await body.whole_body(bounded)
            given = await body.form_field(request.scope, whole, receive, origin.FIELD)
            bounded = body.again(whole, receive)
        origin.check_token(given, who.visitor.csrf)
        return bounded

    def note(self, request: Request, status: int | None) -> None:
        """Put into the log what changed something, and what was refused to whom."""
        visitor: Visitor = request.state.visitor
        path = path_of(request)[:200]
        self.watch.audit.note(
            act_of(request.method, path),
            who=getattr(request.state, "who", "") or visitor.name,
            address=shape.address_of(request),
            what=path,
            status=status,
        )


class Answer:
    """Sends an answer on, keeps its status, and gives a new visitor of the login a cookie."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status: int | None = None
        self.visit = ""

    async def __call__(self, message: Message) -> None:
        """Send a part."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            if self.visit:
                cookie = Response()
                set_cookie(cookie, VISIT, self.visit)
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", cookie.headers["set-cookie"])
        await self.send(message)
