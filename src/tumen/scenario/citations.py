"""Where each figure of the evidence enters a case: what cites it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from tumen.scenario.claims import Claim, read_claims
from tumen.scenario.evidence import Evidence
from tumen.scenario.figure import placed_figures
from tumen.scenario.load import Case
from tumen.scenario.network_file import read_rows
from tumen.scenario.places import Names, words_of
from tumen.scenario.potentials import GOODS, read_goods
from tumen.scenario.schema import Scenario
from tumen.world.names import name_of

# Of a figure: its id, what it enters, and how or which of them.
Cited = Iterator[tuple[str, str, str]]
# So many links or places of a network are named one by one; more are counted.
NAMED = 3


def gathered(cited: Cited) -> dict[str, dict[str, list[str]]]:
    """By id and by what the figure enters, how it does, each once and in order."""
    found: dict[str, dict[str, list[str]]] = {}
    for key, head, how in cited:
        known = found.setdefault(key, {}).setdefault(head, [])
        if how not in known:
            known.append(how)
    return found


def scenario_places(scenario: Scenario, names: Names) -> Cited:
    """What the figures of the scenario cite."""
    for place, figure in placed_figures(scenario):
        for key in figure.evidence:
            yield key, *words_of(scenario, place, names)


def measure_places(scenario: Scenario) -> Cited:
    """What the measures cite; their titles hold commas, so each stands alone."""
    for measure in scenario.pressure:
        for key in measure.evidence:
            yield key, f"pressure: {measure.title}", ""


def goods_places(folder: Path) -> Cited:
    """What goods.csv cites."""
    if (folder / GOODS).is_file():
        for good in read_goods(folder):
            for key in good.evidence:
                yield key, "goods", good.good


def network_places(folder: Path, names: Names) -> Cited:
    """What nodes.csv, links.csv and pairs.csv of a folder cite."""
    if not (folder / "nodes.csv").is_file():
        return
    places, tracks, pairs = read_rows(folder)
    for place in places:
        for key in place.evidence:
            yield key, "place", place.name
    for track in tracks:
        for key in track.evidence:
            yield key, "link", f"{track.a}-{track.b} by {track.mode}"
    for pair in pairs:
        for key in pair.evidence:
            yield key, "trade", f"from {names(pair.exporter)} to {names(pair.importer)}"


def claim_places(claims: Iterable[Claim]) -> Cited:
    """What the tests of claims cite."""
    for claim in claims:
        for test in claim.tests:
            for key in test.cited:
                yield key, "claim", claim.id


def listed(head: str, how: list[str]) -> str:
    """One place, or several of one kind: "Munitions: gross value", "claims C1, C2"."""
    if how == [""]:
        return head
    if head not in ("claim", "place", "link", "trade"):
        return f"{head}: {', '.join(how)}"
    many = f"{head}s" if head != "trade" else "flows of trade"
    if head != "claim" and len(how) > NAMED:
        return f"{len(how)} {many} of the network"
    return f"{head if len(how) == 1 or head == 'trade' else many} {', '.join(how)}"


def citations(
    scenario: Scenario, folder: Path, claims: Iterable[Claim], names: Names
) -> dict[str, list[str]]:
    """The places at which a case cites each figure, by id, in words.

    It looks through the scenario's measures and figures, the claims, goods.csv and the networks;
    `names` gives the names of regions. Raises `ScenarioError` for a table that cannot be read.
    """
    sources: list[tuple[str, Cited]] = [
        ("", measure_places(scenario)),
        ("", scenario_places(scenario, names)),
        ("", goods_places(folder)),
        ("", network_places(folder, names)),
    ]
    if scenario.evasion is not None:
        around = network_places(folder / scenario.evasion.folder, names)
        sources.append(("ways round the ban: ", around))
    sources.append(("", claim_places(claims)))
    found: dict[str, list[str]] = {}
    for prefix, cited in sources:
        for key, heads in gathered(cited).items():
            words = [prefix + listed(head, how) for head, how in heads.items()]
            found.setdefault(key, []).extend(words)
    return found


def citations_of(case: Case) -> dict[str, list[str]]:
    """The places at which a case that is loaded cites each figure, by id, in words."""
    folder = case.folder
    names = partial(name_of, case.world)
    return citations(case.scenario, folder, read_claims(folder), names)


def enters(case: Case) -> dict[str, str]:
    """How each figure of the evidence enters: what its row says, else what cites it."""
    cited = citations_of(case)
    return {
        key: item.enters or "; ".join(cited.get(key, ())) for key, item in case.evidence.items()
    }


def unused(case: Case) -> list[Evidence]:
    """Figures of the evidence that nothing in the case cites."""
    cited = citations_of(case)
    return [item for key, item in case.evidence.items() if key not in cited]
