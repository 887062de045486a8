"""From a page's link to a question for the store: a case by name, varied as its link says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tumen._version import __version__
from tumen.app.server.problems import Problem
from tumen.app.server.shelf import Shelf
from tumen.app.server.visitor import Visitor
from tumen.errors import StoreError
from tumen.store.request import CASE, Request, Run

if TYPE_CHECKING:
    from tumen.scenario.load import Case
    from tumen.scenario.variation import Variation
    from tumen.store.runs import Store

Pairs = Iterable[tuple[str, str]]
# Where the files of a case stand below a variation of it that is no shipped one.
BASE = "base"
LONGEST_TITLE = 300


def asked_case(shelf: Shelf, name: str, pairs: Pairs) -> tuple[Case, Case, Variation]:
    """A case, the case as a link varies it, and the variation.

    Raises `Problem` 404 for no such case, `ScenarioError` naming the parameter that is wrong.
    """
    from tumen.scenario.variation import from_query, varied

    case = shelf.case(name)
    variation = from_query(case, list(pairs))
    return case, varied(case, variation), variation


def question(
    name: str, case: Case, variation: Variation, kind: str, settings: Mapping[str, Any]
) -> Request:
    """A case, varied or not, as a question. Raises `StoreError` for settings it cannot take."""
    from tumen.app.jobs.asking import files_of, request_of, settled
    from tumen.scenario.locate import library
    from tumen.scenario.variation import varied, yaml_of

    if not variation.fields():
        return request_of(case, kind, settings)
    shipped = name in library()
    files = {} if shipped else {f"{BASE}/{at}": content for at, content in files_of(case).items()}
    extended = name if shipped else f"{BASE}/{CASE}"
    files[CASE] = yaml_of(extended, variation).encode()
    return Request(
        kind=kind,
        title=titled(case, variation),
        scenario=case.name,
        files=files,
        settings=settled(kind, settings),
        scenario_hash=varied(case, variation).digest,
        data_version=f"{case.world.name} {case.world.version}",
        code_version=__version__,
    )


def titled(case: Case, variation: Variation) -> str:
    """The title of a case with what was changed in it, as the link says it."""
    from tumen.scenario.variation import pairs_of

    changes = "; ".join(f"{name} = {value}" for name, value in pairs_of(case, variation))
    return f"{case.scenario.title} ({changes})"[:LONGEST_TITLE]


def submit(shelf: Shelf, visitor: Visitor, request: Request) -> Run:
    """Put a question into the store, within the limits of the server.

    Raises `Problem` 422 for too many draws, 429 for too many runs that wait already.
    """
    limits = shelf.settings.limits
    draws = request.settings.get("draws")
    if isinstance(draws, int) and draws > limits.draws:
        raise Problem(
            422, f"draws: at most {limits.draws:,} on this server; {draws:,} were asked for"
        )
    store = shelf.store
    if not is_known(store, request.id):
        waiting = store.runs(owner=visitor.owner, status="queued", limit=limits.queued_each)
        if len(waiting) >= limits.queued_each:
            raise Problem(
                429,
                f"{limits.queued_each} of your runs are waiting already; cancel one, or wait until "
                "one has finished",
                headers={"retry-after": "60"},
            )
    return store.submit(request, owner=visitor.name)


def is_known(store: Store, run: str) -> bool:
    """Whether the store has a run of this id."""
    try:
        store.run(run)
    except StoreError:
        return False
    return True


def own_run(shelf: Shelf, visitor: Visitor, run: str) -> Run:
    """A run that the visitor may see. Raises `Problem` 404 for any other."""
    try:
        found = shelf.store.run(run)
        seen = visitor.owner is None or shelf.store.may_see(run, visitor.owner)
    except StoreError:
        seen = False
    if not seen:
        raise Problem(404, "There is no such run; the list of runs shows those there are")
    return found
