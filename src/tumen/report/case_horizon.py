"""The case from the first months to the long run, and what may adjust at each horizon."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tumen.analysis.case import CaseResult
from tumen.analysis.fourworlds import ENDS
from tumen.analysis.horizons import Horizon
from tumen.report import figures
from tumen.report.case_sources import answer_sources
from tumen.report.document import Block, Column, Figure, Section, Table, Text
from tumen.report.phrases import in_words
from tumen.report.text import number
from tumen.report.words import per_cent, span
from tumen.world.horizon import RIGID_SOURCE, rows
from tumen.world.names import name_of


def losses_along(result: CaseResult, region: str) -> Figure:
    """Real income with and without the ties at every horizon."""
    states = {"pressure": "pressure", "with ties": "pressure_ties"}
    index = [in_words(years) for years in result.horizons]

    def table(pick: Any) -> pd.DataFrame:
        cells = [
            {
                title: pick([-found.loss(region, state, end) for end in ENDS])
                for title, state in states.items()
            }
            for found in result.horizons.values()
        ]
        return pd.DataFrame(cells, index=index)

    name = name_of(result.world, region)
    ends = list(result.horizons.values())
    first, last = ends[0], ends[-1]
    return Figure(
        figures.paired_bars(
            table(lambda ends: ends[1]),
            low=table(min),
            high=table(max),
            title=(
                f"The pressure costs {name} {number(first.loss(region, 'pressure'), 1)} % within "
                f"{in_words(first.years)}, {number(last.loss(region, 'pressure'), 1)} % after "
                f"{in_words(last.years)}"
            ),
            unit="per cent",
            axis="real income against the world without pressure and ties, by time since it began",
            decimals=2,
        ),
        caption=(
            "The pressure falls on the world without it, with factors where that world has put "
            "them. What may adjust at each horizon stands in the appendix; nothing was fitted to "
            "the record. Lines show the range when every figure of the ties is at its low or its "
            "high end; the draws are of the long run."
        ),
        sources=answer_sources(result),
    )


def sentence(result: CaseResult, region: str) -> str:
    """What changes between both ends of the horizon, for one target."""
    ends = list(result.horizons.values())
    name = name_of(result.world, region)

    def told(found: Horizon) -> str:
        ratio = {end: found.four[end].offset(region) for end in ENDS}
        loss = per_cent(found.loss(region, "pressure"))
        if ratio["central"] is None:
            return f"{loss}, too little for a share of it to mean anything"
        known = [value for value in ratio.values() if value is not None]
        return f"{loss}, and the ties undo {100 * ratio['central']:.0f} % of that" + span(
            min(known), max(known)
        )

    first, last = ends[0], ends[-1]
    gained = [found.loss(region, "pressure") - found.loss(region, "pressure_ties")
              for found in (first, last)]  # fmt: skip
    return (
        f"{name}: within {in_words(first.years)} the pressure costs {told(first)}; after "
        f"{in_words(last.years)} {told(last)}. The ties bring {number(gained[0], 1)} points at "
        f"first and {number(gained[1], 1)} in the end: it is the loss that shrinks, as buyers find "
        "other suppliers and factors other work, more than what the ties bring that changes."
    )


def ends_table(result: CaseResult) -> Table:
    """Both ends of the horizon side by side, and the long run of the headline."""
    ends = list(result.horizons.values())
    table_rows: list[list[str | float | None]] = []
    for region in result.case.scenario.targets:
        for found in (ends[0], ends[-1]):
            ratio = {end: found.four[end].offset(region) for end in ENDS}
            table_rows.append(
                [
                    f"{name_of(result.world, region)}: {in_words(found.years)}",
                    found.loss(region, "pressure"),
                    found.loss(region, "pressure_ties"),
                    *(None if v is None else 100 * v for v in ratio.values()),
                ]
            )
        four = result.main.central
        offsets = result.main.offset_ratio(region)
        table_rows.append(
            [
                f"{name_of(result.world, region)}: long run, capital given",
                100 * four.loss(region, "pressure"),
                100 * four.loss(region, "pressure_ties"),
                *(None if v is None else 100 * v for v in offsets.values()),
            ]
        )
    return Table(
        "Both ends of the horizon, and the long run that the rest of this page uses",
        [
            Column("", numeric=False),
            Column("loss", "%", decimals=2),
            Column("with ties", "%", decimals=2),
            *(Column(f"undone, {end}", "%", decimals=0) for end in ENDS),
        ],
        table_rows,
        note=(
            "A negative loss is a gain. After ten years only capital still moves; the headline "
            "holds it fixed. Low and high: every figure of the ties at that end."
        ),
        sources=answer_sources(result),
    )


def horizon_sections(result: CaseResult) -> list[Section]:
    """The section on the horizon, where the case asks for more than one."""
    if len(result.horizons) < 2:
        return []
    targets = result.case.scenario.targets
    blocks: list[Block] = [
        Text([sentence(result, region) for region in targets]),
        *(losses_along(result, region) for region in targets),
        ends_table(result),
    ]
    return [Section("From the first months to the long run", blocks)]


def settings_section(result: CaseResult) -> list[Section]:
    """For the appendix: what may adjust at each horizon, with sources."""
    if not result.horizons:
        return []
    years = list(result.horizons)
    shown = [years[0], *(y for y in years[1:-1] if y == 1), years[-1]]
    columns = ["setting", "of what", *(in_words(y) for y in shown), "source of both ends"]
    return [
        Section(
            "What may adjust, and when",
            [
                Table(
                    "Settings of the horizon",
                    [Column(title, numeric=False) for title in columns],
                    rows(shown),
                    note=(
                        "Between three months and ten years the adjustment done is a straight line "
                        f"in the log of time (assumption). Apart from time: {RIGID_SOURCE}. A: "
                        "read there; M: from memory of it, to be checked before it is quoted."
                    ),
                )
            ],
        )
    ]


def horizons_document(result: CaseResult) -> dict[str, Any]:
    """Losses, offset ratios and settings at every horizon, in plain values."""
    return {
        f"{years:g}": {
            "elasticities": found.elasticities,
            "variants": found.variants,
            "loss": {
                region: {
                    state: {end: found.loss(region, state, end) for end in ENDS}
                    for state in ("pressure", "pressure_ties")
                }
                for region in result.case.scenario.targets
            },
            "offset_ratio": {
                region: {end: found.four[end].offset(region) for end in ENDS}
                for region in result.case.scenario.targets
            },
        }
        for years, found in result.horizons.items()
    }
