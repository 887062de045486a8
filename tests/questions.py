"""Questions to a run store that cost nothing to make, and a clock that can be set back."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tumen.store.clock import now
from tumen.store.request import Request
from tumen.store.runs import Store

FILES = {"case.yaml": b"title: A question\n", "ways/nodes.csv": b"id,kind\n"}
ANSWER = {"answer.json": b'{"answer": 42}', "draws.parquet": b"many numbers " * 500}


def question(number: int = 0, **changes) -> Request:
    """A question like any other; another number, another question."""
    given = {
        "kind": "sample",
        "title": f"Question {number}",
        "scenario": "a-case",
        "files": FILES,
        "settings": {"draws": 64 + number, "seed": 0},
        "scenario_hash": "0123456789abcdef",
        "data_version": "world 1",
        "code_version": "1.0",
    }
    return Request(**given | changes)


def answered(store: Store, number: int = 0, worker: str = "w", found=None) -> str:
    """A run of that question, finished."""
    run = store.submit(question(number)).id
    claimed = store.claim(worker)
    assert claimed is not None
    assert claimed.id == run
    assert store.finish(run, worker, ANSWER if found is None else found, {"answer": 42})
    return run


def silent(store: Store, run: str, seconds: float = 3600.0) -> None:
    """Let the last heartbeat of a run be so long ago."""
    with store.database.writing() as connection:
        connection.execute("UPDATE runs SET heartbeat = ? WHERE id = ?", (now(-seconds), run))


def aged(folder: Path, seconds: float = 7200.0) -> None:
    """Let everything below a folder be as old as that."""
    then = time.time() - seconds
    for place in [folder, *folder.rglob("*")]:
        os.utime(place, (then, then), follow_symlinks=False)
