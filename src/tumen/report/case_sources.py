"""The sources that stand under a case's figures and tables."""

from __future__ import annotations

from collections.abc import Sequence

from tumen.analysis.case import CaseResult
from tumen.report.document import Source
from tumen.scenario.claims import ClaimTest, Ledger
from tumen.scenario.evidence import Evidence

# Beyond this many sources a figure names only their ids; the appendix has the rest.
NAMED = 10


def sources(result: CaseResult, ids: list[str]) -> list[Source]:
    """The evidence of these ids as sources, each named once."""
    return named([result.case.evidence[key] for key in dict.fromkeys(ids)])


def named(listed: list[Evidence]) -> list[Source]:
    """Evidence as sources: id and publisher, or the id alone where they are many."""
    brief = len(listed) > NAMED
    return [Source(i.id if brief else f"{i.id} {i.publisher}", web(i)) for i in listed]


def web(item: Evidence) -> str:
    """A link that a reader can follow, or nothing."""
    return item.link if item.link.startswith(("https://", "http://")) else ""


def claim_sources(ledger: Ledger, tests: Sequence[ClaimTest]) -> list[Source]:
    """The evidence that tests of claims cite, each named once."""
    listed = [ledger.evidence[key] for key in sorted({key for test in tests for key in test.cited})]
    return [
        Source(f"{item.id} {item.title if item.reliability == 'N' else item.publisher}", web(item))
        for item in listed
    ]


def ties_evidence(result: CaseResult) -> list[str]:
    """Ids behind the figures of the ties."""
    return [
        key
        for place, figure in result.case.figures()
        if place.startswith("ties")
        for key in figure.evidence
    ]


def measure_evidence(result: CaseResult) -> list[str]:
    """Ids behind the pressure."""
    return [key for measure in result.case.scenario.pressure for key in measure.evidence]


def world_sources(result: CaseResult) -> list[Source]:
    """Where the benchmark comes from."""
    return [
        Source(
            f"benchmark {result.world.name} {result.world.version} (WIOD, BACI, World Bank, IMF "
            "and others; see the appendix)"
        )
    ]
