"""What a server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tumen.store.quota import Quota

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Limits:
    """The most that one request or one job may take."""

    upload_bytes: int = 20_000_000  # a scenario with its tables, or a world
    body_bytes: int = 1_000_000  # any other request
    draws: int = 20_000  # of one run
    job_seconds: float = 3600.0
    requests_a_minute: int = 600  # of one address, where the server is public
    logins_a_minute: int = 10
    queued_each: int = 20  # runs that one person may have waiting
    body_seconds: float = 120.0  # for sending a request
    request_seconds: float = 120.0  # until its answer begins
    connections: int = 1_000  # in all
    at_once: int = 8  # requests that one person may have under way, where the server is public
    streams: int = 20  # and pages that follow a run
    idle_seconds: float = 4 * 3600.0  # after which a login has to be made anew
    session_seconds: float = 24 * 3600.0  # and at the latest


@dataclass(frozen=True)
class Settings:
    """Where the server listens and keeps its runs, and who may come in.

    `public` lets others than the machine's own user in: it demands accounts, and either a
    certificate of its own or a proxy that says it speaks TLS.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    public: bool = False
    proxy: bool = False  # a proxy in front terminates TLS and sets X-Forwarded-Proto and -For
    names: tuple[str, ...] = ()  # host names it answers to besides loopback
    certificate: Path | None = None
    key: Path | None = None
    workers: int = 1
    limits: Limits = Limits()
    quota: Quota = field(default_factory=Quota)
