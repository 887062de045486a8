"""The claims of a case: who said what, how the tests come out, and what decides each."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from tumen.app.pages.asking import asked_case
from tumen.app.pages.ends import ends_of
from tumen.app.pages.ledger import Drawn, drawn, slide_of, told
from tumen.app.pages.render import environment, page
from tumen.app.pages.shown import Shown, csv_text, json_document
from tumen.app.pages.texts import text
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import shelf_of
from tumen.app.server.visitor import visitor_of
from tumen.report import verdict_words as words
from tumen.report.case_verdicts import by_claim, rule, summary, verdicts_document

if TYPE_CHECKING:
    from tumen.analysis.verdicts import Verdict
    from tumen.scenario.claims import Ledger
    from tumen.scenario.load import Case

router = APIRouter()
Pairs = list[tuple[str, str]]


class Asked(NamedTuple):
    """What a link asks: the case as it is varied, its ledger and draws, and thresholds moved."""

    name: str
    case: Case
    ledger: Ledger | None
    drawn: Drawn | None
    thresholds: dict[str, float]
    varied: Pairs

    @property
    def state(self) -> str:
        """The variation as the text of a link."""
        return urlencode(self.varied)

    @property
    def found(self) -> list[Verdict]:
        """The verdicts over the draws. Raises `Problem` 404 where there are none."""
        if self.drawn is None:
            raise Problem(404, text("claims.no_draws_yet"))
        return self.drawn.verdicts(self.thresholds)


def asked_of(request: Request, name: str) -> Asked:
    """What a link asks. Raises `Problem` 404 for an unknown case, 422 for a wrong threshold."""
    from tumen.analysis.thresholds import moved
    from tumen.scenario.claims import load_claims

    shelf, visitor = shelf_of(request), visitor_of(request)
    case = shelf.case(name)
    ledger = load_claims(case.folder, case.evidence)
    tests = set() if ledger is None else {f"{one.id}.{at + 1}" for _, at, one, _ in ledger.tests()}
    claims = set() if ledger is None else {one.id for one in ledger.claims}
    pairs = request.query_params.multi_items()
    mine = [pair for pair in pairs if pair[0] in tests or pair[0].partition(".")[0] in claims]
    varied = [pair for pair in pairs if pair not in mine]
    _, changed, _ = asked_case(shelf, name, varied)
    thresholds = {key: number_of(key, value) for key, value in mine}
    if ledger is not None:
        moved(ledger, thresholds)
    held = None if ledger is None else drawn(shelf.store, changed, ledger, visitor.owner)
    return Asked(name, changed, ledger, held, thresholds, varied)


def number_of(key: str, value: str) -> float:
    """A threshold as a link has it. Raises `Problem` 422 for what is no number."""
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise Problem(422, text("claims.no_number", key=key, value=value[:40]))
    return found


@router.get("/cases/{name}/claims", response_class=HTMLResponse)
def claims(request: Request, name: str) -> HTMLResponse:
    """The claims with their verdicts: over draws where there are any, else at the ends."""
    asked = asked_of(request, name)
    given: dict[str, Any] = {
        "name": name,
        "case": asked.case,
        "state": asked.state,
        "varied": asked.varied,
        "claims": listed(asked),
        "words": words,
        "run": None,
    }
    if asked.ledger is None:
        return page(request, "claims.html", **given, ends=None, summary="", rule="", curves=[])
    if asked.drawn is None:
        ends = ends_of(shelf_of(request).settings.folder, asked.case)
        said = "" if ends is None else ends.get("summary", "")
        return page(request, "claims.html", **given, ends=ends, summary=said, rule="", curves=[])
    found = asked.found
    given |= {"run": asked.drawn.run, "claims": listed(asked, found)}
    return page(
        request,
        "claims.html",
        **given,
        ends=None,
        summary=summary(found),
        rule=rule(asked.drawn.sample),
        curves=curves_of(request, asked, found),
    )


def listed(asked: Asked, found: Sequence[Verdict] = ()) -> list[dict[str, Any]]:
    """The claims with their tests, each with its verdict where there are draws."""
    if found:
        return [
            {
                "claim": claim,
                "tests": [row(item.test, told(item), slide_of(item)) for item in tests],
            }
            for claim, tests in by_claim(found)
        ]
    if asked.ledger is None:
        return []
    return [
        {
            "claim": claim,
            "tests": [
                row(test, {"id": f"{claim.id}.{at}", "title": test.title}, None)
                for at, test in enumerate(claim.tests, 1)
            ],
        }
        for claim in asked.ledger.claims
    ]


def row(test: Any, said: dict[str, Any], slide: Any) -> dict[str, Any]:
    """One test as the page shows it."""
    return {"test": test, "said": said, "slide": slide}


def curves_of(request: Request, asked: Asked, found: Sequence[Verdict]) -> list[Shown]:
    """The curves of all tests by threshold, with all that stands under a figure."""
    assert asked.drawn is not None
    moved = {item.id: item.test.threshold for item in found if item.moved_from is not None}
    python = text("claims.python", case=asked.name, draws=asked.drawn.sample.draws,
                  seed=asked.drawn.sample.seed, moved=repr(moved))  # fmt: skip
    return [
        Shown(
            name=f"curves-{number}",
            block=block,
            stamp=asked.drawn.stamp(),
            link=f"/cases/{asked.name}/claims/curves-{number}",
            query=str(request.url.query),
            python=python,
            number=number,
        )
        for number, block in enumerate(asked.drawn.curves(list(found)), 1)
    ]


@router.get("/cases/{name}/claims/ends")
def ends(request: Request, name: str) -> JSONResponse:
    """Whether the verdicts at the ends have been worked out."""
    asked = asked_of(request, name)
    found = ends_of(shelf_of(request).settings.folder, asked.case)
    return JSONResponse({"ready": found is not None or asked.drawn is not None})


@router.get("/cases/{name}/claims/test/{test}")
def one(request: Request, name: str, test: str) -> JSONResponse:
    """One test with the thresholds of the link, and how all tests stand."""
    found = asked_of(request, name).found
    for item in found:
        if item.id == test:
            return JSONResponse({**told(item), "summary": summary(found)})
    raise Problem(404, text("claims.no_test"))


@router.get("/cases/{name}/claims/curves", response_class=HTMLResponse)
def curves(request: Request, name: str) -> HTMLResponse:
    """The figures alone, for a page whose thresholds have moved."""
    asked = asked_of(request, name)
    made = environment().get_template("claims_curves.html")
    return HTMLResponse(made.render(curves=curves_of(request, asked, asked.found)))


@router.get("/cases/{name}/claims/{figure}.{ending}")
def numbers(request: Request, name: str, figure: str, ending: str) -> Response:
    """The numbers of a figure, or all verdicts, as CSV or JSON."""
    asked = asked_of(request, name)
    found = asked.found
    assert asked.drawn is not None
    if ending not in ("csv", "json"):
        raise Problem(404, text("claims.no_figure"))
    if figure == "verdicts":
        stamp = asked.drawn.stamp()
        if ending == "json":
            return JSONResponse({"stamp": stamp, "claims": verdicts_document(found)})
        return Response(verdicts_csv(found, stamp), media_type="text/csv; charset=utf-8")
    for item in curves_of(request, asked, found):
        if item.name == figure:
            if ending == "json":
                return JSONResponse(json_document(item))
            return Response(csv_text(item), media_type="text/csv; charset=utf-8")
    raise Problem(404, text("claims.no_figure"))


COLUMNS = (
    "test", "claim", "speaker", "title", "threshold", "unit", "probability", "error", "verdict",
    "low", "median", "high", "draws", "undefined", "not_converged", "deciding_group",
    "deciding_figure",
)  # fmt: skip


def verdicts_csv(found: Sequence[Verdict], stamp: dict[str, Any]) -> str:
    """All verdicts as a table, unrounded, what made them in lines with a number sign before."""
    from tumen.analysis.deciding import strongest

    buffer = io.StringIO()
    for name, value in stamp.items():
        buffer.write(f"# {name}: {value}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in found:
        share, level, group = item.estimate, item.found, strongest(item.channels)
        writer.writerow(
            [
                item.id, item.claim.claim, words.speaker(item.claim), item.test.title,
                item.test.threshold, item.test.unit,
                *((share.share, share.error) if share else ("", "")), item.word,
                *((level.low, level.median, level.high) if level else ("", "", "")),
                item.draws, item.undefined, item.unconverged,
                "" if group is None else group.title,
                item.figures[0].input.title if item.figures else "",
            ]
        )  # fmt: skip
    return buffer.getvalue()
