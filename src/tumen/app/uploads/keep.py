"""Scenarios that were sent and are good: kept beside the runs, each seen by who sent it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tumen.errors import ScenarioError
from tumen.files import write_atomically, write_folder
from tumen.store.request import CASE

FOLDER = "uploads"
NAME = re.compile(r"u-[0-9a-f]{16}")
MOST_EACH = 100  # scenarios of one person
LOCK = threading.Lock()


class Upload(NamedTuple):
    """A scenario that was sent: the name of its case, its title, and who sent it."""

    name: str
    title: str
    owners: tuple[str, ...]


def name_of(files: Mapping[str, bytes]) -> str:
    """The same for the same files."""
    sha = hashlib.sha256()
    for name in sorted(files):
        sha.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return f"u-{sha.hexdigest()[:16]}"


def told(store: Path, name: str) -> Upload | None:
    """What is known of an upload; None where there is none of this name."""
    if not NAME.fullmatch(name):
        return None
    try:
        known = json.loads((store / FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Upload(name, str(known["title"]), tuple(known["owners"]))


def keep(store: Path, files: Mapping[str, bytes], title: str, owner: str) -> str:
    """Keep the files for an owner; the name of their case.

    Raises `ScenarioError` for one too many, `OutputError` where they cannot be written.
    """
    name = name_of(files)
    with LOCK:
        known = told(store, name)
        owners = () if known is None else known.owners
        if owner not in owners:
            if len(uploads(store, owner)) >= MOST_EACH:
                raise ScenarioError(
                    f"{MOST_EACH} scenarios of yours are kept already; delete one first"
                )
            owners = (*owners, owner)
        write_folder(store / FOLDER / name, files)
        write_told(store, Upload(name, title, owners))
    return name


def write_told(store: Path, one: Upload) -> None:
    """Write what is known of an upload."""
    text = json.dumps({"title": one.title, "owners": list(one.owners)}, ensure_ascii=False)
    write_atomically(store / FOLDER / f"{one.name}.json", text.encode())


def uploads(store: Path, owner: str | None) -> list[Upload]:
    """The scenarios of an owner, or of all."""
    found = [told(store, path.stem) for path in sorted((store / FOLDER).glob("u-*.json"))]
    return [one for one in found if one is not None and (owner is None or owner in one.owners)]


def path_of(store: Path, name: str, owner: str | None) -> Path | None:
    """The file of an uploaded scenario that an owner may see; None for any other name."""
    one = told(store, name)
    if one is None or (owner is not None and owner not in one.owners):
        return None
    return store / FOLDER / name / CASE


def drop(store: Path, name: str, owner: str | None) -> bool:
    """Let an owner go of a scenario, and the scenario with the last. False: there is none."""
    with LOCK:
        one = told(store, name)
        if one is None or (owner is not None and owner not in one.owners):
            return False
        left = tuple(other for other in one.owners if owner is not None and other != owner)
        if left:
            write_told(store, one._replace(owners=left))
            return True
        with contextlib.suppress(FileNotFoundError):
            (store / FOLDER / f"{name}.json").unlink()
        shutil.rmtree(store / FOLDER / name, ignore_errors=True)
    return True
