"""Worker processes of a server: started, started again when they die, and stopped with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tumen.app.jobs.watch import GRACE
from tumen.app.jobs.worker import LIMIT
from tumen.store.runs import Quota

# Seconds before a worker that died is started again: doubled with every death, up to the last.
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
# A worker that lived for so long is taken to be well.
WELL = 60.0
LOOK = 0.2


@dataclass
class Place:
    """One worker's place: its process, and when the next one may be started."""

    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    wait: float = FIRST_WAIT
    next: float = field(default_factory=time.monotonic)


class Workers:
    """So many workers on a store while the body of `with` runs.

    Each stands in a session of its own, so that Ctrl-C in a terminal reaches only this process,
    which then tells them; each also leaves by itself when this process is gone, however it went.
    """

    def __init__(
        self,
        store: Path,
        count: int,
        *,
        limit: float = LIMIT,
        processes: int | None = None,
        quota: Quota | None = None,
    ) -> None:
        self.command = [sys.executable, "-m", "tumen.app.jobs.worker", "--follow"]
        self.command += ["--store", str(store), "--limit", str(limit)]
        if processes is not None:
            self.command += ["--processes", str(processes)]
        if quota is not None and quota.max_bytes is not None:
            self.command += ["--max-bytes", str(quota.max_bytes)]
        if quota is not None and quota.max_age is not None:
            self.command += ["--max-days", str(quota.max_age / timedelta(days=1))]
        self.places = [Place() for _ in range(count)]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, name="workers", daemon=True)

    def __enter__(self) -> Workers:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the workers and keep them going."""
        self.thread.start()

    @property
    def alive(self) -> list[int]:
        """Process ids of the workers that are at work."""
        running = [place.process for place in self.places]
        return [one.pid for one in running if one is not None and one.poll() is None]

    def watch(self) -> None:
        """Start what is not there, until told to stop."""
        while True:
            for place in self.places:
                self.look_after(place)
            if self.over.wait(LOOK):
                return

    def look_after(self, place: Place) -> None:
        """Notice a death, and start a worker whose time has come."""
        now = time.monotonic()
        if place.process is not None and place.process.poll() is not None:
            end_group(place.process)
            if now - place.begun > WELL:
                place.wait = FIRST_WAIT
            place.process, place.next = None, now + place.wait
            place.wait = min(2 * place.wait, LONGEST_WAIT)
        if place.process is None and now >= place.next:
            place.begun = now
            place.process = subprocess.Popen(  # noqa: S603
                self.command, stdin=subprocess.PIPE, start_new_session=True
            )

    def stop(self) -> None:
        """Have every worker give back its run and leave; end those that do not."""
        self.over.set()
        self.thread.join()
        running = [place.process for place in self.places if place.process is not None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        until = time.monotonic() + GRACE + 2
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
            end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of a worker and of the processes that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
