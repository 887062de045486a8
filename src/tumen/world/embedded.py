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
    return list(dict.fromkeys(name for _, name, _ in elasticity_table("value")))


@lru_cache(maxsize=2)
def elasticity_table(column: str) -> dict[tuple[str, str, str], float]:
    """A column of the elasticities by (world, set, sector): `value` or `standard_error`.

    The file also holds a source for each of the two.
    """
    with data_file("elasticities.csv").open(encoding="utf-8", newline="") as stream:
        return {
            (line["world"], line["set"], line["sector"]): float(line[column])
            for line in csv.DictReader(stream)
        }


def published(name: str, world: World, column: str) -> xr.DataArray | None:
    """A column of a published set for the world's sectors; None where no world has them.

    A set is stored for each embedded world; a world of another name takes a set if its sectors
    are those of an embedded world.
    """
    table = elasticity_table(column)
    for owner in (world.name, *list_worlds()):
        values = [table.get((owner, name, sector)) for sector in world.sectors]
        found = [value for value in values if value is not None]
        if len(found) == len(values):
            return xr.DataArray(np.array(found), {"sector": world.sectors}, ("sector",))
    return None


def elasticity_set(name: str, world: World) -> xr.DataArray:
    """The named set for the world's sectors. Raises `WorldError` if there is none."""
    uniform = UNIFORM.fullmatch(name)
    labels = {"sector": world.sectors}
    if uniform:
        value = float(uniform[1])
        if value <= 0:
            raise WorldError(f"elasticities {name!r}: the number must be above zero")
        return xr.DataArray(np.full(len(world.sectors), value), labels, ("sector",))
    if name not in list_elasticities():
        raise WorldError(
            f"unknown elasticities {name!r}{nearest(name, [*list_elasticities(), 'uniform-5'])}"
        )
    found = published(name, world, "value")
    if found is None:
        raise WorldError(
            f"elasticities {name!r} are not known for the sectors of {world.name}; use uniform-5, "
            "say, or world.replace(trade_elasticity=...)"
        )
    return found


def elasticity_errors(name: str, world: World) -> xr.DataArray:
    """Standard errors of the named set for the world's sectors, [sector], as elasticities.

    Those of `fontagne2022` are the spread between the products behind a sector, those of the other
    sets published errors of estimation as recalled; the world's page says how each was made, and
    elasticities.csv for which sector. Raises `WorldError` for a set that has none, such as
    `uniform-5`, or is not known for the world's sectors.
    """
    if UNIFORM.fullmatch(name):
        raise WorldError(
            f"elasticities {name!r} are one assumed number and have no standard errors; name "
            f"{' or '.join(list_elasticities())}"
        )
    elasticity_set(name, world)  # ends it for a name that is unknown, or not for these sectors
    found = published(name, world, "standard_error")
    assert found is not None  # the same rows hold value and error
    return found


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
    return world.with_elasticities(theta, named, versioned=True)


@lru_cache(maxsize=8)
def read_embedded(name: str) -> World:
    """An embedded world as its file has it, read once."""
    return load(data_file(f"{name}.nc"))


@lru_cache(maxsize=32)
def load_embedded(name: str, elasticities: str | None, floor: float | None) -> World:
    """An embedded world, made once for each set of arguments."""
    return with_elasticities(read_embedded(name), elasticities, floor)


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
