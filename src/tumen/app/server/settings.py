"""What a server is told when it starts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

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


def default_folder() -> Path:
    """Where runs are kept unless a folder is named: TUMEN_STORE, or the user's data folder."""
    from platformdirs import user_data_dir

    return Path(os.environ.get("TUMEN_STORE") or Path(user_data_dir("tumen")) / "store")
