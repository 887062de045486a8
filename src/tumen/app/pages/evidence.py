"""The evidence of a case: every figure and every source, searched and filtered by the link."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from tumen.app.pages.render import page
from tumen.app.pages.shown import Shown, csv_text, json_document
from tumen.app.pages.texts import section, text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import shelf_of
from tumen.report import evidence_list
from tumen.report.document import Table
from tumen.report.evidence_list import ASSUMED, Entry, Filter, Row
from tumen.scenario.evidence import RELIABILITY
from tumen.scenario.load import Case

router = APIRouter()
CSV = "text/csv; charset=utf-8"
What = Literal["figures", "rows"]
LONGEST = 200  # characters of a search


def table_shown(case: Case, what: What, block: Table) -> Shown:
    """A table of the page; its numbers are those of all rows, whatever the filter."""
    python = "python" if what == "figures" else "python_rows"
    return Shown(
        name=what,
        block=block,
        stamp={"data_version": case.world.version, "scenario_hash": case.digest},
        link=f"/cases/{case.name}/evidence/{what}",
        python=text(f"evidence.{python}", name=case.name),
        number=1 if what == "figures" else 2,
    )


def chosen(case: Case, asked: Filter, parts: dict[str, str]) -> Filter:
    """The filter as asked. Raises `Problem` 422 for a part or a letter that does not exist."""
    if len(asked.words) > LONGEST:
        raise Problem(422, f"q: search for at most {LONGEST} characters, not {len(asked.words)}")
    if asked.part and asked.part not in parts:
        raise Problem(422, f"part: {case.name} has no {asked.part!r}; one of {', '.join(parts)}")
    known = (*RELIABILITY, ASSUMED)
    if asked.reliability and asked.reliability not in known:
        raise Problem(422, f"reliability: {asked.reliability!r} is none of {', '.join(known)}")
    return asked


def parts_of(case: Case, listed: list[Entry], held: list[Row]) -> dict[str, str]:
    """Every part that a figure or a row belongs to, with its words: ties first."""
    ties = {tie.id: tie.title for tie in case.scenario.ties}
    found = {entry.part for entry in listed} | {part for row in held for part in row.parts}
    words = section("evidence.parts")
    others = {name: title for name, title in words.items() if name in found}
    return {key: title for key, title in ties.items() if key in found} | others


@router.get("/cases/{name}/evidence", response_class=HTMLResponse)
def evidence(
    request: Request, name: str, q: str = "", part: str = "", reliability: str = ""
) -> HTMLResponse:
    """The page."""
    case = shelf_of(request).case(name)
    listed, held = evidence_list.entries(case), evidence_list.rows(case)
    parts = parts_of(case, listed, held)
    asked = chosen(case, Filter(q.strip(), part, reliability), parts)
    entries, rows = asked.entries(case, listed), asked.rows(held)
    link = f"/cases/{name}/evidence?q={{id}}#{{id}}"
    shown = []
    if entries:
        block = evidence_list.figures_table(entries, text("evidence.figures"), link)
        shown.append(table_shown(case, "figures", block))
    if rows:
        block = evidence_list.evidence_table(rows, text("evidence.rows"))
        shown.append(table_shown(case, "rows", block))
    return page(
        request,
        "evidence.html",
        case=case,
        asked=asked,
        shown=shown,
        ties={tie.id for tie in case.scenario.ties},
        parts=parts,
        letters=evidence_list.letters(case),
        reliability=RELIABILITY,
        counts={
            "entries": len(entries),
            "all_entries": len(listed),
            "rows": len(rows),
            "all_rows": len(held),
        },
    )


def all_of(case: Case, what: What) -> Shown:
    """All figures, or all rows of the evidence, as data."""
    if what == "figures":
        block = evidence_list.figures_data(evidence_list.entries(case), text("evidence.figures"))
    else:
        block = evidence_list.evidence_data(evidence_list.rows(case), text("evidence.rows"))
    return table_shown(case, what, block)


@router.get("/cases/{name}/evidence/{what}.csv")
def as_csv(request: Request, name: str, what: What) -> Response:
    """All of them as CSV."""
    return Response(csv_text(all_of(shelf_of(request).case(name), what)), media_type=CSV)


@router.get("/cases/{name}/evidence/{what}.json")
def as_json(request: Request, name: str, what: What) -> JSONResponse:
    """All of them as JSON."""
    return JSONResponse(json_document(all_of(shelf_of(request).case(name), what)))
