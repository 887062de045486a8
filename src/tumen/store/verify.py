"""Whether a store is whole: its index, and every file of every run against its digest."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from tumen.store.artefacts import HIDDEN, Held, Part, fault_of, older_than
from tumen.store.database import rows
from tumen.store.request import ID

if TYPE_CHECKING:
    from pathlib import Path

    from tumen.store.kept import Kept

# What a write under way may leave for a while: an hour is longer than any takes.
LEFTOVER = 3600.0


class Fault(NamedTuple):
    """Something wrong in a store, and what to do about it. `run` is empty where it is no run's."""

    run: str
    what: str
    remedy: str


def faults(kept: Kept) -> list[Fault]:
    """Every fault: of the index, of the files of runs, and what belongs to no run."""
    found = index_faults(kept)
    with kept.database.reading() as connection:
        known = {
            row["id"]: row["status"] for row in rows(connection, "SELECT id, status FROM runs")
        }
        listed = [
            (row["run"], row["part"], Held(row["name"], row["sha256"], row["size"]))
            for row in rows(connection, "SELECT * FROM files ORDER BY run, part, name")
        ]
    parts = {(run, part) for run, part, _ in listed}
    for run, status in known.items():
        if (run, "inputs") not in parts or (
            status == "finished" and (run, "artefacts") not in parts
        ):
            found.append(Fault(run, "its files are not in the index", f"tumen runs delete {run}"))
    for run, part, wanted in listed:
        place = kept.place(run, part) / wanted.name
        wrong = fault_of(place, wanted)
        # A run that was deleted or worked on anew meanwhile is no fault.
        if wrong is not None and wanted in kept.held(run, part):
            found.append(Fault(run, f"{place}: {wrong}", remedy(run, part)))
    with kept.database.reading() as connection:
        left = leftovers(kept.folder, connection)
    return found + [
        Fault(
            "",
            f"{place}: belongs to no run",
            "tumen runs gc" if is_ours(place) else "move it out of the store",
        )
        for place in left
        if older_than(place, LEFTOVER)
    ]


def remedy(run: str, part: Part) -> str:
    """What to do about a damaged file: an answer can be worked out again, a question cannot."""
    if part == "artefacts":
        return f"tumen runs retry {run}, which works it out again"
    return f"bring the file back from a copy, or tumen runs delete {run} and ask again"


def damaged(kept: Kept, run: str) -> bool:
    """Whether a file of an answer is not what was written."""
    place = kept.place(run, "artefacts")
    return any(fault_of(place / one.name, one) is not None for one in kept.held(run))


def index_faults(kept: Kept) -> list[Fault]:
    """What the database finds wrong with itself."""
    path = kept.database.path
    told = [str(next(iter(row.values()))) for row in kept.database.read("PRAGMA integrity_check")]
    broken = kept.database.read("PRAGMA foreign_key_check")
    found = [
        Fault("", f"{path}: {line}", "bring the index back from a copy, or start another store")
        for line in told
        if line != "ok"
    ]
    if broken:
        found.append(
            Fault("", f"{path}: {len(broken)} rows belong to no run", "bring it back from a copy")
        )
    return found


def leftovers(folder: Path, connection: sqlite3.Connection) -> list[Path]:
    """What stands on the disk and is in no row: parts of dead writes, and of runs that went.

    Some may belong to a write that is under way.
    """
    known = {row["id"]: row["status"] for row in rows(connection, "SELECT id, status FROM runs")}
    parts = {
        (row["run"], row["part"])
        for row in rows(connection, "SELECT DISTINCT run, part FROM files")
    }
    found: list[Path] = []
    for place in sorted((folder / "runs").iterdir()):
        if place.name in known and place.is_dir():
            inner = sorted(place.iterdir())
            found += [part for part in inner if (place.name, part.name) not in parts]
        else:
            found.append(place)
    work = sorted((folder / "work").iterdir())
    return found + [place for place in work if known.get(place.name, "finished") == "finished"]


def is_ours(place: Path) -> bool:
    """Whether a leftover bears a name that the store gives; a user's own file does not."""
    return (
        place.name.startswith(HIDDEN)
        or bool(ID.fullmatch(place.name))
        or (place.name == "artefacts" and bool(ID.fullmatch(place.parent.name)))
    )
