"""Fifty clients at once on a server in a process of its own: no error, and memory stays bounded."""

import asyncio
import contextlib
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import pytest

CASE = "moscow-pyongyang"
CLIENTS = 50
READY = re.compile(r"open (http://\S+)/")
# Memory that a server may take on while it is used: caches fill, and then no more.
MOST_GROWTH = 250  # MB


@contextlib.contextmanager
def server(folder):
    """The process and its address."""
    command = [sys.executable, "-m", "tumen", "serve", "--port", "0", "--workers", "0"]
    run = subprocess.Popen(
        [*command, "--store", str(folder)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        line = ""
        while not (found := READY.search(line)):
            line = run.stderr.readline().decode()
            assert line, "the server did not start"
        yield run, found[1]
    finally:
        run.terminate()
        assert run.wait(20) is not None
        run.stderr.close()


def resident(pid):
    """Memory of a process, MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def questions(rng):
    """What somebody at the pages asks, without end."""
    moved = f"munitions.war={rng.integers(0, 41) * 5}&troops.war={rng.integers(0, 41) * 5}"
    yield from (
        f"/api/v1/scenarios/{CASE}/answer?{moved}",
        f"/cases/{CASE}?{moved}",
        f"/api/v1/scenarios/{CASE}/answer?{moved}&without=JPN",
        f"/cases/{CASE}/evidence",
        "/api/v1/worlds",
        "/runs",
        "/method",
        f"/cases/{CASE}/figures/losses.csv?{moved}",
        "/worlds/tumen-31/PRK",
    )


async def person(client, seed, until, seen):
    """Ask until the time is up."""
    rng = np.random.default_rng(seed)
    while time.monotonic() < until:
        for link in questions(rng):
            answer = await client.get(link)
            seen[answer.status_code] += 1
            if time.monotonic() >= until:
                return


async def crowd(address, seconds):
    seen = Counter()
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=address, timeout=110, limits=limits) as client:
        until = time.monotonic() + seconds
        await asyncio.gather(*(person(client, seed, until, seen) for seed in range(CLIENTS)))
    return seen


def hold(folder, first, then):
    """Statuses of all answers, and memory after a first stretch and at the end."""
    with server(folder) as (run, address):
        seen = asyncio.run(crowd(address, first))
        before = resident(run.pid)
        seen += asyncio.run(crowd(address, then))
        return seen, before, resident(run.pid)


def test_fifty_clients_for_ten_seconds(tmp_path):
    seen, before, after = hold(tmp_path, 5, 5)
    assert set(seen) == {200}
    assert sum(seen.values()) >= CLIENTS
    assert after - before < MOST_GROWTH


@pytest.mark.slow
def test_fifty_clients_for_two_minutes(tmp_path):
    seen, before, after = hold(tmp_path, 30, 90)
    assert set(seen) == {200}
    assert sum(seen.values()) >= 10 * CLIENTS
    assert after - before < MOST_GROWTH
