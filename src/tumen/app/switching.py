"""What the page of routes and the programming interface share: switches read, solved, in words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

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
from tumen.scenario.load import Case, load_case
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
def kept(name: str, digest: str, switches: Switches) -> Switched:
    """The answer, remembered for a case as it stands now: `digest` is that of its files."""
    del digest
    return switched(load_case(name), switches)


def solved(case: Case, switches: Switches) -> Switched:
    """The answer. Raises `Problem` 422 in words where there is no equilibrium."""
    network = network_or_problem(case, switches)
    try:
        return kept(case.name, case.digest, switches)
    except SolveError as error:
        cut = cut_off(network, changes_of(network, switches), case.world)
        told = f"No route is left from {pair_words(case, cut)}. " if cut else ""
        raise Problem(422, f"{told}The world has no solution then: {error}") from None
