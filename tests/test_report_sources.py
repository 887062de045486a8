"""Every table and figure of a report says where its numbers are from."""

from __future__ import annotations

import html
import re

import pytest

from tumen.report.case_page import appendix, briefing, figures_section, page
from tumen.report.case_sources import ASSUMED, OWN, elasticity_sources
from tumen.report.document import Figure, Table, render
from tumen.report.summary import document
from tumen.scenario.citations import enters
from tumen.scenario.evidence import RELIABILITY


@pytest.fixture(scope="module")
def whole(flagship):
    return document(flagship)


def titled(block):
    """The title of a table or of a figure."""
    return block.caption if isinstance(block, Table) else block.figure.layout.meta["title"]


def numbered(sections):
    """Tables and figures of some sections."""
    return [b for section in sections for b in section.blocks if isinstance(b, (Table, Figure))]


def test_every_table_and_figure_of_the_briefing_has_sources(flagship, whole):
    blocks = numbered(briefing(flagship, whole))
    assert len(blocks) > 20
    assert [titled(block) for block in blocks if not block.sources] == []


@pytest.mark.slow
def test_results_name_the_world_and_what_was_recorded(flagship, whole):
    losses, offsets, *_ = numbered(briefing(flagship, whole))
    for block in (losses, offsets):
        labels = " | ".join(source.label for source in block.sources)
        assert "benchmark tumen-31" in labels
        assert "recorded flows (BACI HS92 V202501, 2021 and 2023; ONS" in labels
        assert "F026" in labels  # of the measures
        assert "F252" in labels  # of the ties
    goods = next(b for b in numbered(briefing(flagship, whole)) if "news names" in titled(b))
    assert {"F104", "F105"} <= {source.label.split()[0] for source in goods.sources}
    under = next(
        b for b in numbered(briefing(flagship, whole)) if "trade elasticities" in titled(b)
    )
    told = " | ".join(source.label for source in under.sources)
    assert "Caliendo & Parro (2015)" in told
    assert ASSUMED in told


def test_elasticities_are_named_once_each():
    names = ["fontagne2022, floored at 2", "uniform-4", "uniform-8", "own"]
    assert [source.label.removeprefix("trade elasticities: ") for source in
            elasticity_sources(names)] == [
        "Fontagné, Guimbard & Orefice (2022)", ASSUMED, OWN,
    ]  # fmt: skip


def test_the_appendix_lists_every_row_with_its_reliability_and_how_it_enters(flagship, whole):
    (table,) = (b for b in numbered(appendix(flagship, whole)) if "The evidence" in titled(b))
    where = enters(flagship.case)
    assert [row[0].split()[0] for row in table.rows] == list(flagship.case.evidence)
    for first, figure, source, words in table.rows:
        key, reliability = first.split()
        item = flagship.case.evidence[key]
        assert reliability == item.reliability
        assert figure.startswith(item.item)
        assert item.span in figure
        assert item.publisher in html.unescape(source)
        assert words == where[key] != ""
    text = render(page(flagship))
    for letter in {item.reliability for item in flagship.case.evidence.values()}:
        assert f"{letter} {RELIABILITY[letter]}" in text
    for item in flagship.case.evidence.values():
        assert html.escape(item.enters, quote=False) in text.replace("&#39;", "'")
        if item.link:
            assert f'<a href="{html.escape(item.link)}"' in text


def test_a_hostile_source_cannot_leave_its_link(flagship, monkeypatch):
    from dataclasses import replace

    from tumen.report.case_evidence import cited

    item = replace(
        flagship.case.evidence["F252"],
        link='https://example.org/"><script>alert(1)</script>',
        title="<b>bold</b>",
    )
    shown = str(cited(item))
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert cited(replace(item, link="javascript:alert(1)")) == item.citation


def test_every_figure_of_the_scenario_names_its_evidence(flagship):
    (table,) = numbered([figures_section(flagship)])
    shown = {key for row in table.rows for key in re.findall(r"\b[A-Z]\d{3}\b", str(row[-1]))}
    cited = {key for _, figure in flagship.case.figures() for key in figure.evidence}
    assert cited <= shown
    titles = [row[0] for row in table.rows]
    assert "Munitions: gross value" in titles
    assert "deficit of North Korea: before the pressure" in titles
    assert not [title for title in titles if re.search(r"\.\d", title)]
