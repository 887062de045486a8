"""A server and its worker killed while they are used: what was acknowledged is there afterwards."""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import threading

import pytest

import tumen
from tumen.errors import RemoteError
from tumen.store.runs import Store

CASE = "minsk-moscow"
READY = re.compile(r"open (http://\S+)/")
KILLS = 4


@contextlib.contextmanager
def served(folder):
    """A server with one worker, in a session of its own, and its address."""
    command = [sys.executable, "-m", "tumen", "serve", "--port", "0", "--store", str(folder)]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        while not (found := READY.search(line := run.stderr.readline())):
            assert line, "the server did not start"
        yield run, found[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait(20)
        run.stderr.close()


def ask_until_gone(address, seeds, known):
    """Ask for one run after the other until the server is gone; note what it acknowledged."""
    client = tumen.Client(address)
    waiting = []
    while True:
        try:
            waiting.append(client.submit("sample", CASE, draws=2, dear=0, seed=next(seeds)))
            known.add(waiting[-1])
            if len(waiting) > 5:
                client.cancel(waiting.pop(0))
        except (RemoteError, OSError) as error:
            if getattr(error, "status", None) is None:
                return


def verified(folder):
    """What `tumen runs verify` says, in a process of its own."""
    command = [sys.executable, "-m", "tumen", "runs", "verify", "--json", "--store", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.slow
def test_a_server_killed_in_the_middle_of_writes_loses_nothing(tmp_path):
    folder, known = tmp_path / "store", set()
    chance, seeds = random.Random(7), iter(range(10_000))
    for _ in range(KILLS):
        with served(folder) as (run, address):
            killer = threading.Timer(chance.uniform(1, 4), os.killpg, (run.pid, signal.SIGKILL))
            killer.start()
            ask_until_gone(address, seeds, known)
            killer.join()
        code, told = verified(folder)
        assert code == 0, told
    assert len(known) > KILLS
    with Store(folder) as store:
        assert known <= {one.id for one in store.runs(limit=100_000)}
    # Whatever a killed worker had in hand is done by the next one.
    first = sorted(known)[0]
    with served(folder) as (_, address):
        client = tumen.Client(address)
        for run in client.runs("queued"):
            if run["id"] != first:
                client.cancel(run["id"])
        if client.run(first)["status"] == "cancelled":
            client.retry(first)
        assert client.wait(first)["status"] == "finished"
    assert verified(folder)[0] == 0
