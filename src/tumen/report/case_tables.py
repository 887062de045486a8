"""The tables of a case's report."""

from __future__ import annotations

from tumen.analysis.case import CaseResult
from tumen.analysis.findings import Findings
from tumen.report.bands import described, offset_reach, undefined
from tumen.report.case_sources import answer_sources, elasticity_sources
from tumen.report.document import Column, Table
from tumen.report.summary import by_elasticity
from tumen.report.tables import income_rows
from tumen.world.names import name_of


def income_table(result: Findings) -> Table:
    """Real income of targets, senders, others and the rest in every world."""
    columns, rows = income_rows(result)
    half = (len(columns) - 1) // 2
    described = [Column("", numeric=False)]
    described += [Column(title, "%") for title in columns[1 : half + 1]]
    described += [Column(title, "million USD") for title in columns[1 : half + 1]]
    return Table(
        "Real income against the world without pressure and ties",
        described,
        rows,
        note="Million USD of 2023: benchmark income times the change of exact real income.",
        sources=answer_sources(result),
    )


def offset_table(result: Findings) -> Table:
    """Losses and offset ratios, with and without goods received in kind."""
    titles = ("low", "central", "high") if result.sample is None else ("5 %", "central", "95 %")
    rows: list[list[str | float | None]] = []
    for region in result.case.scenario.targets:
        for phase in result.phases.values():
            with_goods = offset_reach(result, phase, region)
            without = offset_reach(result, phase, region, goods=False)
            rows.append(
                [
                    f"{name_of(result.world, region)}: {phase.phase.title.lower()}",
                    100 * phase.central.loss(region, "pressure"),
                    100 * phase.central.loss(region, "pressure_ties"),
                    *with_goods.scaled(100),
                    ratio(without.central),
                ]
            )
    return Table(
        "Loss from the pressure, and the share of it that the ties undo",
        [
            Column("", numeric=False),
            Column("loss", "%", decimals=2),
            Column("with ties", "%", decimals=2),
            *(Column(f"undone, {title}", "%", decimals=0) for title in titles),
            Column("without goods in kind", "%", decimals=0),
        ],
        rows,
        note=(
            "A negative loss is a gain. No ratio is given where the loss is below 0.25 %. Above "
            f"100 % the ties more than make up for the pressure. {described(result)} "
            f"{undefined(result)}"
        ).strip(),
        sources=answer_sources(result),
    )


def ratio(value: float | None) -> float | None:
    """A ratio in per cent."""
    return None if value is None else 100 * value


def elasticity_table(result: CaseResult) -> Table:
    """The losses and ratios under other trade elasticities."""
    targets = result.case.scenario.targets
    columns = [Column("trade elasticities", numeric=False)]
    for region in targets:
        name = name_of(result.world, region)
        columns.append(Column(f"{name}: loss", "%", decimals=2))
        columns.append(Column(f"{name}: undone", "%", decimals=0))
    rows: list[list[str | float | None]] = []
    for name, found in by_elasticity(result).items():
        row: list[str | float | None] = [name]
        for region in targets:
            row += [found[region]["loss"], ratio(found[region]["offset_ratio"])]
        rows.append(row)
    return Table(
        "The same under other trade elasticities",
        columns,
        rows,
        note=(
            "Each set is calibrated to the same recorded flows. The lower the elasticity, the "
            "harder goods are to replace and the dearer the pressure."
        ),
        sources=[*elasticity_sources(by_elasticity(result)), *answer_sources(result)],
    )
