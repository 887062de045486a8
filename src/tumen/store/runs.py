"""The store: a folder with an index and the files of every run, shared by any number of processes.

index.sqlite         what there is, and who works on what
runs/ID/inputs/      the scenario as it was asked
runs/ID/artefacts/   the answer
work/ID/             what a run that has not ended keeps, such as draws
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.errors import StoreError, TumenError, nearest
from tumen.store import artefacts, queue
from tumen.store.artefacts import Held, Part
from tumen.store.clock import now
from tumen.store.database import Database, rows
from tumen.store.request import (
    STATUSES,
    Request,
    Run,
    canonical,
    check_id,
    check_name,
    run_of,
)

if TYPE_CHECKING:
    from tumen.store.keep import Removed
    from tumen.store.verify import Fault

INDEX = "index.sqlite"


@dataclass(frozen=True)
class Quota:
    """How much a store keeps: beyond it the oldest runs that have ended go."""

    max_bytes: int | None = 5_000_000_000
    max_age: timedelta | None = None


class Store:
    """The runs of a folder. Raises `StoreError` for one that cannot be used.

    Safe to share between threads and processes of one machine; not over a network's disk, which
    cannot share the log that the index is written through.
    """

    def __init__(self, folder: str | Path, quota: Quota = Quota()) -> None:
        self.folder = Path(folder)
        self.quota = quota
        artefacts.make_folders(self.folder, self.folder / "runs", self.folder / "work")
        self.database = Database(self.folder / INDEX)

    def close(self) -> None:
        """Let go of the index; every thread's hold on it."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def place(self, run: str, part: Part | None = None) -> Path:
        """Where the files of a run stand; the id is checked first."""
        folder = self.folder / "runs" / check_id(run)
        return folder if part is None else folder / part

    def work(self, run: str) -> Path:
        """Where a run keeps what it has done so far."""
        return self.folder / "work" / check_id(run)

    # Asking and reading.

    def submit(self, request: Request, owner: str = "") -> Run:
        """Have a question answered, once: who asks it again is shown the run that there is."""
        run = request.id
        if not self.grant(run, owner):
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
        return self.run(run)

    def grant(self, run: str, owner: str) -> bool:
        """Let an owner see a run; False where there is none of this id."""
        with self.database.writing() as connection:
            known = queue.exists(connection, check_id(run))
            if known:
                queue.give(connection, run, owner)
        return known

    def run(self, run: str) -> Run:
        """A run by its id. Raises `StoreError` where there is none."""
        found = self.database.read("SELECT * FROM runs WHERE id = ?", check_id(run))
        if not found:
            raise StoreError(queue.UNKNOWN.format(run))
        return run_of(found[0])

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
        from tumen.store.verify import damaged

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

    def sweep(self, run: str) -> None:
        """Take away what stands on the disk for a run and is in no row of the index."""
        with self.database.writing() as connection:
            parts = {
                row["part"]
                for row in rows(connection, "SELECT part FROM files WHERE run = ?", (run,))
            }
            if not queue.exists(connection, run):
                artefacts.discard(self.place(run))
                artefacts.discard(self.work(run))
            elif "artefacts" not in parts:
                artefacts.discard(self.place(run, "artefacts"))

    # Files.

    def held(self, run: str, part: Part = "artefacts") -> list[Held]:
        """The files of a run: names, digests, sizes."""
        found = self.database.read(
            "SELECT name, sha256, size FROM files WHERE run = ? AND part = ? ORDER BY name",
            check_id(run),
            part,
        )
        return [Held(**row) for row in found]

    def artefacts(self, run: str) -> list[Held]:
        """What a run found: names, digests, sizes."""
        self.run(run)
        return self.held(run)

    def one(self, run: str, name: str) -> Held:
        """One artefact by name. Raises `StoreError` where the run has none of it."""
        known = {one.name: one for one in self.artefacts(run)}
        if name not in known:
            raise StoreError(f"run {run} has no {name!r:.80}{nearest(name[:80], known)}")
        return known[name]

    def artefact(self, run: str, name: str) -> bytes:
        """The bytes of an artefact, checked against their digest. Raises `StoreError`."""
        found = self.one(run, name)
        return artefacts.checked(self.place(run, "artefacts") / found.name, found)

    def artefact_path(self, run: str, name: str) -> Path:
        """Where an artefact stands, of the right size. Raises `StoreError`."""
        found = self.one(run, name)
        place = self.place(run, "artefacts") / found.name
        if (wrong := artefacts.fault_of(place, found, deep=False)) is not None:
            raise StoreError(f"{place}: {wrong}; `tumen runs verify` says what to do")
        return place

    def files(self, run: str) -> dict[str, bytes]:
        """The scenario as it was asked: `case.yaml` and the tables beside it."""
        self.run(run)
        folder = self.place(run, "inputs")
        return {
            one.name: artefacts.checked(folder / one.name, one) for one in self.held(run, "inputs")
        }

    # Keeping.

    def verify(self) -> list[Fault]:
        """Everything that is not as it should be; empty where all is well."""
        from tumen.store.verify import faults

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
        from tumen.store.keep import collect

        size = self.quota.max_bytes if max_bytes is None else max_bytes
        age = self.quota.max_age if max_age is None else max_age
        return collect(self, Quota(size, age), dry=dry, keep=frozenset(keep))

    def export(self, run: str, path: str | Path) -> None:
        """Write one zip with all of a run: its inputs, its artefacts and what is known of it."""
        from tumen.store.export import export

        export(self, run, Path(path))
