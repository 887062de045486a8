"""Writing files so that what stood there before survives every failure."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tumen.errors import OutputError

if TYPE_CHECKING:
    import xarray as xr

# What to do about each kind of failure; the rest get the last sentence of `explain`.
REMEDIES = {
    errno.ENOSPC: "free some space or write to another disk",
    errno.EDQUOT: "free some space or write to another disk",
    errno.EFBIG: "write to a disk that takes larger files, or raise the limit on file size",
    errno.EACCES: "choose a place you may write to",
    errno.EPERM: "choose a place you may write to",
    errno.EROFS: "choose a place you may write to",
    errno.ENOENT: "make the folder first or choose one that exists",
    errno.ENOTDIR: "choose a name whose folders are not files",
    errno.EEXIST: "choose a name whose folders are not files",
    errno.EISDIR: "choose another name",
}


def explain(path: Path, error: OSError) -> OutputError:
    """One sentence for a failed write."""
    reason = (error.strerror or str(error)).rstrip(".").lower()
    remedy = REMEDIES.get(error.errno or 0, "choose another place")
    return OutputError(
        f"{path}: could not be written ({reason}), and what stood there before still stands; "
        f"{remedy}"
    )


def beside(folder: Path) -> Path:
    """A hidden name in the folder that nobody uses; short, so that it fits where `path` does."""
    return folder / f".tumen-{secrets.token_hex(8)}"


def write_and_sync(path: Path, content: bytes | Path) -> None:
    """Write a new file, from bytes or as a copy of another, and wait until it is on the disk.

    Permissions are the user's own default.
    """
    with path.open("xb") as stream:
        if isinstance(content, Path):
            with content.open("rb") as source:
                shutil.copyfileobj(source, stream)
        else:
            stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the folder's list of names is on the disk, where the system can do so.

    The rename before it has been done; a system that cannot sync folders is no failure.
    """
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def refuse_special(place: Path) -> None:
    """Refuse to put a file where a folder or a device stands."""
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder of that name is in the way")
    if place.exists() and not place.is_file():
        raise OSError(errno.EINVAL, "not an ordinary file")


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file, complete or not at all: temporary name, fsync, rename.

    A link is followed, and an older file's permissions are kept. Raises `OutputError` when the
    place cannot be written or the disk is full; an older file then still stands as it was.
    """
    place = Path(os.path.realpath(path))
    temporary = beside(place.parent)
    try:
        refuse_special(place)
        write_and_sync(temporary, content)
        if place.is_file():
            shutil.copymode(place, temporary)
        temporary.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        raise explain(Path(path), error) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def folders_made(folder: Path) -> Iterator[None]:
    """Make the folder and its parents, and take away again those made if the body fails."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for place in missing:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


def write_folder(path: str | Path, contents: Mapping[str, bytes]) -> None:
    """Write files into a folder, all of them or none; `contents` maps names to bytes.

    A new folder appears in one rename. In a folder that exists, files of these names are replaced
    once all new ones are on the disk, and put back if one cannot be; other files stay untouched,
    so that a folder in daily use is as good a place as an empty one.

    Raises `OutputError` when the place cannot be written or the disk is full; an older folder
    then still stands as it was.
    """
    place = Path(os.path.realpath(path))
    try:
        with folders_made(place.parent):
            if place.is_dir():
                fill(place, contents)
            elif place.exists():
                raise NotADirectoryError(errno.ENOTDIR, "a file of that name is in the way")
            else:
                with stage(place.parent, contents) as new:
                    new.rename(place)
                sync_folder(place.parent)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise explain(Path(path), error) from None


@contextlib.contextmanager
def stage(parent: Path, contents: Mapping[str, bytes | Path]) -> Iterator[Path]:
    """All files, synced, in a hidden folder of `parent` that is gone afterwards."""
    staging = beside(parent)
    try:
        staging.mkdir()
        for name, content in contents.items():
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            write_and_sync(staging / name, content)
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def fill(place: Path, contents: Mapping[str, bytes]) -> None:
    """Bring the files into the folder, or leave it as it was.

    Staged inside the folder: it may be a mount point, or its parent closed to the user.
    """
    kept = beside(place)
    with stage(place, contents) as new, contextlib.ExitStack() as folders:
        for name in contents:
            if (place / name).is_dir():
                raise IsADirectoryError(errno.EISDIR, f"{name} is a folder there")
            folders.enter_context(folders_made((place / name).parent))
        old = [name for name in contents if os.path.lexists(place / name)]
        try:
            keep(place, kept, old)
        except BaseException:
            shutil.rmtree(kept, ignore_errors=True)
            raise
        try:
            for name in contents:
                (new / name).replace(place / name)
        except BaseException:
            put_back(place, kept, contents, old)
            raise
        shutil.rmtree(kept, ignore_errors=True)
        sync_folder(place)


def keep(place: Path, kept: Path, old: Iterable[str]) -> None:
    """Put aside a second name, or where links do not exist a copy, of every file to be replaced."""
    kept.mkdir()
    for name in old:
        spare = kept / name
        spare.parent.mkdir(parents=True, exist_ok=True)
        try:
            spare.hardlink_to(place / name)
        except OSError:
            shutil.copy2(place / name, spare, follow_symlinks=False)


def put_back(place: Path, kept: Path, names: Iterable[str], old: Sequence[str]) -> None:
    """Undo the replacing of any of the files. Should even that fail, say where the old ones are."""
    try:
        for name in names:
            if name in old:
                (kept / name).replace(place / name)
            else:
                (place / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{place}: could be neither written nor put back ({error.strerror}); the files that "
            f"stood there are in {kept}, move them back"
        ) from None
    shutil.rmtree(kept, ignore_errors=True)


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


def check_writable(path: str | Path) -> None:
    """Raise `OutputError` early when a folder at this path cannot be written.

    A run of a minute should not end in a complaint that a second could have made; what only the
    write itself can tell, such as a full disk, is still told by the write.
    """
    place = Path(os.path.realpath(path))
    nearest = next(folder for folder in (place, *place.parents) if folder.exists())
    if not nearest.is_dir():
        raise explain(
            Path(path), NotADirectoryError(errno.ENOTDIR, f"{nearest} is a file, not a folder")
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise explain(Path(path), PermissionError(errno.EACCES, f"no right to write in {nearest}"))
