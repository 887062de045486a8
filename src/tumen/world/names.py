"""Everyday names of the economies of a world."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from tumen.world.world import World

SHORT = {
    "PRK": "North Korea",
    "RUS": "Russia",
    "CHN": "China",
    "KOR": "South Korea",
    "USA": "United States",
    "IRN": "Iran",
    "BLR": "Belarus",
}


def name_of(world: World, region: str) -> str:
    """A region's everyday name; its code where the world does not hold or name it."""
    return SHORT.get(region) or names_in(world).get(region, region)


@lru_cache(maxsize=16)
def names_in(world: World) -> Mapping[str, str]:
    """The names that a world gives its regions; none where it names none."""
    data = world.dataset
    if "region_name" not in data.coords:
        return {}
    found = data["region_name"]
    return dict(zip(map(str, found.indexes["region"]), map(str, found.values), strict=True))
