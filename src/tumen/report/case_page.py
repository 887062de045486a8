"""The report of a case: a briefing of two pages, then an appendix."""

from __future__ import annotations

import pandas as pd

from tumen.analysis.case import ENDS, CaseResult
from tumen.codes import resolve
from tumen.report import figures
from tumen.report.document import (
    Block,
    Bullets,
    Column,
    Figure,
    Page,
    Section,
    Source,
    Stamp,
    Table,
    Text,
)
from tumen.report.summary import balance, by_elasticity, channels, document
from tumen.report.tables import figure_rows, income_rows
from tumen.report.words import caveats, headline, name_of
from tumen.scenario.evidence import Evidence

POINTS = "points"
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


def sources(result: CaseResult, ids: list[str]) -> list[Source]:
    """The evidence of these ids as sources, each named once."""
    listed = [result.case.evidence[key] for key in dict.fromkeys(ids)]
    return [Source(f"{item.id} {item.publisher}", web(item)) for item in listed]


def web(item: Evidence) -> str:
    """A link that a reader can follow, or nothing."""
    return item.link if item.link.startswith(("https://", "http://")) else ""


def ties_evidence(result: CaseResult) -> list[str]:
    """Ids behind the figures of the ties."""
    return [
        key
        for place, figure in result.case.figures()
        if place.startswith("ties")
        for key in figure.evidence
    ]


def world_sources(result: CaseResult) -> list[Source]:
    """Where the benchmark comes from."""
    return [
        Source(
            f"benchmark {result.world.name} {result.world.version} (WIOD, BACI, World Bank, IMF "
            "and others; see the appendix)"
        )
    ]


def losses_figure(result: CaseResult) -> Figure:
    """Loss without and with the ties, both targets, with ranges."""
    targets = result.case.scenario.targets
    index = [name_of(result.world, region) for region in targets]
    columns = {"pressure": "pressure alone", "pressure_ties": "pressure and ties"}

    def table(pick: str) -> pd.DataFrame:
        rows = []
        for region in targets:
            found = {
                state: [-100 * result.four[end].loss(region, state) for end in ENDS]
                for state in columns
            }
            central = {state: values[1] for state, values in found.items()}
            ends = {"low": min, "high": max}
            rows.append(
                central
                if pick == "central"
                else {state: ends[pick](values) for state, values in found.items()}
            )
        return pd.DataFrame(rows, index=index).rename(columns=columns)

    return Figure(
        figures.paired_bars(
            table("central"),
            low=table("low"),
            high=table("high"),
            title="What the pressure costs, and where the ties leave each state",
            unit="per cent",
            axis="real income against the world without pressure and ties",
            decimals=2,
        ),
        caption=(
            "Exact changes of real income. Lines show the range when every figure of the ties is "
            "at its low or its high end. For Russia the munitions it receives outside the market "
            "count as income."
            if "RUS" in targets
            else "Exact changes of real income; lines show the range over the figures of the ties."
        ),
        sources=[*world_sources(result), *sources(result, measure_evidence(result))],
    )


def measure_evidence(result: CaseResult) -> list[str]:
    """Ids behind the pressure."""
    return [key for measure in result.case.scenario.pressure for key in measure.evidence]


def waterfall_figure(result: CaseResult, region: str) -> Figure:
    """Which tie does it, for one target."""
    titles = {channel.id: channel.title for channel in result.case.scenario.ties}
    parts = {
        titles[str(name)]: float(result.shapley.sel(channel=name, region=region))
        for name in result.shapley.indexes["channel"]
    }
    total = sum(parts.values())
    most = max(parts, key=lambda title: abs(parts[title]))
    name = name_of(result.world, region)
    return Figure(
        figures.waterfall(
            parts,
            total,
            title=f"{name}: {most.lower()} matters most of the ties",
            unit=POINTS,
            axis="percentage points of real income that each tie adds under pressure",
            total_label="All ties",
            decimals=2 if abs(total) >= 0.5 else 3,
        ),
        caption=(
            "Shapley values: each tie's average contribution over every order in which the ties "
            f"could be added ({2 ** len(parts)} worlds solved); they sum exactly to the whole."
        ),
        sources=sources(result, ties_evidence(result)),
    )


def senders_figure(result: CaseResult) -> Figure:
    """What the pressure costs those who impose it, and everybody else."""
    values = {
        name_of(result.world, region): result.change("pressure", region)
        for region in result.world.regions
        if region not in result.case.scenario.targets
    }
    scenario, world = result.case.scenario, result.world
    senders = [
        name_of(world, region)
        for region in resolve(scenario.senders, world.regions, world.members, field="senders")
        if region not in scenario.targets
    ]
    return Figure(
        figures.ranked_bars(
            values,
            title="Who else gains and loses from the pressure",
            unit="per cent",
            axis="real income against the world without pressure and ties",
            highlight=senders,
            decimals=3,
        ),
        caption="Senders of the pressure are set off by colour. Ties are off.",
        sources=world_sources(result),
    )


def income_table(result: CaseResult) -> Table:
    """Real income of targets, senders, others and the rest in every world."""
    columns, rows = income_rows(result)
    described = [Column("", numeric=False)]
    described += [Column(title, "%") for title in columns[1:4]]
    described += [Column("pressure", "million USD"), Column("pressure and ties", "million USD")]
    return Table(
        "Real income against the world without pressure and ties",
        described,
        rows,
        note="Million USD of 2023: benchmark income times the change of exact real income.",
        sources=world_sources(result),
    )


def offset_table(result: CaseResult) -> Table:
    """Losses and offset ratios, with and without goods received in kind."""
    rows: list[list[str | float | None]] = []
    for region in result.case.scenario.targets:
        with_goods = result.offset_ratio(region)
        without = result.offset_ratio(region, goods=False)
        rows.append(
            [
                name_of(result.world, region),
                100 * result.central.loss(region, "pressure"),
                100 * result.central.loss(region, "pressure_ties"),
                *(ratio(with_goods[end]) for end in ENDS),
                ratio(without["central"]),
            ]
        )
    return Table(
        "Loss from the pressure, and the share of it that the ties undo",
        [
            Column("", numeric=False),
            Column("loss", "%", decimals=2),
            Column("with ties", "%", decimals=2),
            Column("undone, low", "%", decimals=0),
            Column("undone, central", "%", decimals=0),
            Column("undone, high", "%", decimals=0),
            Column("without goods in kind", "%", decimals=0),
        ],
        rows,
        note=(
            "A negative loss is a gain. No ratio is given where the loss is below 0.25 %. Above "
            "100 % the ties more than make up for the pressure."
        ),
        sources=world_sources(result),
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
        sources=world_sources(result),
    )


def ledger_table(result: CaseResult) -> Table:
    """What each tie transfers, and what the benchmark year already holds."""
    targets = result.case.scenario.targets
    rows: list[list[str | float | None]] = []
    for item in channels(result):
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
            Column("goods in kind", "million USD", decimals=0),
        ],
        rows,
        note="Central figures a year. The gap between gross and received is the realised share.",
        sources=sources(result, ties_evidence(result)),
    )


def balance_tables(result: CaseResult) -> list[Block]:
    """How the recorded deficit is paid for, with its residual."""
    made: list[Block] = []
    for item in balance(result):
        rows = [[part["title"], part["musd"]] for part in item["parts"]]
        rows.append(["Not explained: credit, aid, reserves, errors", item["residual_musd"]])
        ids = [
            key
            for place, figure in result.case.figures()
            if place.startswith("balance") or place.endswith("in_benchmark")
            for key in figure.evidence
        ]
        made.append(
            Table(
                f"How the recorded deficit of {name_of(result.world, item['region'])} is paid for",
                [Column("", numeric=False), Column("value", "million USD", decimals=0)],
                rows,
                total=["Recorded deficit", item["deficit_musd"]],
                note="The part that is not explained is the same in every world.",
                sources=sources(result, ids),
            )
        )
    return made


def appendix(result: CaseResult) -> list[Section]:
    """Sources, figures, method and the stamp."""
    world = result.world
    columns, rows = figure_rows(result.case)
    sensitivity = "; ".join(
        f"{name_of(world, region)} {100 * loss:.2f} %"
        for region, loss in result.deficit_sensitivity.items()
    )
    whole = document(result)
    evidence = result.case.evidence.values()
    return [
        Section(
            "How the numbers are made",
            [
                Text(
                    [
                        "A world economy of "
                        f"{len(world.regions)} economies and {len(world.sectors)} sectors in 2023 "
                        "is solved in exact changes (Caliendo and Parro, 2015): every sector buys "
                        "inputs from all others, buyers choose among suppliers by cost, wages "
                        "clear factor markets. The year 2023 already carries the pressure, so the "
                        "world without it is found by lifting the recorded falls of trade: the "
                        "weights that bring them back are found with all prices and wages answering "
                        f"({whole['calibration']['cells_lifted']} flows, to "
                        f"{result.calibration_error:.0e}).",
                        "Ties that the benchmark year already holds are taken out to switch "
                        "them off, not added on top to switch them on. The offset ratio is the "
                        "share of the loss that the ties undo: 1 - L1/L0, with L0 the loss from "
                        "the pressure without the ties and L1 the loss with them.",
                        *(
                            [
                                "If the rise of the recorded deficit since before the pressure is "
                                f"itself put down to the pressure, the loss is: {sensitivity}. The "
                                "headline keeps transfers the same with and without pressure."
                            ]
                            if sensitivity
                            else []
                        ),
                    ]
                )
            ],
            new_page=True,
        ),
        Section(
            "Every figure of the scenario",
            [
                Table(
                    "Figures with their ranges",
                    [
                        Column("figure", numeric=False),
                        *(Column(name) for name in columns[1:4]),
                        *(Column(name, numeric=False) for name in columns[4:]),
                    ],
                    rows,
                )
            ],
        ),
        Section(
            "Sources",
            [
                Table(
                    "Evidence: reliability A official, B one reliable outlet, C weak, D derived",
                    [
                        Column(name, numeric=False)
                        for name in ("id", "figure", "year", "source", "")
                    ],
                    [
                        [item.id, item.item, item.year, item.citation, item.reliability]
                        for item in evidence
                    ],
                ),
                Text(
                    [
                        str(world.dataset.attrs.get("sources", "")),
                        str(world.dataset.attrs.get("licences", "")),
                    ]
                ),
            ],
        ),
        Section(
            "What produced this page",
            [
                Stamp(
                    [
                        (
                            field,
                            f"{whole[field]:.1e}" if field == "residual" else str(whole[field]),
                            "",
                        )
                        for field in STAMPED
                    ]
                ),
                Text([f"The same again: tumen run {result.case.name}"]),
            ],
        ),
    ]


def page(result: CaseResult) -> Page:
    """The whole report."""
    scenario = result.case.scenario
    whole = document(result)
    answer = [headline(result, region) for region in scenario.targets]
    briefing = [
        Section("Who loses, and how much is undone", [losses_figure(result), offset_table(result)]),
        Section(
            "Which tie does it",
            [waterfall_figure(result, region) for region in scenario.targets],
        ),
        Section("What it means for everybody else", [income_table(result), senders_figure(result)]),
        Section("What would change the answer", [elasticity_table(result)]),
        Section("Read this before quoting a number", [Bullets(caveats(result))]),
        Section("The ledgers", [ledger_table(result), *balance_tables(result)], new_page=True),
    ]
    stamp = {field: whole[field] for field in STAMPED}
    return Page(
        title=scenario.title,
        answer=answer,
        sections=[*briefing, *appendix(result)],
        kicker=f"Sanctions and ties, world of {result.world.dataset.attrs.get('year', '2023')}",
        stamp=stamp,
    )
