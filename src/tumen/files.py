"""Writing files so that what stood there before survives every failure."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tumen.errors import OutputError

if TYPE_CHECKING:
    import xarray as xr


def explain(path: Path, error: OSError) -> OutputError:
    """One sentence for a failed write."""
    reason = (error.strerror or str(error)).rstrip(".").lower()
    return OutputError(
        f"{path}: could not be written ({reason}); nothing was changed there. Free some space or "
        "choose another place with --out"
    )


def write_and_sync(path: Path, content: bytes) -> None:
    """Write bytes and wait until they are on the disk."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file, complete or not at all: temporary name, fsync, rename.

    Raises `OutputError` when the place cannot be written or the disk is full.
    """
    place = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    except OSError as error:
        raise explain(place, error) from None
    os.close(handle)
    temporary = Path(name)
    try:
        write_and_sync(temporary, content)
        temporary.chmod(0o644)
        temporary.replace(place)
    except OSError as error:
        raise explain(place, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def write_folder(path: str | Path, contents: Mapping[str, bytes]) -> None:
    """Write a folder of files, complete or not at all; an older folder is replaced at the end.

    Raises `OutputError` when the place cannot be written or the disk is full; the older folder
    then still stands as it was.
    """
    place = Path(path)
    temporary: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() and not place.is_dir():
            raise NotADirectoryError(0, "a file of that name is in the way")
        temporary = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        for name, content in contents.items():
            write_and_sync(temporary / name, content)
        temporary.chmod(0o755)
        replace_folder(temporary, place)
    except OSError as error:
        raise explain(place, error) from None
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def replace_folder(new: Path, place: Path) -> None:
    """Put `new` where `place` is. Files this program did not write are carried along."""
    if not place.exists():
        new.rename(place)
        return
    for old in place.iterdir():
        if not (new / old.name).exists():
            target = new / old.name
            shutil.copytree(old, target) if old.is_dir() else shutil.copy2(old, target)
    aside = Path(tempfile.mkdtemp(prefix=f".{place.name}.old.", dir=place.parent))
    place.rename(aside / "old")
    try:
        new.rename(place)
    except OSError:
        (aside / "old").rename(place)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def netcdf_bytes(data: xr.Dataset) -> bytes:
    """A dataset as the bytes of a compressed NetCDF 4 file."""
    buffer = io.BytesIO()
    encoding = {
        name: {"zlib": True, "complevel": 4}
        for name, variable in data.variables.items()
        if variable.dtype.kind in "fib" and variable.ndim
    }
    data.to_netcdf(buffer, engine="h5netcdf", encoding=encoding)
    return buffer.getvalue()
