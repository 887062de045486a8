"""Checking what was sent, in processes with little time and memory: `python -m tumen.app...child`.

This process reads one question a line, FOLDER and KIND as JSON, and answers with one line. For each
it makes a copy of itself, with all that a check needs already loaded; a file made to hang or to
crash its reader ends that copy alone.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tumen.errors import TumenError, WorldError

SECONDS, MEMORY = 30, 6_000_000_000
MOST_VALUES = 60_000_000  # numbers of a world; a compressed file may claim far more
WORLD = "world.nc"
PATIENCE = 7.0  # seconds that a check may take
HUNG, CRASHED = b'"hung"', b'"crashed"'
NEEDED = (
    "h5netcdf",
    "xarray.backends.h5netcdf_",
    "tumen.app.checking",
    "tumen.scenario.citations",
    "tumen.scenario.load",
    "tumen.world.files",
)


def limited() -> None:
    """Take no more processor time and memory than a check can need, and write no large files."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))


def scenario(folder: Path) -> dict[str, Any]:
    """What is wrong with a scenario, and what it holds."""
    from tumen.app.checking import Finding, checked_in
    from tumen.app.uploads.names import unknown
    from tumen.scenario import yamlfile
    from tumen.scenario.load import load_case
    from tumen.store.request import CASE

    files = {
        str(path.relative_to(folder)): b"" for path in sorted(folder.rglob("*")) if path.is_file()
    }
    for name in files:
        if name.endswith(".nc"):
            check_size(folder / name)
    checked = checked_in("scenario", folder, files)
    errors, found = list(checked.errors), checked.found
    if found:
        spare = unknown(files, yamlfile.read(folder / CASE).value)
        words = "the scenario does not use this file; name it there, or leave it out"
        errors = [Finding(name, None, "", words) for name in spare] or errors
        found = {} if spare else found | {"title": load_case(folder / CASE).scenario.title}
    return {"errors": [one._asdict() for one in errors], "found": found}


def world(folder: Path) -> dict[str, Any]:
    """What is wrong with a world, and what it holds."""
    import warnings

    from tumen.world.files import load
    from tumen.world.world import WorldWarning

    path = folder / WORLD
    try:
        check_size(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WorldWarning)
            made = load(path)
    except WorldError as error:
        told = str(error).replace(f"{path}: ", "")
        return {"errors": [fault(part) for part in told.split("; ")], "found": {}}
    facts = {"name": made.name, "title": str(made.dataset.attrs.get("title", ""))} | made.facts()
    return {"errors": [], "found": {"kind": "World", "facts": facts}}


def fault(message: str) -> dict[str, Any]:
    """Something wrong with a world, which has no lines."""
    return {"file": WORLD, "line": None, "field": "", "message": message}


def check_size(path: Path) -> None:
    """Refuse a file that says it holds more than a world can. Raises `WorldError`."""
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf", cache=False) as data:
            count = sum(int(variable.size) for variable in data.variables.values())
    except Exception as error:  # h5py raises many kinds, all meaning the same to a reader
        raise WorldError(
            f"{path}: not a readable NetCDF file ({type(error).__name__}); it may be truncated, "
            "write it again with World.save"
        ) from None
    if count > MOST_VALUES:
        raise WorldError(
            f"{path}: holds {count:,} numbers, more than the {MOST_VALUES:,} that are taken here"
        )


def answer(folder: Path, kind: str) -> dict[str, Any]:
    """What was found; what cannot be read at all in a sentence."""
    try:
        return world(folder) if kind == "world" else scenario(folder)
    except TumenError as error:
        words = " ".join(str(error).split()).replace(f"{folder}/", "")
    except (MemoryError, RecursionError):
        words = "it takes more memory to read than is given to a check here"
    return {"errors": [fault(words) | {"file": ""}], "found": {}}


def in_copy(folder: Path, kind: str) -> bytes:
    """The answer of a copy of this process as JSON; nothing where it crashed or took too long."""
    receiver, sender = os.pipe()
    copy = os.fork()
    if copy == 0:
        with contextlib.suppress(BaseException):
            limited()
            with os.fdopen(sender, "wb") as out:
                out.write(json.dumps(answer(folder, kind), default=str).encode())
        os._exit(0)
    os.close(sender)
    found, until = b"", time.monotonic() + PATIENCE
    with os.fdopen(receiver, "rb", buffering=0) as stream:
        while (left := until - time.monotonic()) > 0:
            if not select.select([stream], [], [], left)[0]:
                continue
            part = stream.read(65536)
            found += part
            if not part:
                break
        else:
            found = HUNG
    with contextlib.suppress(ProcessLookupError):
        os.kill(copy, signal.SIGKILL)
    os.waitpid(copy, 0)
    return found or CRASHED


def main() -> int:
    """Answer until there is nobody to answer to."""
    for module in NEEDED:
        importlib.import_module(module)
    for line in sys.stdin:
        folder, kind = json.loads(line)
        sys.stdout.buffer.write(in_copy(Path(folder), kind) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
