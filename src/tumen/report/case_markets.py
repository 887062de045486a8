"""Markets in a case's report: what a seller's goods could be worth, what a supplier's are worth."""

from __future__ import annotations

import re

from tumen.analysis.case import CaseResult
from tumen.analysis.fourworlds import ENDS
from tumen.analysis.supply import Supply
from tumen.report.case_sources import pressure_sources, sources, world_sources
from tumen.report.document import Block, Column, Section, Source, Table, Text
from tumen.report.text import decimals_for, number
from tumen.scenario.potentials import read_goods, read_potentials
from tumen.world.names import name_of

# Sectors shown of a buyer's structure: those in which the supplier is largest.
SHOWN = 10


def shown(values: list[float]) -> list[str]:
    """A row of numbers of one kind, with two digits that matter in the middle one."""
    decimals = decimals_for(values[1:2], digits=2)
    return [number(value, decimals) for value in values]


def potential_sources(result: CaseResult) -> list[Source]:
    """What the potentials of closed flows were estimated from."""
    listed = dict.fromkeys(item.source for item in read_potentials(result.case.folder))
    return [Source(f"potentials: {text}") for text in listed]


def market_entry_section(result: CaseResult) -> list[Section]:
    """What the seller's goods could at most be worth to the buyer, and which goods these are."""
    asked, found = result.case.scenario.market_entry, result.market_entry
    if asked is None or found is None:
        return []
    world = result.world
    buyer, seller = name_of(world, asked.buyer), name_of(world, asked.seller)
    measures = {
        "goods bought, million USD": [found[end].flow for end in ENDS],
        "share of goods imports, %": [100 * found[end].import_share for end in ENDS],
        "gain in variety, %": [found[end].variety_gain for end in ENDS],
        "gain in real income, %": [found[end].real_income for end in ENDS],
        "gain, million USD": [found[end].million for end in ENDS],
    }
    goods = [
        good
        for good in read_goods(result.case.folder)
        if (good.importer, good.exporter) == (asked.buyer, asked.seller)
    ]
    rows = [[good.good, " ".join(good.hs), " ".join(good.sectors), good.status] for good in goods]
    cited = sorted({key for good in goods for key in good.evidence})
    bound = found["high"].real_income
    return [
        Section(
            f"What the goods of {seller} could be worth to {buyer}",
            [
                Table(
                    f"At most {number(bound, 3)} % of real income, were nothing but distance in "
                    "the way",
                    [
                        Column("", numeric=False),
                        *(Column(end) for end in ENDS),
                    ],
                    [[title, *shown(values)] for title, values in measures.items()],
                    note=(
                        "Every flow is opened to the share that gravity predicts for a pair like "
                        "this one (documented with its standard errors), with no sanctions and no "
                        "distaste for the goods. A lower taste scales it down."
                    ),
                    sources=[*world_sources(result), *potential_sources(result)],
                ),
                Table(
                    "The goods that the news names, and their legal status",
                    [Column(name, numeric=False) for name in ("good", "HS", "sector", "status")],
                    rows,
                    sources=sources(result, cited),
                ),
            ],
        )
    ]


def in_words(result: CaseResult, message: str) -> str:
    """A message with names instead of codes."""
    names = sector_names(result) | {r: name_of(result.world, r) for r in result.world.regions}
    text = re.sub(r"\b[A-Za-z]+\b", lambda found: names.get(found[0], found[0]), message)
    return text[0].lower() + text[1:]


def sector_names(result: CaseResult) -> dict[str, str]:
    """Names of the sectors; their labels where they have none."""
    data = result.world.dataset
    if "sector_name" not in data.coords:
        return {sector: sector for sector in result.world.sectors}
    return {str(key): str(name) for key, name in data["sector_name"].to_series().items()}


def structure_table(result: CaseResult, found: Supply) -> Table:
    """What the buyer makes, and how much of what it buys comes from the supplier."""
    names = sector_names(result)
    order = found.structure.sortby(-found.structure)["sector"].values[:SHOWN]
    rows: list[list[str | float | None]] = []
    for sector in order:
        imports = float(found.imports.sel(sector=sector))
        rows.append(
            [
                names[str(sector)],
                100 * float(found.structure.sel(sector=sector)),
                100 * float(found.bought.sel(sector=sector)),
                None if imports != imports else 100 * imports,
            ]
        )
    buyer = name_of(result.world, found.question.buyer)
    seller = name_of(result.world, found.question.seller)
    return Table(
        f"The largest sectors of {buyer}, and what of it comes from {seller}",
        [
            Column("sector", numeric=False),
            Column("share of value added", "%", decimals=1),
            Column(f"{seller}'s share of what is bought", "%", decimals=2),
            Column(f"{seller}'s share of imports", "%", decimals=0),
        ],
        rows,
        sources=world_sources(result),
    )


def supply_section(result: CaseResult) -> list[Section]:
    """What a target would lose with less from its main supplier, and gain with more."""
    found = result.supply
    if found is None:
        return []
    buyer = name_of(result.world, found.question.buyer)
    seller = name_of(result.world, found.question.seller)
    rows: list[list[str | float | None]] = []
    missing = []
    for weight, change in found.real_income.items():
        title = "nothing" if weight == 0 else f"{100 * weight:.0f} % of its weight"
        if isinstance(change, str):
            missing.append(
                f"With {title} from {seller} there is no equilibrium, so no number is shown: "
                f"{in_words(result, change)}"
            )
        else:
            rows.append([title, change])
    blocks: list[Block] = [
        structure_table(result, found),
        Table(
            f"Real income of {buyer} when {seller} supplies less, or more",
            [
                Column(f"{seller} supplies", numeric=False),
                Column("real income", "%", decimals=2, signed=True),
            ],
            rows,
            note=(
                "Under pressure and without the ties, in the long run: buyers have found the best "
                "substitutes there are. The weight is what the supplier counts for in the buyers' "
                "choice; at given prices sales change as much."
            ),
            sources=pressure_sources(result),
        ),
    ]
    if missing:
        blocks.append(Text(missing))
    return [Section(f"What {seller}'s supplies are worth to {buyer}", blocks)]
