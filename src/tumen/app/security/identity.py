"""Who is asking: by a token, by a session, or nobody yet."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from fastapi import Request, Response

from tumen.app.security.origin import token_for
from tumen.app.security.watch import Watch
from tumen.app.server.problems import Problem
from tumen.app.server.visitor import Visitor

# The browser takes cookies of these names only over TLS, from this very host, for all its paths.
SESSION, VISIT = "__Host-tumen", "__Host-tumen-visit"
BEARER = {"www-authenticate": 'Bearer realm="tumen"'}


class Known(NamedTuple):
    """A visitor, whether a token let them in, and the value of a cookie that is yet to be set."""

    visitor: Visitor
    by_token: bool = False
    visit: str = ""


def known(request: Request, watch: Watch) -> Known:
    """Who is asking. Raises `Problem` 401 for a token that opens nothing."""
    if not watch.settings.public:
        return Known(Visitor(csrf=watch.local_token))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        account = watch.tokens.holder(token.strip())
        if account is None:
            raise Problem(401, "The token is wrong, revoked or has expired", headers=BEARER)
        return Known(Visitor(account.name, account.role, public=True), by_token=True)
    session = request.cookies.get(SESSION, "")
    account = watch.sessions.holder(session) if session else None
    if account is not None:
        csrf = token_for(session.encode())
        return Known(Visitor(account.name, account.role, public=True, csrf=csrf))
    visit = request.cookies.get(VISIT, "")
    made = "" if visit else secrets.token_urlsafe(32)
    csrf = token_for((visit or made).encode())
    return Known(Visitor("", "viewer", public=True, csrf=csrf), visit=made)


def set_cookie(response: Response, name: str, value: str) -> None:
    """A cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="lax")


def drop_cookie(response: Response, name: str) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
