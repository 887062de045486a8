"""Keeps a run alive while it is worked on, and stops the work when nobody wants it any longer."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

from tumen.errors import TumenError
from tumen.store.runs import Store

# Seconds between two heartbeats, and between two looks at whether the process is to leave.
BEAT, LOOK = 2.0, 0.2
# What work that was told to stop may still take before its process ends under it.
GRACE = 8.0

Reason = Literal["gone", "limit", "leaving"]


class Watch:
    """A thread beside the work on one run, which stands in the main thread.

    `reason` says why the work was stopped: the run is no longer this worker's, it took too long,
    or the process is to leave. Work is stopped by a `KeyboardInterrupt`, which whatever draws or
    solves takes as Ctrl-C and tidies up after.
    """

    def __init__(
        self, store: Store, run: str, worker: str, limit: float, leaving: Callable[[], bool]
    ) -> None:
        self.store, self.run, self.worker = store, run, worker
        self.limit, self.leaving = limit, leaving
        self.message, self.done, self.total = "", 0, 0
        self.reason: Reason | None = None
        self.interruptible = True
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.keep, name=f"watch-{run}", daemon=True)

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    @contextlib.contextmanager
    def shown(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A step of the work, with the callback that tells how much of it is done."""
        self.message, self.done, self.total = what, 0, 0

        def progress(done: int, total: int) -> None:
            self.done, self.total = done, total

        yield progress

    @contextlib.contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Inside, heartbeats go on and nothing is interrupted. Raises what came just before."""
        with self.lock:
            self.interruptible = False
        if self.reason is not None:
            raise KeyboardInterrupt
        yield

    def keep(self) -> None:
        """Beat until the work is over or must stop."""
        begun = beaten = time.monotonic()
        while not self.over.wait(LOOK):
            reason: Reason | None = None
            if time.monotonic() - beaten >= BEAT:
                beaten = time.monotonic()
                reason = None if self.beat() else "gone"
            if reason is None and time.monotonic() - begun > self.limit:
                reason = "limit"
            if reason is None and self.leaving():
                reason = "leaving"
            if reason is not None and self.interrupt(reason):
                if not self.over.wait(GRACE):
                    self.leave_at_once()
                return

    def beat(self) -> bool:
        """Say that the work goes on; a store that cannot be written for a moment is no reason."""
        try:
            return self.store.beat(self.run, self.worker, self.done, self.total, self.message)
        except TumenError:
            return True

    def interrupt(self, reason: Reason) -> bool:
        """Stop the work in the main thread; False where it is past being stopped."""
        with self.lock:
            if not self.interruptible:
                return False
            self.reason = reason
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            return True

    def leave_at_once(self) -> None:
        """End a process whose work does not stop; those that it started end with it."""
        with contextlib.suppress(TumenError):
            self.settle()
        sys.stderr.flush()
        os._exit(1)

    def settle(self) -> None:
        """Write what became of a run that was stopped; one that is gone is somebody else's."""
        if self.reason == "limit":
            minutes = f"{self.limit / 60:,.3g} minutes"
            self.store.fail(
                self.run,
                self.worker,
                f"stopped: it took longer than the {minutes} that a run may take; ask for fewer "
                "draws, or retry: what was drawn is kept, and the run goes on from there",
            )
        elif self.reason != "gone":
            self.store.release(self.run, self.worker)
