"""The appendix of a case's report that lists every source, and how each figure enters."""

from __future__ import annotations

from markupsafe import Markup

from tumen.analysis.case import CaseResult
from tumen.report.case_sources import web
from tumen.report.document import Column, Section, Table, Text
from tumen.scenario.citations import enters
from tumen.scenario.evidence import RELIABILITY, Evidence


def cited(item: Evidence) -> str:
    """The citation, as a link where the source has an address."""
    url = web(item)
    if not url:
        return item.citation
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(url, item.citation)


def sources_table(result: CaseResult) -> Table:
    """Every row of the evidence: the figure, its source, its reliability and how it enters."""
    where = enters(result.case)
    listed = list(result.case.evidence.values())
    letters = {item.reliability for item in listed}
    return Table(
        f"The evidence: {len(listed)} figures, where each is from and how it enters",
        [
            Column(name, numeric=False)
            for name in ("id", "figure", "value", "year", "source", "reliability", "enters")
        ],
        [
            [
                item.id,
                item.item,
                item.span,
                item.year,
                cited(item),
                item.reliability,
                where[item.id],
            ]
            for item in listed
        ],
        note="Reliability: "
        + "; ".join(f"{key} {text}" for key, text in RELIABILITY.items() if key in letters)
        + ".",
    )


def sources_section(result: CaseResult) -> Section:
    """The evidence, the recorded flows, and where the benchmark comes from."""
    attributes = result.world.dataset.attrs
    recorded = dict.fromkeys(record.source for record in result.case.records if record.source)
    told = [f"Recorded flows: {'; '.join(recorded)}."] if recorded else []
    told += [
        f"{title}: {attributes[name]}."
        for name, title in (("sources", "The benchmark"), ("licences", "Licences"))
        if name in attributes
    ]
    table = [sources_table(result)] if result.case.evidence else []
    return Section("Sources", [*table, Text(told)])
