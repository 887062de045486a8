"""The worlds: what each holds, where it is from, what to keep in mind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tumen.app.api.models import Given, Named, problems
from tumen.app.server.problems import Problem
from tumen.world.world import World

router = APIRouter(tags=["worlds"])


class Brief(Given):
    """A world in a few words."""

    name: Annotated[str, Field(examples=["tumen-31"])]
    title: str
    version: str
    year: str
    facts: dict[str, str]


class Region(Named):
    """A region of a world and the economies in it."""

    members: list[str]


class WorldPage(Brief):
    """A world: its regions and sectors, its elasticities, its sources and weaknesses."""

    digest: str
    regions: list[Region]
    sectors: list[Named]
    elasticities: Annotated[
        dict[str, dict[str, float]], Field(description="trade elasticities by set and sector")
    ]
    default_elasticities: str
    sources: str
    licences: str
    page: Annotated[str, Field(description="all about it, as Markdown")]


class WorldList(Given):
    """The worlds that the server holds."""

    worlds: list[Brief]


def world_named(name: str) -> World:
    """A world of the package. Raises `Problem` 404; never reads a path."""
    from tumen.world.embedded import list_worlds, load_world

    if name not in list_worlds():
        raise Problem(404, f"There is no world {name!r}; there are {', '.join(list_worlds())}")
    return load_world(name)


def brief(world: World) -> Brief:
    """A world in a few words."""
    attributes = world.dataset.attrs
    return Brief(
        name=world.name,
        title=str(attributes.get("title", "")),
        version=world.version,
        year=str(attributes.get("year", "")),
        facts=world.facts(),
    )


def elasticities_of(world: World) -> dict[str, dict[str, float]]:
    """The published sets that are known for the world's sectors."""
    from tumen.world.embedded import list_elasticities, published

    found = {name: published(name, world, "value") for name in list_elasticities()}
    return {
        name: {sector: float(values.sel(sector=sector)) for sector in world.sectors}
        for name, values in found.items()
        if values is not None
    }


def sectors_of(world: World) -> list[Named]:
    """The sectors with their names."""
    data = world.dataset
    if "sector_name" not in data.coords:
        return [Named(code=sector, name=sector) for sector in world.sectors]
    names = data["sector_name"]
    return [
        Named(code=sector, name=str(names.sel(sector=sector).item())) for sector in world.sectors
    ]


@router.get("/worlds", summary="The worlds", responses=problems())
def worlds() -> WorldList:
    """All worlds that the server holds, in a few words each."""
    from tumen.world.embedded import list_worlds

    return WorldList(worlds=[brief(world_named(name)) for name in list_worlds()])


@router.get("/worlds/{name}", summary="One world", responses=problems())
def world(name: str) -> WorldPage:
    """A world with its regions, sectors, elasticities, sources and known weaknesses."""
    from tumen.world.embedded import world_page
    from tumen.world.names import name_of

    found = world_named(name)
    attributes = found.dataset.attrs
    return WorldPage(
        **brief(found).model_dump(),
        digest=found.digest,
        regions=[
            Region(code=code, name=name_of(found, code), members=list(found.members[code]))
            for code in found.regions
        ],
        sectors=sectors_of(found),
        elasticities=elasticities_of(found),
        default_elasticities=str(attributes.get("elasticities", "own")),
        sources=str(attributes.get("sources", "")),
        licences=str(attributes.get("licences", "")),
        page=world_page(name),
    )
