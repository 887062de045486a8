"""The page that sets two answers beside each other."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tumen.app.pages import runwords
from tumen.app.pages.compared import asked_otherwise, blocks, comparable, worlds_of
from tumen.app.pages.render import page
from tumen.app.pages.shown import Shown, csv_text, json_document
from tumen.app.pages.sides import LIVE, Side, side_of
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import shelf_of
from tumen.app.server.visitor import visitor_of

router = APIRouter()

LISTED = 60  # newest runs that are offered
CHANGES = "_changes"


@router.get("/compare", response_class=HTMLResponse)
def compare(request: Request, a: str = "", b: str = "", world: str = "") -> Response:
    """Two answers, or the form that asks for them."""
    asked = request.query_params
    if any(asked.get(side + CHANGES) is not None for side in "ab"):
        return RedirectResponse(link_of(changed(request, "a"), changed(request, "b"), world), 303)
    given: dict[str, Any] = {
        "a": None, "b": None, "why": "", "asked": [], "blocks": {}, "worlds": {}, "world": "",
        "same": False,
    }  # fmt: skip
    if a and b:
        first, second = side_of(request, a), side_of(request, b)
        given |= both(first, second, world)
    return page(request, "compare.html", **given, offered=offered(request, a, b), sent=(a, b))


def both(a: Side, b: Side, world: str) -> dict[str, Any]:
    """What the page says of two answers."""
    given: dict[str, Any] = {"a": a, "b": b, "asked": asked_otherwise(a, b)}
    if why := comparable(a, b):
        return given | {"why": why}
    worlds = worlds_of(a, b)
    chosen = chosen_world(worlds, world)
    made = blocks(a, b, chosen, query_of(a, b, chosen))
    same = "income" in made and "difference" not in made
    return given | {"worlds": worlds, "world": chosen, "blocks": made, "same": same}


def chosen_world(worlds: dict[str, str], world: str) -> str:
    """The world asked for, or the first. Raises `Problem` 422 for one that is not on both sides."""
    if world and world not in worlds:
        raise Problem(422, text("compare.unknown_world", known=", ".join(worlds) or "none"))
    return world or next(iter(worlds), "")


def query_of(a: Side, b: Side, world: str) -> str:
    """The state of the page."""
    return urlencode({"a": a.link, "b": b.link} | ({"world": world} if world else {}))


def changed(request: Request, side: str) -> str:
    """A side as the form sends it: a case with changes in a field of their own."""
    link = request.query_params.get(side, "")
    changes = request.query_params.get(side + CHANGES, "").strip().lstrip("?")
    if not link.startswith(LIVE) or not changes:
        return link
    pairs = parse_qsl(changes, keep_blank_values=True)
    return f"{link.partition('?')[0]}?{urlencode(pairs, safe=',')}"


def link_of(a: str, b: str, world: str) -> str:
    """The address of two sides."""
    given = {"a": a, "b": b, "world": world}
    return "/compare?" + urlencode({name: value for name, value in given.items() if value})


def offered(request: Request, *sent: str) -> dict[str, str]:
    """What may stand on a side: cases as they are, finished runs, and what the link has."""
    shelf, visitor = shelf_of(request), visitor_of(request)
    found = {
        f"{LIVE}{name}": text("compare.now", title=shelf.case(name).scenario.title)
        for name in shelf.cases()
    }
    for run in shelf.store.runs(owner=visitor.owner, status="finished", limit=LISTED):
        if run.kind in ("case", "sample"):
            kind, when = text(f"runs.kind.{run.kind}"), runwords.time_words(run.ended)
            found[run.id] = f"{run.title} – {kind}, {when}"
    for link in sent:
        base, _, changes = link.partition("?")
        if link and base in found and changes:
            continue
        if link:
            found.setdefault(link, link)
    return found


@router.get("/compare/{name}.{ending}")
def numbers(request: Request, name: str, ending: str, a: str, b: str, world: str = "") -> Response:
    """The numbers of one figure or table."""
    given = both(side_of(request, a), side_of(request, b), world)
    if given.get("why"):
        raise Problem(422, given["why"])
    item: Shown | None = given["blocks"].get(name)
    if item is None or ending not in ("csv", "json"):
        raise Problem(404, text("compare.no_figure"))
    if ending == "json":
        return JSONResponse(json_document(item))
    return Response(csv_text(item), media_type="text/csv; charset=utf-8")
