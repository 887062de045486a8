"""Worlds as NetCDF files, with version and provenance."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from tumen.errors import WorldError
from tumen.files import netcdf_bytes, write_atomically
from tumen.vocabulary import OPTIONAL, WORLD
from tumen.world.world import World

FORMAT = "tumen world 1"


def plain(value: Any) -> Any:
    """An attribute as NetCDF can hold it: numbers and text as they are, all else as text."""
    listed = value if isinstance(value, (list, tuple)) else [value]
    held = all(isinstance(one, (str, int, float, np.number)) for one in listed)
    return value if held and not any(isinstance(one, bool) for one in listed) else str(value)


def save(world: World, path: str | Path) -> None:
    """Write the world, complete or not at all. Raises `OutputError` if it cannot be written."""
    data = world.dataset
    for name, variable in (WORLD | OPTIONAL).items():
        if name in data:
            data[name].attrs = {"units": variable.unit, "long_name": variable.meaning}
    data.attrs = {name: plain(value) for name, value in data.attrs.items()}
    data.attrs |= {"format": FORMAT, "digest": world.digest, "version": world.version}
    write_atomically(path, netcdf_bytes(data))


def load(path: str | Path, check: Literal["refuse", "warn"] = "refuse") -> World:
    """Read a world from a NetCDF file and check it.

    Raises `WorldError` naming the file when it is missing, truncated, no world, or has changed
    since it was written.
    """
    place = Path(path)
    if not place.is_file():
        raise WorldError(f"{place}: there is no such file")
    try:
        with xr.open_dataset(place, engine="h5netcdf") as opened:
            data = opened.load()
    except Exception as error:  # h5py raises many kinds, all meaning the same to a reader
        raise WorldError(
            f"{place}: not a readable NetCDF file ({type(error).__name__}); it may be truncated, "
            "fetch or write it again"
        ) from None
    written = data.attrs.pop("digest", None)
    data.attrs.pop("format", None)
    # Text describes; files from other programs may not mark it as coordinates.
    data = data.set_coords([name for name in data.data_vars if data[name].dtype.kind in "OUST"])
    try:
        world = World(data, check=check)
    except WorldError as error:
        raise WorldError(f"{place}: {error}") from None
    if written is not None and written != world.digest:
        raise WorldError(
            f"{place}: the numbers differ from the digest written with them; the file was edited "
            "or damaged (drop the attribute 'digest' if that was meant)"
        )
    return world
