"""Requests that another site makes in a visitor's name, and the token that shows they did not."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request

from tumen.app.security.shape import SAFE
from tumen.app.server.problems import Problem
from tumen.errors import OutputError
from tumen.files import explain, write_atomically

FIELD, HEADER = "csrf", "x-csrf-token"
# Each of these comes with what a browser sends, and not with what a plain program does.
BROWSER = ("origin", "sec-fetch-site", "referer", "cookie")
OURSELVES = ("same-origin", "none")
FRAMES = ("iframe", "frame", "embed", "object")
ELSEWHERE = "The request came from another site and was refused; open the page of this server"
STALE = "The page is too old, or the form is not of this server; reload the page and try again"


def check_origin(request: Request) -> None:
    """Refuse what another site asks for, except that a link may lead here. Raises `Problem` 403."""
    headers = request.headers
    if headers.get("sec-fetch-site", "none") not in OURSELVES:
        link = headers.get("sec-fetch-mode") == "navigate" and request.method in SAFE
        if not link or headers.get("sec-fetch-dest") in FRAMES:
            raise Problem(403, ELSEWHERE)
    if request.method in SAFE:
        return
    own = f"{request.scope['scheme']}://{headers['host'].lower()}"
    told = headers.getlist("origin") or [origin_of(one) for one in headers.getlist("referer")]
    if any(one.lower() != own for one in told):
        raise Problem(403, ELSEWHERE)


def origin_of(link: str) -> str:
    """The site of an address."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return "null"
    return f"{parts.scheme}://{parts.netloc}"


def from_browser(request: Request) -> bool:
    """Whether a request may be one that a page had a browser make."""
    return any(name in request.headers for name in BROWSER)


def check_token(given: str, expected: str) -> None:
    """Refuse a form without the visitor's own token. Raises `Problem` 403."""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Problem(403, STALE)


def token_for(secret: bytes) -> str:
    """What forms of a visitor hold: known only to one who has the secret or sees the page."""
    return hmac.new(secret, b"tumen csrf", hashlib.sha256).hexdigest()


def local_secret(folder: Path) -> bytes:
    """The secret of a server for one person; kept, so that open pages survive a restart."""
    place = folder / "forms.key"
    try:
        if not place.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(place, secrets.token_bytes(32))
            place.chmod(0o600)
        return place.read_bytes()
    except OSError as error:
        raise error if isinstance(error, OutputError) else explain(place, error) from None
