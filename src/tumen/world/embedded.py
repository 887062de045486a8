"""The worlds that come with the package, and the named sets of trade elasticities."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
import xarray as xr

from tumen.errors import WorldError, nearest
from tumen.world.files import load
from tumen.world.world import World

DEFAULT_ELASTICITIES = "fontagne2022"
UNIFORM = re.compile(r"uniform-(\d+(?:\.\d+)?)")


def data_file(name: str) -> Path:
    """A file of the folder of embedded data."""
    return Path(str(resources.files("tumen.world"))) / "data" / name


def list_worlds() -> list[str]:
    """Names of the worlds that come with the package, for `tumen.load_world`."""
    return sorted(place.stem for place in data_file("").glob("*.nc"))


def list_elasticities() -> list[str]:
    """Names of the published elasticity sets; `uniform-N` with a positive N is one more."""
    return list(dict.fromkeys(name for _, name, _ in elasticity_table()))


@lru_cache(maxsize=1)
def elasticity_table() -> dict[tuple[str, str, str], float]:
    """Elasticities by (world, set, sector); the file also holds a source for each."""
    with data_file("elasticities.csv").open(encoding="utf-8", newline="") as stream:
        return {
            (line["world"], line["set"], line["sector"]): float(line["value"])
            for line in csv.DictReader(stream)
        }


def elasticity_set(name: str, world: World) -> xr.DataArray:
    """The named set for the world's sectors. Raises `WorldError` if there is none.

    A set is stored for each embedded world; a world of another name takes a set if its sectors
    are those of an embedded world.
    """
    uniform = UNIFORM.fullmatch(name)
    labels = {"sector": world.sectors}
    if uniform:
        value = float(uniform[1])
        if value <= 0:
            raise WorldError(f"elasticities {name!r}: the number must be above zero")
        return xr.DataArray(np.full(len(world.sectors), value), labels, ("sector",))
    table = elasticity_table()
    if name not in list_elasticities():
        raise WorldError(
            f"unknown elasticities {name!r}{nearest(name, [*list_elasticities(), 'uniform-5'])}"
        )
    owners = [world.name, *list_worlds()]
    for owner in owners:
        values = [table.get((owner, name, sector)) for sector in world.sectors]
        found = [value for value in values if value is not None]
        if len(found) == len(values):
            return xr.DataArray(np.array(found), labels, ("sector",))
    raise WorldError(
        f"elasticities {name!r} are not known for the sectors of {world.name}; use uniform-5, say, "
        "or world.replace(trade_elasticity=...)"
    )


def with_elasticities(world: World, name: str | None, floor: float | None) -> World:
    """The world with a named elasticity set (None: its own) and none below the floor."""
    data = world.dataset
    theta, named = data["trade_elasticity"], str(data.attrs.get("elasticities", "own"))
    if name is not None:
        theta, named = elasticity_set(name, world), name
    if floor is not None:
        if not (np.isfinite(floor) and floor > 0):
            raise WorldError(f"floor must be a number above zero, not {floor!r}")
        theta, named = theta.clip(min=floor), f"{named}, floored at {floor:g}"
    data["trade_elasticity"] = theta
    return World(data.assign_attrs(elasticities=named), check=world.check)


@lru_cache(maxsize=32)
def load_embedded(name: str, elasticities: str | None, floor: float | None) -> World:
    """An embedded world, read once for each set of arguments."""
    return with_elasticities(load(data_file(f"{name}.nc")), elasticities, floor)


def load_world(
    name: str | Path = "tumen-31",
    elasticities: str | None = None,
    floor: float | None = None,
) -> World:
    """Load an embedded world by name, or a world file by its path.

    `elasticities` names a set: `fontagne2022` (what an embedded world takes if none is named),
    `caliendo-parro2015` (their 99 per cent sample), `caliendo-parro2015-full`, or `uniform-N` with
    any positive N, such as `uniform-5`. A file keeps its own unless one is named. `floor` raises
    every elasticity below it: bans on sectors with very low ones give losses nobody would believe,
    2 is a usual floor. The set and the floor are named in every result.

    Embedded worlds are kept: the same arguments give the same object. Raises `WorldError` for an
    unknown name, with the nearest ones, or naming a file that cannot be read.
    """
    if str(name) in list_worlds():
        return load_embedded(str(name), elasticities or DEFAULT_ELASTICITIES, floor)
    place = Path(name)
    if place.suffix != ".nc" and not place.is_file():
        raise WorldError(
            f"unknown world {str(name)!r}{nearest(str(name), list_worlds())} (a file's name ends "
            "in .nc)"
        )
    return with_elasticities(load(place), elasticities, floor)


def world_page(name: str) -> str:
    """The page about an embedded world, as Markdown: content, sources, assumptions, weaknesses.

    Raises `WorldError` for an unknown name.
    """
    if name not in list_worlds():
        raise WorldError(f"unknown world {name!r}{nearest(name, list_worlds())}")
    return data_file(f"{name}.md").read_text(encoding="utf-8")
