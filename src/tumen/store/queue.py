"""The rows of runs: asked for, claimed, kept alive by heartbeats, and taken over from the dead."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from tumen.errors import StoreError
from tumen.store.clock import now
from tumen.store.database import rows
from tumen.store.request import Request

# A run whose worker has said nothing for so many seconds is another worker's to take. Workers
# speak every two seconds; a disk that is slow to sync may hold one up for longer.
STALE = 20.0
MOST_ATTEMPTS = 3
UNKNOWN = "there is no run {}; `tumen runs list` shows those there are"
GAVE_UP = (
    f"given up: {MOST_ATTEMPTS} workers died over it, most likely for want of memory; ask for "
    "fewer draws or give the machine more memory, then retry"
)


def insert(connection: sqlite3.Connection, request: Request) -> None:
    """Write a new run that waits."""
    values = {
        "id": request.id,
        "kind": request.kind,
        "title": request.title,
        "scenario": request.scenario,
        "settings": json.dumps(dict(request.settings), allow_nan=False),
        "scenario_hash": request.scenario_hash,
        "data_version": request.data_version,
        "code_version": request.code_version,
        "status": "queued",
        "created": now(),
    }
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(f"INSERT INTO runs ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608


def give(connection: sqlite3.Connection, run: str, owner: str) -> None:
    """Write that an owner may see a run."""
    connection.execute("INSERT OR IGNORE INTO access (run, owner) VALUES (?, ?)", (run, owner))


def claim(connection: sqlite3.Connection, worker: str) -> str | None:
    """Take the oldest run that waits or whose worker is dead; its id, or None where there is none.

    A heartbeat from the future counts as dead too: the clock was set back.
    """
    stale = (now(-STALE), now(STALE))
    connection.execute(
        "UPDATE runs SET status = 'failed', ended = ?, worker = NULL, error = ? WHERE "
        "status = 'running' AND attempts >= ? AND (heartbeat < ? OR heartbeat > ?)",
        (now(), GAVE_UP, MOST_ATTEMPTS, *stale),
    )
    found = rows(
        connection,
        "SELECT id FROM runs WHERE status = 'queued' OR "
        "(status = 'running' AND (heartbeat < ? OR heartbeat > ?)) ORDER BY seq LIMIT 1",
        stale,
    )
    if not found:
        return None
    connection.execute(
        "UPDATE runs SET status = 'running', worker = ?, heartbeat = ?, started = ?, "
        "attempts = attempts + 1, message = '', error = NULL WHERE id = ?",
        (worker, now(), now(), found[0]["id"]),
    )
    return str(found[0]["id"])


def change(connection: sqlite3.Connection, run: str, worker: str, **fields: Any) -> bool:
    """Change fields of a run that this worker has; False where it has it no longer."""
    names = ", ".join(f"{name} = ?" for name in fields)
    done = connection.execute(
        f"UPDATE runs SET {names} WHERE id = ? AND worker = ? AND status = 'running'",  # noqa: S608
        (*fields.values(), run, worker),
    )
    return done.rowcount == 1


def release(connection: sqlite3.Connection, run: str, worker: str) -> bool:
    """Give a run back unfinished, through no fault of its own: it waits again, in its old place."""
    done = connection.execute(
        "UPDATE runs SET status = 'queued', worker = NULL, heartbeat = NULL, started = NULL, "
        "attempts = attempts - 1, message = '' WHERE id = ? AND worker = ? AND status = 'running'",
        (run, worker),
    )
    return done.rowcount == 1


def exists(connection: sqlite3.Connection, run: str) -> bool:
    """Whether there is a run of this id."""
    return bool(rows(connection, "SELECT 1 FROM runs WHERE id = ?", (run,)))


def status_of(connection: sqlite3.Connection, run: str) -> str:
    """How a run stands. Raises `StoreError` where there is none."""
    found = rows(connection, "SELECT status FROM runs WHERE id = ?", (run,))
    if not found:
        raise StoreError(UNKNOWN.format(run))
    return str(found[0]["status"])


def cancel(connection: sqlite3.Connection, run: str) -> None:
    """End a run that has not ended. Raises `StoreError` for one that has."""
    status = status_of(connection, run)
    if status in ("finished", "failed"):
        raise StoreError(f"run {run} has {status}; there is nothing to cancel")
    connection.execute(
        "UPDATE runs SET status = 'cancelled', ended = ?, worker = NULL "
        "WHERE id = ? AND status IN ('queued', 'running')",
        (now(), run),
    )


def requeue(connection: sqlite3.Connection, run: str) -> None:
    """Have a run that ended wait again, behind the others, without what it had found.

    Raises `StoreError` for one that has not ended.
    """
    status = status_of(connection, run)
    if status in ("queued", "running"):
        raise StoreError(f"run {run} is {status}; there is nothing to retry")
    connection.execute("DELETE FROM files WHERE run = ? AND part = 'artefacts'", (run,))
    connection.execute(
        "UPDATE runs SET status = 'queued', worker = NULL, heartbeat = NULL, started = NULL, "
        "ended = NULL, attempts = 0, done = 0, total = 0, message = '', error = NULL, "
        "summary = '{}', seq = (SELECT max(seq) + 1 FROM runs), "
        "size = (SELECT coalesce(sum(size), 0) FROM files WHERE run = id) WHERE id = ?",
        (run,),
    )
