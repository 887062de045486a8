"""Writers of a store that are killed: at a named moment, or by somebody else at any.

Run as a script with a folder, so that nothing of the tests' own process is forked or killed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
from functools import partial
from pathlib import Path

from questions import ANSWER, FILES, aged, question, silent
from tumen.errors import StoreError
from tumen.store.runs import Store


def ready(store: Store) -> str | None:
    """Take a run over from whoever died, as a worker would after a while."""
    for run in store.runs(status="running"):
        silent(store, run.id)
    found = store.claim("w")
    return None if found is None else found.id


def story(store: Store, told) -> None:
    """All that is written in the life of two runs; `told` hears what was promised."""
    first, second = question(0).id, question(1).id
    for number in (0, 1):
        store.submit(question(number), "ann")
        told(f"asked {number}")
    while (run := ready(store)) is not None:
        store.beat(run, "w", 1, 2, "half")
        store.work(run).mkdir(exist_ok=True)
        if store.finish(run, "w", ANSWER, {"answer": 42}):
            told(f"finished {0 if run == first else 1}")
    told("deleting 1")
    store.delete(second)
    told("deleted 1")
    store.gc()


def die_at(store: Store, moment: int) -> None:
    """Kill this process at the so-manieth thing that it does to the disk."""
    left = [moment]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(real):
        def call(*args, **kwargs):
            count()
            return real(*args, **kwargs)

        return call

    store.database.connection.set_trace_callback(count)
    os.fsync = counted(os.fsync)
    for name in ("rename", "mkdir", "unlink", "open"):
        setattr(Path, name, counted(getattr(Path, name)))


def check(folder: Path, promised: set[str]) -> None:
    """Nothing that was promised is lost, and the story can be told to its end."""
    with Store(folder) as store:
        assert store.verify() == [], store.verify()
        known = {run.id: run for run in store.runs()}
        for number in (0, 1):
            run = question(number).id
            gone = f"deleting {number}" in promised
            if f"asked {number}" in promised and not gone:
                assert store.files(run) == FILES
                assert store.may_see(run, "ann")
            if f"finished {number}" in promised and not gone:
                assert known[run].status == "finished"
            if f"deleted {number}" in promised:
                assert run not in known
        for run in known.values():
            if run.status == "finished":
                assert {name: store.artefact(run.id, name) for name in ANSWER} == ANSWER
                assert run.summary == {"answer": 42}
        story(store, lambda _: None)
        assert store.verify() == []
        assert [run.id for run in store.runs()] == [question(0).id]
        aged(folder / "runs")
        aged(folder / "work")
        store.gc()
        assert store.verify() == []
        assert [place.name for place in (folder / "runs").iterdir()] == [question(0).id]


def say(*words: object) -> None:
    """One line to whoever started this."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def at_every_moment(folder: Path, step: int) -> None:
    """Tell the story again and again, each time killed a little later, until it is not."""
    moment = 0
    while True:
        place, said = folder / f"store-{moment}", folder / f"said-{moment}"
        child = os.fork()
        if child == 0:
            try:
                store = Store(place)
                promises = said.open("a", buffering=1)
                die_at(store, moment)
                story(store, partial(print, file=promises))
            except BaseException as error:
                sys.stderr.write(f"{moment}: {error!r}\n")
                os._exit(2)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, -signal.SIGKILL), (moment, status)
        check(place, set(said.read_text().splitlines()))
        if status == 0:
            say(moment)
            return
        moment += step


def write_for_ever(folder: Path, name: str) -> None:
    """Ask, work and delete without end, and say what was promised, until killed."""
    chance = random.Random(name)
    number = 0
    with Store(folder) as store:
        while True:
            number += 1
            request = question(number, title=name, settings={"by": name, "number": number})
            store.submit(request, name)
            say("asked", request.id)
            found = store.claim(name)
            if found is not None and store.finish(found.id, name, ANSWER, {"by": name}):
                say("finished", found.id)
            passing = question(chance.randrange(5), title="passing")
            store.submit(passing)
            if chance.random() < 0.5:
                with contextlib.suppress(StoreError):  # another one was quicker
                    store.delete(passing.id, owner="")


if __name__ == "__main__":
    if sys.argv[1] == "moments":
        at_every_moment(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        write_for_ever(Path(sys.argv[2]), sys.argv[3])
