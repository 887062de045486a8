"""Requests that no honest program makes, and requests meant for another server."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from fastapi import Request

from tumen.app.server.problems import Problem
from tumen.app.server.settings import LOOPBACK, Settings

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
QUERY_BYTES = 8_192
HEADER_BYTES = 16_384
HEADERS = 100


def check_shape(request: Request) -> None:
    """Refuse odd methods and paths and what is too long. Raises `Problem`."""
    if request.method not in METHODS:
        raise Problem(
            405,
            f"{request.method[:20]!r} is not a method of this server",
            headers={"allow": ", ".join(sorted(METHODS))},
        )
    path = str(request.scope["path"])
    if not path.startswith("/") or "\\" in path or any(not one.isprintable() for one in path):
        raise Problem(404, "There is no such page: its path holds characters that none has")
    if {"..", "."} & set(path.split("/")):
        raise Problem(404, "There is no such page: a path may not hold the steps . and ..")
    query = bytes(request.scope.get("query_string", b""))
    if len(query) > QUERY_BYTES:
        raise Problem(414, f"The query is longer than {QUERY_BYTES} bytes; shorten the link")
    if b"%00" in query or b"\0" in query:
        raise Problem(400, "The query holds a null character")
    headers = request.scope["headers"]
    if len(headers) > HEADERS or sum(len(a) + len(b) for a, b in headers) > HEADER_BYTES:
        raise Problem(431, f"The headers are longer than {HEADER_BYTES} bytes together")


def host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].removesuffix(".")


def check_host(request: Request, settings: Settings) -> None:
    """Answer only to names of this server, so that no other site can pose as it.

    A page elsewhere whose name is made to lead to this machine still sends its own name.
    """
    given = request.headers.getlist("host")
    own: Collection[str] = {name.lower() for name in settings.names}
    if not settings.public:
        own = {*own, *LOOPBACK}
    if len(given) != 1 or host_name(given[0]) not in own:
        raise Problem(
            421,
            "This server does not answer to that host name; name it when the server is started "
            "(tumen serve --name HOST)",
        )


def check_secure(request: Request, settings: Settings) -> None:
    """On a public server refuse what came over an open line. Raises `Problem`."""
    if not settings.public or request.scope["scheme"] == "https":
        return
    told = settings.proxy and request.headers.get("x-forwarded-proto") == "http"
    if told and request.method in SAFE:
        where = str(request.url.replace(scheme="https"))
        raise Problem(308, "This server speaks https only", headers={"location": where})
    raise Problem(
        403,
        "This server speaks https only; a proxy in front of it must set X-Forwarded-Proto to https",
    )


def address_of(request: Request) -> str:
    """Where a request came from; of IPv6 the network, since a house has one of those."""
    host = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return host
