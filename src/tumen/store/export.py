"""One file with all of a run: what was asked, what was found, and the digests of both."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tumen.files import beside, explain, refuse_special, sync_folder
from tumen.store.artefacts import Part, checked

if TYPE_CHECKING:
    from tumen.store.kept import Kept

PARTS: tuple[Part, ...] = ("inputs", "artefacts")
MANIFEST = "manifest.json"
# The same run makes the same file, so that two copies can be compared.
EARLIEST = (1980, 1, 1, 0, 0, 0)
# What says who worked on a run when, and nothing of what it found.
PASSING = ("heartbeat", "worker", "attempts", "done", "total", "message")


def manifest(kept: Kept, run: str) -> dict[str, Any]:
    """What is known of a run, with the digests of its files."""
    told = {name: value for name, value in asdict(kept.run(run)).items() if name not in PASSING}
    files = {
        f"{part}/{one.name}": {"sha256": one.sha256, "size": one.size}
        for part in PARTS
        for one in kept.held(run, part)
    }
    return told | {"files": files}


def export(kept: Kept, run: str, path: Path) -> None:
    """Write the zip, whole or not at all. Raises `StoreError` for a damaged file of the run."""
    text = json.dumps(manifest(kept, run), indent=2, ensure_ascii=False)
    goal = Path(os.path.realpath(path))
    temporary = beside(goal.parent)
    try:
        refuse_special(goal)
        with temporary.open("xb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                add(archive, MANIFEST, text.encode())
                for part in PARTS:
                    for one in kept.held(run, part):
                        place = kept.place(run, part) / one.name
                        add(archive, f"{part}/{one.name}", checked(place, one))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(goal)
        sync_folder(goal.parent)
    except OSError as error:
        raise explain(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Put one file into the archive."""
    told = zipfile.ZipInfo(name, EARLIEST)
    told.compress_type = zipfile.ZIP_DEFLATED
    told.external_attr = 0o644 << 16
    archive.writestr(told, content)
