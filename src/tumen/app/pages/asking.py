"""From a page's link to a question for the store: a case by name, varied as its link says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tumen.app.server.shelf import Shelf

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
