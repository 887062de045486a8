"""The processes that read what was sent, started when first needed and kept."""

from __future__ import annotations

import atexit
import contextlib
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tumen.app.server.problems import Problem

COUNT = 2
WAIT = 9.0  # seconds for a reader to become free
BUSY = "Others are sending files just now; try again in a few seconds"


class Reader:
    """One process that checks files; started again after it died."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def started(self) -> subprocess.Popen[bytes]:
        """The process, alive."""
        if self.process is None or self.process.poll() is not None:
            self.close()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tumen.app.uploads.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self.process

    def ask(self, folder: Path, kind: str) -> Any:
        """What it says of the files; "crashed" where the process itself is gone."""
        try:
            process = self.started()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps([str(folder), kind]).encode() + b"\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())
        except (OSError, ValueError):
            self.close()
            return "crashed"

    def close(self) -> None:
        """End the process."""
        if self.process is None:
            return
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process = None


class Readers:
    """So many readers, each for one sender at a time."""

    def __init__(self, count: int = COUNT) -> None:
        self.all = [Reader() for _ in range(count)]
        self.free: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        for reader in self.all:
            self.free.put(reader)
        atexit.register(self.close)

    def close(self) -> None:
        """End every reader."""
        for reader in self.all:
            reader.close()

    def ask(self, folder: Path, kind: str) -> Any:
        """What a reader says. Raises `Problem` 503 where none becomes free."""
        try:
            reader = self.free.get(timeout=WAIT)
        except queue.Empty:
            raise Problem(503, BUSY, headers={"retry-after": "5"}) from None
        try:
            return reader.ask(folder, kind)
        finally:
            self.free.put(reader)

    def warm(self) -> None:
        """Start a reader that is free, for somebody who is about to send files."""

        def start() -> None:
            with contextlib.suppress(queue.Empty):
                reader = self.free.get(block=False)
                with contextlib.suppress(OSError):
                    reader.started()
                self.free.put(reader)

        threading.Thread(target=start, daemon=True).start()


READERS = Readers()
