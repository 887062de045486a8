"""The tables of the index, and the steps that bring an older index to them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tumen.errors import StoreError

Steps = tuple[tuple[str, ...], ...]

# Each step makes the next version of the schema from the one before; a step that was once released
# is never changed. What others than one person ask came with the second.
STEPS: Steps = (
    (
        """CREATE TABLE runs (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            title TEXT NOT NULL,
            scenario TEXT NOT NULL,
            settings TEXT NOT NULL,
            scenario_hash TEXT NOT NULL,
            data_version TEXT NOT NULL,
            code_version TEXT NOT NULL,
            status TEXT NOT NULL
                CHECK (status IN ('queued', 'running', 'finished', 'failed', 'cancelled')),
            created TEXT NOT NULL,
            started TEXT,
            ended TEXT,
            heartbeat TEXT,
            worker TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            done INTEGER NOT NULL DEFAULT 0,
            total INTEGER NOT NULL DEFAULT 0,
            message TEXT NOT NULL DEFAULT '',
            error TEXT,
            size INTEGER NOT NULL DEFAULT 0,
            summary TEXT NOT NULL DEFAULT '{}'
        )""",
        """CREATE TABLE files (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            part TEXT NOT NULL CHECK (part IN ('inputs', 'artefacts')),
            name TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            size INTEGER NOT NULL,
            PRIMARY KEY (run, part, name)
        )""",
        "CREATE INDEX runs_by_status ON runs (status, seq)",
    ),
    (
        """CREATE TABLE access (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            owner TEXT NOT NULL,
            PRIMARY KEY (owner, run)
        )""",
        "INSERT INTO access (run, owner) SELECT id, '' FROM runs",
        "CREATE INDEX access_by_run ON access (run)",
    ),
)
VERSION = len(STEPS)


def version_of(connection: sqlite3.Connection) -> int:
    """Which schema an index has; 0 where it has none yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(connection: sqlite3.Connection, path: Path, newest: int = VERSION) -> int:
    """The database's schema. Raises `StoreError` for one of a newer tumen."""
    version = version_of(connection)
    if version > newest:
        raise StoreError(
            f"{path}: was written by a newer tumen (schema {version}; this one knows up to "
            f"{newest}), and was left as it is; update tumen, or name another store"
        )
    return version


def migrate(connection: sqlite3.Connection, steps: Steps = STEPS) -> None:
    """Take the steps that a database lacks, inside the caller's transaction."""
    for number in range(version_of(connection), len(steps)):
        for statement in steps[number]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number + 1}")
