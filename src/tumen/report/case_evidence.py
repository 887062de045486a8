"""The appendix of a case's report that lists every source, and how each figure enters."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from tumen.analysis.case import CaseResult
from tumen.report.case_sources import recorded_flows, web
from tumen.report.document import Block, Column, Section, Table, Text
from tumen.scenario.citations import enters
from tumen.scenario.evidence import RELIABILITY, Evidence


def cited(item: Evidence) -> str:
    """The citation, as a link where the source has an address."""
    url = web(item)
    if not url:
        return item.citation
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(url, item.citation)


def figure(item: Evidence) -> str:
    """What the figure is, its value and its year."""
    value = ": ".join(filter(None, (item.item, item.span)))
    return f"{value} ({item.year})" if item.year else value


def sources_table(result: CaseResult) -> Table:
    """Every row of the evidence: the figure, its source, its reliability and how it enters."""
    where = enters(result.case)
    listed = list(result.case.evidence.values())
    return Table(
        f"The evidence: {len(listed)} figures, where each is from and how it enters",
        [Column(name, numeric=False) for name in ("id", "figure", "source", "enters")],
        [
            [f"{item.id} {item.reliability}", figure(item), cited(item), where[item.id]]
            for item in listed
        ],
    )


def legend(listed: Iterable[Evidence]) -> str:
    """What the letters of reliability mean, those that occur."""
    letters = {item.reliability for item in listed}
    told = "; ".join(f"{key} {text}" for key, text in RELIABILITY.items() if key in letters)
    return f"The letter after an id is the reliability of the source: {told}."


def sources_section(result: CaseResult) -> Section:
    """The evidence, the recorded flows, and where the benchmark comes from."""
    attributes = result.world.dataset.attrs
    recorded = recorded_flows(result)
    told = [f"Recorded flows: {recorded}."] if recorded else []
    told += [
        f"{title}: {attributes[name]}."
        for name, title in (("sources", "The benchmark"), ("licences", "Licences"))
        if name in attributes
    ]
    listed = result.case.evidence.values()
    table: list[Block] = [Text([legend(listed)]), sources_table(result)] if listed else []
    return Section("Sources", [*table, Text(told)])
