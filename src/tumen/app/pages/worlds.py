"""The worlds: their economies, and a page for each with its trade and exposure both ways."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from tumen.analysis import exposure
from tumen.analysis.exposure import Flow
from tumen.app.pages.render import page
from tumen.app.pages.shown import Counter, Shown, csv_text, json_document
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.errors import nearest
from tumen.report import country, world_tables
from tumen.report.country import Asked
from tumen.report.world_tables import View, share
from tumen.world.embedded import list_worlds, load_world, world_page
from tumen.world.names import name_of
from tumen.world.world import World, money

router = APIRouter()
CSV = "text/csv; charset=utf-8"
PYTHON = {"trade": "partners", "map": "partners", "theirs": "partners", "own": "partners"}


def world_of(name: str) -> World:
    """A world by its name. Raises `Problem` 404 where there is none; never reads a path."""
    if name not in list_worlds():
        raise Problem(404, f"There is no world {name!r}; there are {', '.join(list_worlds())}")
    return load_world(name)


@cache
def notes(name: str) -> str:
    """What is written about a world, as HTML; marks of HTML in it are taken as text."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    _, _, body = world_page(name).partition("\n")  # its title is the page's
    shifted = "\n".join(f"#{line}" if line.startswith("#") else line for line in body.splitlines())
    return str(made.render(shifted))


def shown_of(world: World, name: str, block: View, number: int, link: str, **state: str) -> Shown:
    """A view as the page shows it."""
    python = text(f"worlds.python_{PYTHON.get(name, name)}", world=world.name, **state)
    query = "&".join(f"{key}={state[key]}" for key in ("partner", "flow") if state.get(key))
    return Shown(
        name=name,
        block=block.block,
        stamp={"data_version": f"{world.name} {world.version}"},
        link=link,
        query=query,
        python=python,
        number=number,
    )


@router.get("/worlds", response_class=HTMLResponse)
def worlds(request: Request) -> HTMLResponse:
    """The list of worlds."""
    return page(request, "worlds.html", worlds=[load_world(name) for name in list_worlds()])


def world_shown(world: World) -> tuple[Shown, View]:
    """The figure of a world's economies."""
    view = world_tables.economies(world)
    link = f"/worlds/{world.name}/economies"
    return shown_of(world, "economies", view, 1, link), view


@router.get("/worlds/{name}", response_class=HTMLResponse)
def one_world(request: Request, name: str) -> HTMLResponse:
    """A world at a glance."""
    from markupsafe import Markup

    world = world_of(name)
    frame = exposure.economies(world).sort_values("value_added", ascending=False, kind="stable")
    return page(
        request,
        "world.html",
        world=world,
        figure=world_shown(world)[0],
        economies=[
            {"code": code, "name": name_of(world, str(code)), **row}
            for code, row in frame.to_dict("index").items()
        ],
        notes=Markup(notes(name)),  # noqa: S704 - made from our own file, HTML in it escaped
    )


@router.get("/worlds/{name}/economies.csv")
def economies_csv(name: str) -> Response:
    """The economies as CSV."""
    return Response(csv_text(as_data(*world_shown(world_of(name)))), media_type=CSV)


@router.get("/worlds/{name}/economies.json")
def economies_json(name: str) -> JSONResponse:
    """The economies as JSON."""
    return JSONResponse(json_document(as_data(*world_shown(world_of(name)))))


def as_data(shown: Shown, view: View) -> Shown:
    """The same with its unrounded numbers."""
    return replace(shown, block=view.data)


def asked_of(name: str, region: str, partner: str, flow: Flow) -> Asked:
    """What a link asks for. Raises `Problem` 404 for a region, 422 for a partner, not there."""
    world = world_of(name)
    if region not in world.regions:
        raise Problem(404, f"{name} has no region {region!r}{nearest(region, world.regions)}")
    others = [label for label in world.regions if label != region]
    if partner and partner not in others:
        raise Problem(
            422, f"partner: {partner!r} is no partner of {region} here{nearest(partner, others)}"
        )
    return Asked(world, region, partner or str(exposure.partners(world, region).index[0]), flow)


@lru_cache(maxsize=256)
def view_of(asked: Asked, name: str) -> View | None:
    """A view of a country, made once."""
    return country.VIEWS[name](asked)


def country_shown(asked: Asked, name: str, counter: Counter) -> tuple[Shown, View] | None:
    """A view of a country as the page shows it; None where there is nothing to show."""
    view = view_of(asked, name)
    if view is None:
        return None
    state = {"region": asked.region, "partner": asked.partner, "flow": asked.flow}
    link = f"/worlds/{asked.world.name}/{asked.region}/{name}"
    return shown_of(asked.world, name, view, counter.next(view.block), link, **state), view


def words_of(asked: Asked) -> dict[str, str]:
    """The sentences of the page that hold numbers."""
    world, frame = asked.world, asked.partners
    all_of = exposure.economies(world)
    row = all_of.to_dict("index")[asked.region]
    other = frame.to_dict("index")[asked.partner]
    return {
        "answer": text(
            "worlds.answer",
            name=asked.name,
            value_added=money(row["value_added"]),
            share=share(row["value_added"] / float(all_of["value_added"].sum())),
            income=money(row["income"]),
            exports=money(row["exports"]),
            imports=money(row["imports"]),
            earned=share(float(frame["earned"].sum())),
        ),
        "pair": text(
            "worlds.pair_words",
            name=asked.name,
            partner=name_of(world, asked.partner),
            exports=money(other["exports"]),
            imports=money(other["imports"]),
            out=share(other["exports"] / row["exports"]),
            in_=share(other["imports"] / row["imports"]),
            theirs=share(other["theirs_total"]),
            own=share(other["own_total"]),
        ),
    }


@router.get("/worlds/{name}/{region}", response_class=HTMLResponse)
def one_country(
    request: Request, name: str, region: str, partner: str = "", flow: Flow = "exports"
) -> HTMLResponse:
    """A country: what it makes, its trade, and exposure both ways."""
    asked = asked_of(name, region, partner, flow)
    counter = Counter()
    shown: dict[str, Any] = {}
    for view in country.VIEWS:
        found = country_shown(asked, view, counter)
        if found is not None:
            shown[view] = found[0]
    world = asked.world
    members = world.members.get(region, ())
    return page(
        request,
        "country.html",
        asked=asked,
        world=world,
        shown=shown,
        words=words_of(asked),
        members=[] if members in ((region,), ()) else members,
        others=[(code, name_of(world, str(code))) for code in asked.partners.index],
        partner=name_of(world, asked.partner),
    )


def one_view(name: str, region: str, what: str, partner: str, flow: Flow) -> Shown:
    """A view as data. Raises `Problem` 404 where there is none."""
    if what not in country.VIEWS:
        raise Problem(
            404, f"There is no {what!r} of a country; there are {', '.join(country.VIEWS)}"
        )
    found = country_shown(asked_of(name, region, partner, flow), what, Counter())
    if found is None:
        raise Problem(404, f"There is nothing to show as {what!r} for {region} in {name}")
    return as_data(*found)


@router.get("/worlds/{name}/{region}/{what}.csv")
def view_csv(
    name: str, region: str, what: str, partner: str = "", flow: Flow = "exports"
) -> Response:
    """A view as CSV."""
    return Response(csv_text(one_view(name, region, what, partner, flow)), media_type=CSV)


@router.get("/worlds/{name}/{region}/{what}.json")
def view_json(
    name: str, region: str, what: str, partner: str = "", flow: Flow = "exports"
) -> JSONResponse:
    """A view as JSON."""
    return JSONResponse(json_document(one_view(name, region, what, partner, flow)))
