"""The files of runs: put in place whole, found again by name, checked against their digests.

Files stand at `runs/ID/inputs/...` and `runs/ID/artefacts/...`. A part of a run is staged under a
hidden name, synced, and renamed inside the transaction that writes its rows, so that a part without
rows is what a dead writer left and counts for nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from tumen.errors import StoreError
from tumen.files import beside, explain, stage, sync_folder

Part = Literal["inputs", "artefacts"]
HIDDEN = ".tumen-"


class Held(NamedTuple):
    """A file of a run: its name, its digest and its bytes counted."""

    name: str
    sha256: str
    size: int


def held(place: Path, name: str) -> Held:
    """What a file holds now. Raises `OSError` where it cannot be read."""
    with place.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Held(name, digest, place.stat().st_size)


@contextlib.contextmanager
def staged(folder: Path, contents: Mapping[str, bytes | Path]) -> Iterator[tuple[Path, list[Held]]]:
    """All files, on the disk, in a hidden folder that is gone afterwards unless it was renamed.

    Raises `OutputError` where they cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            staging = stack.enter_context(stage(folder, contents))
            found = [held(staging / name, name) for name in contents]
            for inner, _, _ in os.walk(staging):
                sync_folder(Path(inner))
        except OSError as error:
            raise explain(folder, error) from None
        yield staging, found


def place_part(staging: Path, goal: Path) -> None:
    """Rename a staged part to where it belongs; one that a dead writer left there is thrown away.

    Stands inside the transaction that writes the rows. Raises `OutputError`.
    """
    try:
        goal.parent.mkdir(exist_ok=True)
        if goal.exists():
            discard(goal)
        staging.rename(goal)
        sync_folder(goal.parent)
        sync_folder(goal.parent.parent)
    except OSError as error:
        raise explain(goal, error) from None


def discard(place: Path) -> None:
    """Take a file or folder away under a hidden name first, so that no half of it is ever seen."""
    hidden = beside(place.parent)
    with contextlib.suppress(FileNotFoundError):
        place.rename(hidden)
        shutil.rmtree(hidden, ignore_errors=True)
        hidden.unlink(missing_ok=True) if hidden.is_file() else None


def write_rows(connection: sqlite3.Connection, run: str, part: Part, files: list[Held]) -> None:
    """Write which files a run has; the size of the run follows."""
    connection.executemany(
        "INSERT INTO files (run, part, name, sha256, size) VALUES (?, ?, ?, ?, ?)",
        [(run, part, *one) for one in files],
    )
    connection.execute(
        "UPDATE runs SET size = (SELECT coalesce(sum(size), 0) FROM files WHERE run = id) "
        "WHERE id = ?",
        (run,),
    )


def checked(place: Path, wanted: Held) -> bytes:
    """The bytes of a file. Raises `StoreError` where it is missing or not what was written."""
    if (wrong := fault_of(place, wanted)) is not None:
        raise StoreError(f"{place}: {wrong}; `tumen runs verify` says what to do")
    content = place.read_bytes()
    if hashlib.sha256(content).hexdigest() != wanted.sha256:
        raise StoreError(f"{place}: changed while it was read; try again")
    return content


def fault_of(place: Path, wanted: Held, *, deep: bool = True) -> str | None:
    """What is wrong with a file; None where it is what was written. `deep`: its digest too."""
    try:
        if place.is_symlink() or not place.is_file():
            return "the file is missing"
        if (size := place.stat().st_size) != wanted.size:
            return f"the file is damaged: it has {size:,} bytes, not {wanted.size:,}"
        if deep and held(place, wanted.name) != wanted:
            return "the file is damaged: its content is not what was written"
    except OSError as error:
        return f"the file cannot be read ({error.strerror})"
    return None


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(inner) / name).lstat().st_size
    return total


def older_than(place: Path, seconds: float) -> bool:
    """Whether nothing was put into a file or folder for so long."""
    try:
        return time.time() - place.stat().st_mtime > seconds
    except OSError:
        return False


def make_folders(*folders: Path) -> None:
    """Make the folders of a store. Raises `OutputError`."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain(folder, error) from None
