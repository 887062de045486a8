"""The index as a database: one connection a thread, short transactions, errors in plain words."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tumen.errors import StoreError
from tumen.store import schema

# How long a writer waits for another one.
PATIENCE = 30.0
REMEDIES = {
    "SQLITE_FULL": "the disk is full: free some space; nothing that stood there was lost",
    "SQLITE_IOERR": "the disk refused a read or a write: free some space or look at the disk",
    "SQLITE_READONLY": "it may not be written to: choose a store that you may write to",
    "SQLITE_CANTOPEN": "it cannot be opened: choose a store that you may write to",
    "SQLITE_PERM": "it cannot be opened: choose a store that you may write to",
    "SQLITE_BUSY": "another process held it for too long: try again",
    "SQLITE_CORRUPT": "it is damaged: bring it back from a copy, or name another store",
    "SQLITE_NOTADB": "it is no index of runs: move it away, or name another store",
}


class Connection(sqlite3.Connection):
    """A connection that can be counted without being kept alive."""


@contextlib.contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Faults of the database inside are raised as `StoreError`s that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        name = str(getattr(error, "sqlite_errorname", ""))
        words = next(
            (text for code, text in REMEDIES.items() if name.startswith(code)),
            f"{error}; `tumen runs verify` looks at it",
        )
        raise StoreError(f"{path}: {words}") from None


class Database:
    """The index of a store, or another database with steps of its own, brought up to date.

    Written through to the disk at every commit, so that what was said to be done stays done when
    the power fails.
    """

    def __init__(self, path: Path, steps: schema.Steps = schema.STEPS) -> None:
        self.path, self.steps = path, steps
        self.local = threading.local()
        self.opened: weakref.WeakSet[Connection] = weakref.WeakSet()
        with plainly(path):
            try:
                self.prepare()
            except BaseException:
                self.close()
                raise

    def prepare(self) -> None:
        """Turn on the write-ahead log and bring the schema up to date, one process at a time."""
        connection = self.connection
        schema.check_version(connection, self.path, len(self.steps))
        until = time.monotonic() + PATIENCE
        # Changing the journal asks for the whole file and does not wait for it.
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
        if schema.version_of(connection) < len(self.steps):
            with self.writing() as writer:
                schema.check_version(writer, self.path, len(self.steps))
                schema.migrate(writer, self.steps)

    @property
    def connection(self) -> Connection:
        """The connection of the calling thread."""
        found: Connection | None = getattr(self.local, "connection", None)
        if found is None:
            # Closing comes from whichever thread closes the store.
            found = sqlite3.connect(
                self.path,
                timeout=PATIENCE,
                isolation_level=None,
                factory=Connection,
                check_same_thread=False,
            )
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA synchronous = FULL")
            found.execute("PRAGMA foreign_keys = ON")
            self.local.connection = found
            self.opened.add(found)
        return found

    def read(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of one question."""
        with plainly(self.path):
            return [dict(row) for row in self.connection.execute(sql, values)]

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Several questions to one state of the index."""
        with plainly(self.path):
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                self.connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that shuts out every other writer; all of it is kept, or none."""
        with plainly(self.path):
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close every thread's connection."""
        for connection in list(self.opened):
            connection.close()
        self.opened.clear()
        self.local = threading.local()


def rows(connection: sqlite3.Connection, sql: str, values: Sequence[Any] = ()) -> list[Any]:
    """Rows of a question inside a transaction."""
    return connection.execute(sql, values).fetchall()
