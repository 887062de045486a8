"""Jobs for the tests of the ensemble: a spawned process imports them from here."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Processes started inside hear Ctrl-C, also where a shell in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def square(number: int) -> int:
    return number * number


def fall(job: tuple[int, str, int]) -> int:
    """Kill this process as often as asked before the job is done; the folder counts."""
    number, folder, deaths = job
    if number == 3:
        seen = len(list(Path(folder).glob("death-*")))
        if seen < deaths:
            (Path(folder) / f"death-{seen}").touch()
            os._exit(9)
    return number


def fault(number: int) -> int:
    if number == 2:
        raise ValueError("two is wrong")
    return number
