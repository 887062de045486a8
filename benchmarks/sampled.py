"""One call of `tumen.sample` in a fresh process, watched from its progress.

Workers compile or load what they need before their first draw, so the first chunk of each is left
out of the rate, and start-up is what that chunk took beyond its draws.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import tumen
from tumen.analysis.chunks import CHUNK
from tumen.analysis.ensemble import check_workers

TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(process: int) -> float:
    """CPU seconds of a process, its own and the system's for it."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    fields = told.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_of(process: int) -> float:
    """Peak resident memory of a process, MB."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1e3
    raise SystemExit(f"process {process} tells no peak memory; this benchmark needs Linux")


@dataclass(frozen=True)
class Seen:
    """Where a sample stood at one moment."""

    done: int
    wall: float  # s since the call
    cpu: float  # s, parent and workers
    worker_mb: float  # peak of the largest


@dataclass(frozen=True)
class Sampled:
    """What one sample took; a draw without start-up, all with it."""

    draws: int
    dear: int
    workers: int
    wall_s: float
    cpu_s: float
    wall_ms: float  # a plain draw, start-up apart; nan where that cannot be told
    cpu_ms: float
    start: tuple[float, float]  # s of wall and of CPU
    parent_mb: float
    worker_mb: float
    parts: int
    disk_mb: float  # of the parts


def rates(seen: list[Seen], first: int) -> tuple[float, float, float, float]:
    """Wall and CPU a draw (ms), and of start-up (s); nan where nothing came after the first chunks.

    `first` draws are in the workers' first chunks; the rate holds from when those are done.
    """
    last = seen[-1]
    begun = next(one for one in seen if one.done >= min(first, last.done))
    if begun.done == last.done:
        return math.nan, math.nan, math.nan, math.nan
    wall = (last.wall - begun.wall) / (last.done - begun.done)
    cpu = (last.cpu - begun.cpu) / (last.done - begun.done)
    return 1e3 * wall, 1e3 * cpu, begun.wall - begun.done * wall, begun.cpu - begun.done * cpu


def measure(
    case: str, draws: int, dear: int | None, workers: int | None, folder: str | None
) -> Sampled:
    """Draw in this process and its workers. Raises what `tumen.sample` does."""
    start, seen = time.perf_counter(), []
    before = time.process_time()

    def look(done: int, _: int) -> None:
        children = [child.pid for child in multiprocessing.active_children() if child.pid]
        seen.append(
            Seen(
                done,
                time.perf_counter() - start,
                time.process_time() - before + sum(map(seconds_of, children)),
                max(map(peak_of, children), default=0.0),
            )
        )

    found = tumen.sample(case, draws, dear=dear, workers=workers, folder=folder, progress=look)
    wall = time.perf_counter() - start
    chunks = -(-draws // CHUNK["plain"]) + -(-found.dear // CHUNK["dear"])
    hands = min(check_workers(workers), chunks)
    # Dear draws take another time than plain ones: with both there is no rate.
    first = draws + found.dear if found.dear else hands * CHUNK["plain"]
    wall_ms, cpu_ms, *start_up = rates(seen, first)
    parts = list(found.folder.glob("*-*.parquet"))
    return Sampled(
        draws,
        found.dear,
        hands,
        wall,
        seen[-1].cpu,
        wall_ms,
        cpu_ms,
        (start_up[0], start_up[1]),
        peak_of(os.getpid()),
        max(one.worker_mb for one in seen),
        len(parts),
        sum(part.stat().st_size for part in parts) / 1e6,
    )


def run(
    case: str,
    draws: int,
    *,
    dear: int | None = None,
    workers: int | None = None,
    folder: str | None = None,
) -> Sampled:
    """The same in a fresh process, whose memory is its own."""
    asked = json.dumps([case, draws, dear, workers, folder])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sampled", asked],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return Sampled(**told | {"start": tuple(told["start"])})


if __name__ == "__main__":
    print(json.dumps(asdict(measure(*json.loads(sys.argv[1])))))
