"""The sources that stand under a case's figures and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from tumen.report.document import Source
from tumen.scenario.claims import ClaimTest, Ledger
from tumen.scenario.evidence import Evidence
from tumen.scenario.load import Case
from tumen.world.world import World

ELASTICITIES = {
    "fontagne2022": "Fontagné, Guimbard & Orefice (2022)",
    "caliendo-parro2015": "Caliendo & Parro (2015)",
    "caliendo-parro2015-full": "Caliendo & Parro (2015)",
}
ASSUMED = "one number for all sectors, assumed"
OWN = "those of the world itself"
# Beyond this many sources a figure names only their ids; the appendix has the rest.
NAMED = 10


class OfCase(Protocol):
    """Anything that was found of a case."""

    @property
    def case(self) -> Case:
        """The case."""

    @property
    def world(self) -> World:
        """Its benchmark."""


def sources(result: OfCase, ids: list[str]) -> list[Source]:
    """The evidence of these ids as sources, each named once."""
    return named([result.case.evidence[key] for key in dict.fromkeys(ids)])


def named(listed: list[Evidence]) -> list[Source]:
    """Evidence as sources: id and publisher, or the id alone where they are many."""
    brief = len(listed) > NAMED
    return [Source(i.id if brief else label(i), web(i)) for i in listed]


def label(item: Evidence) -> str:
    """Id and publisher; what was not found has none, and says so."""
    return f"{item.id} {item.title if item.reliability == 'N' else item.publisher}"


def web(item: Evidence) -> str:
    """A link that a reader can follow, or nothing."""
    return item.link if item.link.startswith(("https://", "http://")) else ""


def claim_sources(ledger: Ledger, tests: Sequence[ClaimTest]) -> list[Source]:
    """The evidence that tests of claims cite, each named once."""
    listed = [ledger.evidence[key] for key in sorted({key for test in tests for key in test.cited})]
    return [Source(label(item), web(item)) for item in listed]


def ties_evidence(result: OfCase) -> list[str]:
    """Ids behind the figures of the ties."""
    return [
        key
        for place, figure in result.case.figures()
        if place.startswith("ties")
        for key in figure.evidence
    ]


def measure_evidence(result: OfCase) -> list[str]:
    """Ids behind the pressure."""
    return [key for measure in result.case.scenario.pressure for key in measure.evidence]


def pressure_sources(result: OfCase) -> list[Source]:
    """What the pressure alone rests on: the world, the recorded flows, the measures' evidence."""
    recorded = recorded_flows(result)
    return [
        *world_sources(result),
        *([Source(f"recorded flows ({recorded})")] if recorded else []),
        *sources(result, measure_evidence(result)),
    ]


def recorded_flows(result: OfCase) -> str:
    """What the records of flows say of their origin, each once."""
    return "; ".join(
        dict.fromkeys(record.source for record in result.case.records if record.source)
    )


def answer_sources(result: OfCase) -> list[Source]:
    """What the answer rests on: all that the pressure does, and the evidence of the ties."""
    return [*pressure_sources(result), *sources(result, ties_evidence(result))]


def elasticity_sources(names: Iterable[str]) -> list[Source]:
    """Where sets of trade elasticities are from, each publication once."""

    def origin(name: str) -> str:
        return ASSUMED if name.startswith("uniform-") else ELASTICITIES.get(name, OWN)

    found = dict.fromkeys(origin(name.split(",", maxsplit=1)[0]) for name in names)
    return [Source(f"trade elasticities: {text}") for text in found]


def benchmark(world: World) -> Source:
    """Where a world's table is from."""
    return Source(
        f"benchmark {world.name} {world.version} (WIOD, BACI, World Bank, IMF and others)"
    )


def world_sources(result: OfCase) -> list[Source]:
    """Where the benchmark comes from."""
    return [benchmark(result.world)]
