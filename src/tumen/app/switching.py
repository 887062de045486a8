"""What the page of routes and the programming interface share: switches read, solved, in words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Query

from tumen.analysis.lifting import Same
from tumen.analysis.link_switches import (
    Switched,
    Switches,
    canonical,
    changes_of,
    cut_off,
    network_of,
    switched,
)
from tumen.app.server.problems import Problem
from tumen.errors import ShockError, SolveError
from tumen.report.switched import pair_words
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.network import Network

MOST = 400  # links that one question may name


def ids_of(given: Iterable[str]) -> tuple[str, ...]:
    """Ids of links, given one by one or with commas between, each once and in order."""
    found = {canonical(part.strip()) for item in given for part in item.split(",") if part.strip()}
    if len(found) > MOST:
        raise Problem(422, f"At most {MOST} links can be switched at once, not {len(found)}")
    return tuple(sorted(found))


def switches_of(closed: Iterable[str], opened: Iterable[str], day: End) -> Switches:
    """The switches that a link holds."""
    return Switches(ids_of(closed), ids_of(opened), day)


Ids = Annotated[
    list[str],
    Query(description="ids of links as KHA-TUM-rail, repeated or with commas", max_length=MOST),
]


def asked(
    closed: Ids = [],  # noqa: B006 - FastAPI copies it
    opened: Ids = [],  # noqa: B006
    day: End = "central",
) -> Switches:
    """The switches that a request asks for."""
    return switches_of(closed, opened, day)


Asked = Annotated[Switches, Depends(asked)]


def network_or_problem(case: Case, switches: Switches) -> Network:
    """The case's network, with the switches checked. Raises `Problem` 404 or 422."""
    network = network_of(case, switches.day)
    if network is None:
        raise Problem(404, f"The case {case.name} has no transport network")
    try:
        changes_of(network, switches)
    except ShockError as error:
        raise Problem(422, str(error)) from None
    return network


@lru_cache(maxsize=128)
def kept(case: Same, switches: Switches) -> Switched:
    """The answer, remembered for a case as it was read; one that has changed is read anew."""
    return switched(case.value, switches)


def solved(case: Case, switches: Switches) -> Switched:
    """The answer. Raises `Problem` 422 in words where there is no equilibrium."""
    network = network_or_problem(case, switches)
    try:
        return kept(Same(case), switches)
    except SolveError as error:
        cut = cut_off(network, changes_of(network, switches), case.world)
        told = f"No route is left from {pair_words(case, cut)}. " if cut else ""
        raise Problem(422, f"{told}The world has no solution then: {error}") from None
