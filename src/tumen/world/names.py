"""Everyday names of the economies of a world."""

from __future__ import annotations

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
    if region in SHORT:
        return SHORT[region]
    if "region_name" in world.dataset.coords and region in world.regions:
        return str(world.dataset["region_name"].sel(region=region).item())
    return region
