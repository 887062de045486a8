"""From a moved slider to the new figure: `python -m benchmarks.slider`.

A server in a process of its own answers users who move a tie of the case, each move to a level that
nobody asked for before. One run gives the median and the 95th percentile with one user and with
many at once, beside the bare solve of one of the answer's worlds and the whole answer in Python.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import numpy as np

import tumen
from benchmarks import machine
from benchmarks.table import render
from benchmarks.timing import milliseconds
from tumen.analysis.channels import shocks_of

TIE, PHASE = "munitions", "war"
READY = re.compile(r"open (http://\S+)/")


class Waits(NamedTuple):
    """How long users waited for the answers to their moves, milliseconds."""

    title: str
    each: np.ndarray
    seconds: float

    @property
    def cells(self) -> dict[str, str]:
        """A column of the table."""
        return {
            "median (ms)": f"{np.median(self.each):,.0f}",
            "95th percentile (ms)": f"{np.quantile(self.each, 0.95):,.0f}",
            "answers": f"{len(self.each):,}",
            "answers a second": f"{len(self.each) / self.seconds:,.1f}",
        }


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a server in a process of its own, with a store that goes with it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tumen", "serve", "--port", "0", "--store", folder]
        run = subprocess.Popen([*command, "--workers", "0"], stderr=subprocess.PIPE, text=True)
        try:
            assert run.stderr is not None
            for line in run.stderr:
                if found := READY.search(line):
                    yield found[1]
                    return
            raise SystemExit("the server did not start")
        finally:
            run.terminate()
            run.wait(20)


async def user(client: httpx.AsyncClient, link: str, levels: list[float], pause: float) -> list:
    """One user, who waits for each answer and then a little."""
    waits = []
    for level in levels:
        start = time.perf_counter()
        answer = await client.get(link, params={f"{TIE}.{PHASE}": f"{level:.6f}"})
        answer.raise_for_status()
        waits.append(1e3 * (time.perf_counter() - start))
        await asyncio.sleep(pause)
    return waits


async def crowd(address: str, case: str, users: int, moves: int, pause: float, seed: int) -> Waits:
    """So many users at once, each with so many moves."""
    rng = np.random.default_rng(seed)
    link = f"{address}/api/v1/scenarios/{case}/answer"
    pool = httpx.Limits(max_connections=users)
    async with httpx.AsyncClient(timeout=120, limits=pool) as client:
        await client.get(link)
        start = time.perf_counter()
        listed = await asyncio.gather(
            *(user(client, link, (200 * rng.random(moves)).tolist(), pause) for _ in range(users))
        )
        seconds = time.perf_counter() - start
    many = "user" if users == 1 else "users"
    title = f"{users} {many}, " + (f"a pause of {pause:g} s" if pause else "without pause")
    return Waits(title, np.concatenate(listed), seconds)


def bare(case: str, repeats: int) -> tuple[float, float]:
    """One world of the answer, and the whole answer, in this process, milliseconds."""
    answer = tumen.answer(case)
    shocks = shocks_of(answer.main.switches["central"], on=True)
    solve = milliseconds(lambda: tumen.solve(answer.world, shocks), repeats)
    levels = iter(np.random.default_rng(1).random(10 * repeats + 10).tolist())
    whole = milliseconds(lambda: tumen.answer(case, levels={TIE: {PHASE: next(levels)}}), repeats)
    return solve, whole


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slider", description=__doc__)
    parser.add_argument("--case", default="moscow-pyongyang")
    parser.add_argument("--users", type=int, default=20, help="users at once")
    parser.add_argument("--moves", type=int, default=20, help="moves of each")
    parser.add_argument("--repeats", type=int, default=30, help="of the calls in Python")
    chosen = parser.parse_args()
    if min(chosen.users, chosen.moves, chosen.repeats) < 1:
        parser.error("numbers must be at least 1")
    solve, whole = bare(chosen.case, chosen.repeats)
    with server() as address:
        found = [
            asyncio.run(crowd(address, chosen.case, users, moves, pause, seed))
            for seed, (users, moves, pause) in enumerate(
                (
                    (1, 3 * chosen.moves, 0.0),
                    (chosen.users, chosen.moves, 1.0),
                    (chosen.users, chosen.moves, 0.0),
                ),
                start=7,
            )
        ]
    columns = {
        one.title: one.cells
        | {
            "median / bare solve of one world": f"{np.median(one.each) / solve:.1f}",
            "median / answer in Python": f"{np.median(one.each) / whole:.1f}",
        }
        for one in found
    }
    print(machine.describe())
    print("load " + ", ".join(f"{number:.1f}" for number in os.getloadavg()))
    print(f"bare solve of one world {solve:.1f} ms; the answer in Python {whole:.1f} ms")
    print(render(columns))


if __name__ == "__main__":
    main()
