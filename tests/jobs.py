"""Jobs for the tests of the ensemble: a spawned process imports them from here."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def interruptible() -> None:
    """What a process does before it starts: undo what a shell in the background does to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


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
