"""The routes of a case: its network on a map, each link with a switch, the answer beside it."""

from __future__ import annotations

from collections import Counter as Count
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from tumen.analysis.link_switches import Switched, Switches, link_id
from tumen.app.pages.render import page
from tumen.app.pages.shown import Shown, csv_text, json_document
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import shelf_of
from tumen.app.switching import Asked, network_or_problem, solved
from tumen.report import switched as report
from tumen.report.document import Figure, Table
from tumen.report.switched import link_name, pair_words, sentence
from tumen.scenario.figure import End
from tumen.scenario.network import Network, Track

router = APIRouter()
CSV = "text/csv; charset=utf-8"
What = Literal["map", "income", "pairs"]
DAYS: tuple[End, ...] = ("low", "central", "high")


def query_of(switches: Switches) -> str:
    """The state of the page as its link has it; what is as it is needs no word."""
    parts = [
        f"{name}={','.join(ids)}"
        for name, ids in (("closed", switches.closed), ("opened", switches.opened))
        if ids
    ]
    return "&".join([*parts, *([f"day={switches.day}"] if switches.day != "central" else [])])


def python_of(found: Switched) -> str:
    """The lines that give the same."""
    links = [
        f'tumen.Link("{link.a}", "{link.b}", "{link.mode}", '
        f"{'closed' if link.closed else 'open'}=True)"
        for link in found.links.values()
    ]
    lines = ",\n         ".join(links)
    return text(
        "routes.python",
        name=found.case.name,
        day=found.switches.day,
        links=lines,
        closure=found.case.scenario.closure,
        regions=found.case.scenario.targets,
    )


def shown_of(found: Switched, what: What, block: Figure | Table) -> Shown:
    """A figure or table of the page."""
    stamp = found.routed.result.stamp | {"scenario_hash": found.case.digest}
    return Shown(
        name=what,
        block=block,
        stamp=stamp,
        link=f"/cases/{found.case.name}/routes/{what}",
        query=query_of(found.switches),
        python=python_of(found),
        number=2 if what == "pairs" else 1,
    )


@lru_cache(maxsize=64)
def blocks(found: Switched) -> dict[What, Figure | Table]:
    """Figures and tables of the page, those that there are; made once for an answer."""
    made: dict[What, Figure | Table | None] = {
        "map": report.switched_map(found),
        "income": report.income_table(found),
        "pairs": report.pairs_table(found),
    }
    return {what: block for what, block in made.items() if block is not None}


def rows_of(network: Network, found: Switched, asked: Switches) -> list[dict[str, Any]]:
    """Every link with its switch and what it carries, the busiest first."""
    carried = {link_id(item): item for item in found.routed.carried()}

    def row(track: Track) -> dict[str, Any]:
        key = link_id(track)
        item = carried[key]
        return {
            "id": key,
            "name": link_name(network, track).removesuffix(f" by {track.mode}"),
            "full": link_name(network, track),
            "mode": track.mode,
            "before": item.value_before,
            "after": item.value_after,
            "opens": track.opens if not track.is_open(network.date) else None,
            "switched": key in (*asked.closed, *asked.opened),
        }

    listed = [row(track) for track in network.tracks]
    return sorted(listed, key=lambda item: (item["opens"] is None, -item["before"]))


@router.get("/cases/{name}/routes", response_class=HTMLResponse)
def routes(request: Request, name: str, asked: Asked) -> HTMLResponse:
    """The page."""
    case = shelf_of(request).case(name)
    try:
        network = network_or_problem(case, asked)
    except Problem as problem:
        if problem.status_code != 404:
            raise
        return page(request, "routes.html", case=case, network=None)
    found, unsolved = None, ""
    try:
        found = solved(case, asked)
    except Problem as problem:
        unsolved = problem.detail
    base = found or solved(case, Switches(day=asked.day))
    modes = Count(track.mode for track in network.tracks)
    return page(
        request,
        "routes.html",
        case=case,
        network=network,
        asked=asked,
        unsolved=unsolved,
        sentence=sentence(found) if found else unsolved,
        shown=[shown_of(found, what, one) for what, one in blocks(found).items()] if found else [],
        rows=rows_of(network, base, asked),
        solved=found is not None,
        pairs=pair_words(case, [(pair.exporter, pair.importer) for pair in network.pairs]),
        modes=", ".join(f"{count} by {mode}" for mode, count in modes.items()),
        days={end: f"{100 * case.scenario.value_of_day.at(end):g}" for end in DAYS},
    )


def as_data(request: Request, name: str, what: What, asked: Switches) -> Shown:
    """A figure or table with its unrounded numbers."""
    found = solved(shelf_of(request).case(name), asked)
    block = blocks(found).get(what)
    if block is None:
        raise Problem(404, f"There is no {what} to show: nothing moves over the network")
    shown = shown_of(found, what, block)
    if what == "map":
        data = report.links_data(found)
        return replace(shown, block=replace(data, sources=block.sources))
    return shown


@router.get("/cases/{name}/routes/{what}.csv")
def as_csv(request: Request, name: str, what: What, asked: Asked) -> Response:
    """One of them as CSV."""
    shown = as_data(request, name, what, asked)
    return Response(csv_text(shown), media_type=CSV)


@router.get("/cases/{name}/routes/{what}.json")
def as_json(request: Request, name: str, what: What, asked: Asked) -> JSONResponse:
    """One of them as JSON."""
    return JSONResponse(json_document(as_data(request, name, what, asked)))
