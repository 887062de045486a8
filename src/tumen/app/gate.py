"""How many solve at once: as many as there are cores, so that none waits for all the others."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

from tumen.app.server.problems import Problem

# Seconds that a request waits for its turn.
PATIENCE = 60.0
BUSY = "The server is busy solving for others; try again in a few seconds"


class Gate:
    """Lets so many threads through at once; the others wait for a while."""

    def __init__(self, slots: int | None = None, patience: float = PATIENCE) -> None:
        self.size = slots or len(os.sched_getaffinity(0))
        self.slots = threading.BoundedSemaphore(self.size)
        self.patience = patience

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """One turn. Raises `Problem` 503 where none came in time."""
        if not self.slots.acquire(timeout=self.patience):
            raise Problem(503, BUSY, headers={"retry-after": "5"})
        try:
            yield
        finally:
            self.slots.release()
