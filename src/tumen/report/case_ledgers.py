"""The ledgers in a case's report: what passes, what each state gives and gets, what is left."""

from __future__ import annotations

from tumen.analysis.case import CaseResult
from tumen.report.case_sources import sources, ties_evidence, world_sources
from tumen.report.document import Block, Column, Table
from tumen.report.ledgers import balance, balance_sheet, ties
from tumen.scenario.effects import TransferEffect
from tumen.world.names import name_of

SHEET = {
    "gives_money_musd": "gives money",
    "gives_goods_or_work_musd": "gives goods, work or access worth",
    "gets_money_musd": "gets money",
    "of_it_in_kind_musd": "of it in goods",
    "gets_goods_musd": "gets goods outside the market worth",
    "from_stock_musd": "of what it gives, from stock",
    "labour_and_inputs_musd": "labour and inputs used up",
}
SHEET_NOTE = "Central figures a year, each at its value to whoever gets it."
NOTES = {
    "of_it_in_kind_musd": (
        "What is paid in goods counts as money as far as the receiver buys such goods anyway."
    ),
    "from_stock_musd": (
        "What comes from stock runs an asset down and costs nothing in the year; what is newly "
        "made takes labour and inputs from other uses."
    ),
}
UNEXPLAINED = "Not explained: credit, aid, reserves, income from abroad, errors"
UNEXPLAINED_SURPLUS = "Not explained: credit and reserves abroad, income paid, errors"


def ledger_table(result: CaseResult) -> Table:
    """What each tie transfers, and what the benchmark year already holds."""
    targets = result.case.scenario.targets
    rows: list[list[str | float | None]] = []
    for item in ties(result):
        goods = sum(item["goods_received_musd"].values())
        rows.append(
            [
                item["title"],
                item["gross_musd"],
                *(item["received_musd"][region] for region in targets),
                sum(item["in_benchmark_musd"][region] for region in targets),
                goods,
            ]
        )
    return Table(
        "The two ledgers: money on one side, goods outside the market on the other",
        [
            Column("tie", numeric=False),
            Column("gross value", "million USD", decimals=0),
            *(
                Column(f"{name_of(result.world, region)} receives", "million USD", decimals=0)
                for region in targets
            ),
            Column("in the benchmark year", "million USD", decimals=0),
            Column("goods in kind, less outlays", "million USD", decimals=0),
        ],
        rows,
        note="Central figures a year. The gap between gross and received is the realised share.",
        sources=sources(result, ties_evidence(result)),
    )


def sheet_tables(result: CaseResult) -> list[Table]:
    """One table for each target: what it gives through each tie, and what it gets."""
    made = []
    for region, rows in balance_sheet(result).items():
        if not rows:
            continue
        fields = [field for field in SHEET if any(row[field] for row in rows)]
        cells: list[list[str | float | None]] = [
            [row["title"], *(row[field] or "" for field in fields)] for row in rows
        ]
        made.append(
            Table(
                f"Balance sheet of {name_of(result.world, region)}: given and received",
                [
                    Column("tie", numeric=False),
                    *(Column(SHEET[field], "million USD", decimals=1) for field in fields),
                ],
                cells,
                total=["All", *(sum(row[field] for row in rows) for field in fields)],
                note=" ".join(
                    [SHEET_NOTE, *(text for key, text in NOTES.items() if key in fields)]
                ),
                sources=sources(result, ties_evidence(result)),
            )
        )
    return made


def balance_evidence(result: CaseResult, region: str) -> list[str]:
    """Ids behind what pays for a region's recorded deficit."""
    scenario = result.case.scenario
    figures = [
        part.value for item in scenario.balance if item.region == region for part in item.items
    ]
    figures += [
        effect.in_benchmark
        for channel in scenario.ties
        for effect in channel.effects
        if isinstance(effect, TransferEffect) and region in (effect.receiver, effect.payer)
    ]
    return [key for figure in figures for key in figure.evidence]


def balance_tables(result: CaseResult) -> list[Block]:
    """How the recorded deficit is paid for, with its residual."""
    made: list[Block] = []
    for item in balance(result):
        rows = [[part["title"], part["musd"]] for part in item["parts"]]
        owed = item["deficit_musd"] >= 0
        rows.append([UNEXPLAINED if owed else UNEXPLAINED_SURPLUS, item["residual_musd"]])
        ids = balance_evidence(result, item["region"])
        made.append(
            Table(
                f"{name_of(result.world, item['region'])}: how its recorded "
                f"{'deficit' if owed else 'surplus'} adds up",
                [Column("", numeric=False), Column("value", "million USD", decimals=0)],
                rows,
                total=["Recorded deficit (a surplus is negative)", item["deficit_musd"]],
                note="The part that is not explained is the same in every world.",
                sources=[*world_sources(result), *sources(result, ids)],
            )
        )
    return made
