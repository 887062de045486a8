"""From a page's link to a question for the store: a case by name, varied as its link says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tumen.app.api.runs import check_limits, check_queue
from tumen.app.server.shelf import Shelf
from tumen.app.server.visitor import Visitor
from tumen.store.request import Request, Run

if TYPE_CHECKING:
    from tumen.scenario.load import Case
    from tumen.scenario.variation import Variation

Pairs = Iterable[tuple[str, str]]


def asked_case(shelf: Shelf, name: str, pairs: Pairs) -> tuple[Case, Case, Variation]:
    """A case, the case as a link varies it, and the variation.

    Raises `Problem` 404 for no such case, `ScenarioError` naming the parameter that is wrong.
    """
    from tumen.scenario.variation import from_query, varied

    case = shelf.case(name)
    variation = from_query(case, list(pairs))
    return case, varied(case, variation), variation


def submit(shelf: Shelf, visitor: Visitor, request: Request) -> Run:
    """Put a question into the store, within the limits of the server.

    Raises `Problem` 422 for too many draws, 429 for too many runs that wait already.
    """
    check_limits(request, shelf.settings.limits)
    owner = visitor.owner or ""
    if not shelf.store.grant(request.id, owner):
        check_queue(shelf, visitor)
    return shelf.store.submit(request, owner)
