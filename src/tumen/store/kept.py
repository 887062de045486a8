"""What a store keeps: its index, and the files of every run, found and checked.

index.sqlite         what there is, and who works on what
runs/ID/inputs/      the scenario as it was asked
runs/ID/artefacts/   the answer
work/ID/             what a run that has not ended keeps, such as draws
"""

from __future__ import annotations

from pathlib import Path

from tumen.errors import StoreError, nearest
from tumen.store import artefacts, queue
from tumen.store.artefacts import Held, Part
from tumen.store.database import Database, rows
from tumen.store.quota import Quota
from tumen.store.request import Run, check_id, run_of

INDEX = "index.sqlite"


class Kept:
    """The index and the files of a folder. Raises `StoreError` for one that cannot be used."""

    def __init__(self, folder: str | Path, quota: Quota | None = None) -> None:
        self.folder = Path(folder)
        self.quota = quota or Quota()
        artefacts.make_folders(self.folder, self.folder / "runs", self.folder / "work")
        self.database = Database(self.folder / INDEX)

    def close(self) -> None:
        """Let go of the index; every thread's hold on it."""
        self.database.close()

    def place(self, run: str, part: Part | None = None) -> Path:
        """Where the files of a run stand; the id is checked first."""
        folder = self.folder / "runs" / check_id(run)
        return folder if part is None else folder / part

    def work(self, run: str) -> Path:
        """Where a run keeps what it has done so far."""
        return self.folder / "work" / check_id(run)

    def run(self, run: str) -> Run:
        """A run by its id. Raises `StoreError` where there is none."""
        found = self.database.read("SELECT * FROM runs WHERE id = ?", check_id(run))
        if not found:
            raise StoreError(queue.UNKNOWN.format(run))
        return run_of(found[0])

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
