"""The store: runs that are asked, worked on and kept, by any number of processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from tumen.errors import StoreError, TumenError, nearest
from tumen.store import artefacts, queue
from tumen.store.clock import now
from tumen.store.database import rows
from tumen.store.export import export
from tumen.store.keep import Removed, collect
from tumen.store.kept import INDEX, Kept
from tumen.store.quota import Quota
from tumen.store.request import STATUSES, Request, Run, canonical, check_id, check_name, run_of
from tumen.store.verify import Fault, damaged, faults

__all__ = ["INDEX", "Quota", "Store"]


class Store(Kept):
    """The runs of a folder. Raises `StoreError` for one that cannot be used.

    Safe to share between threads and processes of one machine; not over a network's disk, which
    cannot share the log that the index is written through.
    """

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Asking and reading.

    def submit(self, request: Request, owner: str = "") -> Run:
        """Have a question answered, once: who asks it again is shown the run that there is."""
        run = request.id
        if (known := self.shown_to(run, owner)) is not None:
            return known
        with (
            artefacts.staged(self.folder / "runs", request.files) as (staging, files),
            self.undone(run),
            self.database.writing() as connection,
        ):
            if not queue.exists(connection, run):
                artefacts.place_part(staging, self.place(run, "inputs"))
                queue.insert(connection, request)
                artefacts.write_rows(connection, run, "inputs", files)
            queue.give(connection, run, owner)
            # Read before anybody else can take it away again.
            (row,) = rows(connection, "SELECT * FROM runs WHERE id = ?", (run,))
        return run_of(row)

    def shown_to(self, run: str, owner: str) -> Run | None:
        """A run that an owner may see from now on; None where there is none of this id."""
        with self.database.writing() as connection:
            found = rows(connection, "SELECT * FROM runs WHERE id = ?", (check_id(run),))
            if found:
                queue.give(connection, run, owner)
        return run_of(found[0]) if found else None

    def grant(self, run: str, owner: str) -> bool:
        """Let an owner see a run; False where there is none of this id."""
        return self.shown_to(run, owner) is not None

    def runs(
        self,
        *,
        owner: str | None = None,
        status: str | None = None,
        limit: int = 100,
        before: str | None = None,
    ) -> list[Run]:
        """Runs, newest first: of an owner or all, in one status or any, older than another run."""
        if status is not None and status not in STATUSES:
            raise StoreError(f"unknown status {status!r}{nearest(status, STATUSES)}")
        asked: dict[str, Any] = {
            "id IN (SELECT run FROM access WHERE owner = ?)": owner,
            "status = ?": status,
            "seq < (SELECT seq FROM runs WHERE id = ?)": None
            if before is None
            else check_id(before),
        }
        given = {text: value for text, value in asked.items() if value is not None}
        where = " AND ".join(given) or "1"
        found = self.database.read(
            f"SELECT * FROM runs WHERE {where} ORDER BY seq DESC LIMIT ?",  # noqa: S608
            *given.values(),
            max(0, min(limit, 1_000_000)),
        )
        return [run_of(row) for row in found]

    def may_see(self, run: str, owner: str) -> bool:
        """Whether an owner asked for a run."""
        return bool(
            self.database.read(
                "SELECT 1 FROM access WHERE run = ? AND owner = ?", check_id(run), owner
            )
        )

    # Working.

    def claim(self, worker: str) -> Run | None:
        """The next run to work on, now this worker's; None where nothing waits."""
        with self.database.writing() as connection:
            found = queue.claim(connection, worker)
        return None if found is None else self.run(found)

    def beat(self, run: str, worker: str, done: int, total: int, message: str = "") -> bool:
        """Say that the work goes on. False: it is no longer this worker's, who must stop."""
        with self.database.writing() as connection:
            return queue.change(
                connection,
                check_id(run),
                worker,
                heartbeat=now(),
                done=done,
                total=total,
                message=message,
            )

    def finish(
        self,
        run: str,
        worker: str,
        found: Mapping[str, bytes | Path],
        summary: Mapping[str, Any],
    ) -> bool:
        """Keep an answer, whole or not at all. False: the run is no longer this worker's.

        Raises `OutputError` or `StoreError` where it cannot be kept; the run then goes on.
        """
        told = canonical(dict(summary))
        for name in found:
            check_name(name, "an artefact")
        place = self.place(run, "artefacts")
        ended = {"status": "finished", "ended": now(), "summary": told, "message": ""}
        with (
            artefacts.staged(self.folder / "runs", found) as (staging, files),
            self.undone(run),
            self.database.writing() as connection,
        ):
            mine = queue.change(connection, run, worker, **ended)
            if mine:
                artefacts.place_part(staging, place)
                artefacts.write_rows(connection, run, "artefacts", files)
        return mine

    def fail(self, run: str, worker: str, error: str) -> bool:
        """End a run without an answer, and say why. False: it is no longer this worker's."""
        with self.database.writing() as connection:
            return queue.change(
                connection, check_id(run), worker, status="failed", ended=now(), error=error
            )

    def release(self, run: str, worker: str) -> bool:
        """Give a run back for another worker. False: it is no longer this worker's."""
        with self.database.writing() as connection:
            return queue.release(connection, check_id(run), worker)

    # Ending.

    def cancel(self, run: str) -> Run:
        """Stop a run that has not ended; what it has done so far stays for a retry."""
        with self.database.writing() as connection:
            queue.cancel(connection, check_id(run))
        return self.run(run)

    def retry(self, run: str) -> Run:
        """Have a run that failed, was cancelled or is damaged worked on again."""
        if self.run(run).status == "finished" and not damaged(self, run):
            raise StoreError(f"run {run} has finished and its files are whole; nothing to retry")
        with self.database.writing() as connection:
            queue.requeue(connection, run)
        self.sweep(run)
        return self.run(run)

    def delete(self, run: str, owner: str | None = None) -> None:
        """Take a run away. With an owner only his hold on it, and the run with the last hold."""
        with self.database.writing() as connection:
            queue.status_of(connection, check_id(run))
            if owner is not None:
                mine = "DELETE FROM access WHERE run = ? AND owner = ?"
                if not connection.execute(mine, (run, owner)).rowcount:
                    raise StoreError(queue.UNKNOWN.format(run))
                if rows(connection, "SELECT 1 FROM access WHERE run = ?", (run,)):
                    return
            connection.execute("DELETE FROM runs WHERE id = ?", (run,))
        self.sweep(run)

    @contextlib.contextmanager
    def undone(self, run: str) -> Iterator[None]:
        """What the body put on the disk goes again if its rows were not kept."""
        try:
            yield
        except BaseException:
            # On a full disk even this may fail; what is left then belongs to no run.
            with contextlib.suppress(TumenError, OSError):
                self.sweep(run)
            raise

    # Keeping.

    def verify(self) -> list[Fault]:
        """Everything that is not as it should be; empty where all is well."""
        return faults(self)

    def gc(
        self,
        *,
        max_bytes: int | None = None,
        max_age: timedelta | None = None,
        dry: bool = False,
        keep: Iterable[str] = (),
    ) -> list[Removed]:
        """Take away runs beyond the quota, oldest first, and what dead writers left."""
        size = self.quota.max_bytes if max_bytes is None else max_bytes
        age = self.quota.max_age if max_age is None else max_age
        return collect(self, Quota(size, age), dry=dry, keep=frozenset(keep))

    def export(self, run: str, path: str | Path) -> None:
        """Write one zip with all of a run: its inputs, its artefacts and what is known of it."""
        export(self, run, Path(path))
