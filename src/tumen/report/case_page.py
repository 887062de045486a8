"""The report of a case: a briefing of two pages, then an appendix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tumen.analysis.case import CaseResult
from tumen.analysis.multistart import Multistart
from tumen.report.case_attribution import waterfall_figure, who_does_it
from tumen.report.case_backtest import backtest_sections
from tumen.report.case_claims import claims_section, reasons_section
from tumen.report.case_evidence import sources_section
from tumen.report.case_figures import losses_figure, senders_figure
from tumen.report.case_horizon import horizon_sections, settings_section
from tumen.report.case_later import later_sections
from tumen.report.case_ledgers import balance_tables, ledger_table, sheet_tables
from tumen.report.case_routes import route_sections
from tumen.report.case_sensitivity import sensitivity_sections
from tumen.report.case_sources import measure_evidence, sources, ties_evidence
from tumen.report.case_tables import elasticity_table, income_table, offset_table
from tumen.report.document import Bullets, Column, Page, Section, Stamp, Table, Text
from tumen.report.summary import answers_of, document
from tumen.report.tables import figure_rows
from tumen.report.words import caveats, headline
from tumen.world.names import name_of

# What every page says of its own making, in this order.
STAMPED = (
    "status",
    "residual",
    "closure",
    "elasticities",
    "numeraire",
    "data_version",
    "code_version",
    "scenario_hash",
)


def uniqueness_in_words(searches: Multistart) -> str:
    """Whether searches from elsewhere find the same world."""
    starts, settled = len(searches.statuses) - 1, searches.settled - 1
    if searches.same and settled:
        return (
            f"No theorem rules out a second solution. Searches from {starts} random places, where "
            "wages, prices and spending are typically 40 % below or 65 % above the benchmark's: "
            f"{settled} settle, all of them in the world shown."
        )
    if searches.same:
        return (
            f"None of {starts} searches from random places settles, so nothing is known of a "
            "second solution."
        )
    return (
        f"More than one world solves the equations: of {settled} searches from random places some "
        "end elsewhere. Shown is the one that is reached from the benchmark year."
    )


def method_section(result: CaseResult) -> Section:
    """How the numbers are made, in three paragraphs."""
    world = result.world
    lifted = sum(record.treatment == "lift" for record in result.case.records)
    paragraphs = [
        f"A world economy of {len(world.regions)} economies and {len(world.sectors)} sectors is "
        "solved in exact changes (Caliendo and Parro, 2015): every sector buys inputs from all "
        "others, buyers choose among suppliers by cost, wages clear factor markets. The benchmark "
        "year already carries the pressure, so the world without it is found by lifting the "
        "recorded falls of trade: the weights that bring them back are found with all prices and "
        f"wages answering ({lifted} flows, to {result.calibration_error:.0e}).",
        "Ties that the benchmark year already holds are taken out to switch them off, not added "
        "on top to switch them on. The offset ratio is the share of the loss that the ties undo: "
        "1 - L1/L0, with L0 the loss from the pressure without the ties and L1 the loss with them.",
    ]
    paragraphs.append(uniqueness_in_words(result.searches))
    for region, loss in result.deficit_sensitivity.items():
        paragraphs.append(
            f"The headline keeps transfers the same with and without pressure. If the rise of "
            f"{name_of(world, region)}'s recorded deficit since before the pressure is itself put "
            f"down to the pressure, its loss is {100 * loss:.2f} % instead of "
            f"{100 * result.main.central.loss(region, 'pressure'):.2f} %: a deficit is also what a "
            "country is given to live on."
        )
    return Section("How the numbers are made", [Text(paragraphs)], new_page=True)


def ties_section(result: CaseResult) -> Section:
    """The case in its own words: what it asks, the pressure, and each tie."""
    scenario = result.case.scenario
    rows = [[measure.title, "pressure"] for measure in scenario.pressure]
    rows += [[tie.title, tie.summary] for tie in scenario.ties]
    return Section(
        "What the case holds",
        [
            Text([scenario.summary] if scenario.summary else []),
            Table(
                "Pressure and ties",
                [Column(name, numeric=False) for name in ("", "what")],
                rows,
                sources=sources(result, [*measure_evidence(result), *ties_evidence(result)]),
            ),
        ],
    )


def figures_section(result: CaseResult) -> Section:
    """Every figure of the scenario with its range and support."""
    columns, rows = figure_rows(result.case)
    described = [Column(name, numeric=False) for name in columns]
    ids = [key for _, figure in result.case.figures() for key in figure.evidence]
    return Section(
        "Every figure of the scenario",
        [
            Table(
                "Figures with their ranges, and what stands behind each",
                described,
                rows,
                note="Ids are those of the last table; words say how a figure follows from them.",
                sources=sources(result, ids),
            )
        ],
    )


def stamp_section(result: CaseResult, whole: Mapping[str, Any]) -> Section:
    """What produced the page, and how to have it again."""
    rows = [
        (field, f"{whole[field]:.1e}" if field == "residual" else str(whole[field]), "")
        for field in STAMPED
    ]
    return Section(
        "What produced this page",
        [Stamp(rows), Text([f"The same again: tumen run {result.case.name}"])],
    )


def hangs_on(result: CaseResult) -> list[Section]:
    """What the answer hangs on, where the case was drawn."""
    if result.sample is None:
        return []
    totals = None if result.totals is None else result.totals.indices
    return sensitivity_sections(result.sample, totals, answers_of(result))


def briefing(result: CaseResult, whole: Mapping[str, Any]) -> list[Section]:
    """What comes first: the answer, what makes it, what would change it."""
    return [
        Section("Who loses, and how much is undone", [losses_figure(result), offset_table(result)]),
        Section(
            "Which tie does it",
            [
                *(
                    waterfall_figure(result, phase, region)
                    for region in result.case.scenario.targets
                    for phase in result.phases.values()
                ),
                *who_does_it(result),
            ],
        ),
        *horizon_sections(result),
        *backtest_sections(result.case, result.backtests, result.scorecard),
        *claims_section(result, whole),
        Section("What it means for everybody else", [income_table(result), senders_figure(result)]),
        *later_sections(result),
        *route_sections(result),
        *hangs_on(result),
        Section("What would change the answer", [elasticity_table(result)]),
        Section("Read this before quoting a number", [Bullets(caveats(result))]),
        Section(
            "The ledgers",
            [*sheet_tables(result), ledger_table(result), *balance_tables(result)],
            new_page=True,
        ),
    ]


def appendix(result: CaseResult, whole: Mapping[str, Any]) -> list[Section]:
    """What stands behind it: the case, the method, every figure, every source."""
    return [
        ties_section(result),
        method_section(result),
        figures_section(result),
        *settings_section(result),
        *reasons_section(result, whole),
        sources_section(result),
        stamp_section(result, whole),
    ]


def page(result: CaseResult) -> Page:
    """The whole report."""
    scenario = result.case.scenario
    whole = document(result)
    return Page(
        title=scenario.title,
        answer=[headline(result, region) for region in scenario.targets],
        sections=[*briefing(result, whole), *appendix(result, whole)],
        kicker=f"Sanctions and ties, world of {result.world.dataset.attrs.get('year', '2023')}",
        stamp={field: whole[field] for field in STAMPED},
    )
