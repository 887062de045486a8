"""What was done on a server and by whom: a line of JSON each, only ever added to."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import secrets
import threading
from pathlib import Path

from tumen.store.clock import now

log = logging.getLogger("tumen.server")
FILE = "audit.log"
# What a request did, by its method and path; the first that fits.
ACTS = tuple(
    (method, re.compile(pattern), act)
    for method, pattern, act in (
        ("POST", r"/login", "log in"),
        ("POST", r"/logout", "log out"),
        ("POST", r"/account/.*", "change account"),
        ("POST", r"(/api/v1)?/runs(/new)?", "start run"),
        ("POST", r"(/api/v1)?/runs/[^/]+/(cancel|stop)", "cancel run"),
        ("POST", r"(/api/v1)?/runs/[^/]+/(retry|resume)", "resume run"),
        ("POST", r"(/api/v1)?/runs/[^/]+/delete", "delete run"),
        ("DELETE", r"/api/v1/runs/[^/]+", "delete run"),
        ("POST", r"(/api/v1)?/uploads?(/.*)?", "upload"),
        ("POST", r"/api/v1/(solve|validate)", "ask"),
    )
)


def act_of(method: str, path: str) -> str:
    """What a request does, in a word."""
    for known, pattern, act in ACTS:
        if method == known and pattern.fullmatch(path):
            return act
    return f"{method.lower()} {path}"


class Audit:
    """The log in a store. Full files are put aside under a name of their own time."""

    def __init__(self, folder: Path, *, max_bytes: int = 10_000_000, kept: int = 20) -> None:
        self.path = folder / FILE
        self.max_bytes, self.kept = max_bytes, kept
        self.lock = threading.Lock()

    def note(
        self, act: str, *, who: str = "", address: str = "", what: str = "", status: int | None
    ) -> None:
        """Add a line. A log that cannot be written is told on the server's own."""
        entry = {"when": now(), "who": who, "address": address, "act": act, "what": what}
        line = json.dumps(entry | {"status": status}) + "\n"
        try:
            with self.lock:
                self.make_room()
                handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(handle, line.encode())
                finally:
                    os.close(handle)
        except OSError as error:
            log.error("%s: could not be written (%s): %s", self.path, error.strerror, line.strip())

    def make_room(self) -> None:
        """Put a full log aside, and let the oldest of those go."""
        if not self.path.exists() or self.path.stat().st_size < self.max_bytes:
            return
        stamp = re.sub(r"[^0-9TZ]", "", now())
        # Two processes may come here at once; neither may write over what the other put aside.
        with contextlib.suppress(FileNotFoundError):
            self.path.rename(self.path.with_name(f"audit-{stamp}-{secrets.token_hex(2)}.log"))
        for old in sorted(self.path.parent.glob("audit-*.log"))[: -self.kept]:
            old.unlink(missing_ok=True)
