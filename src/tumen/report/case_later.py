"""What a case adds to its first answer: the years, leverage, break-even and weapons."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tumen.analysis.case import CaseResult
from tumen.analysis.weapons import Bounds
from tumen.report import lines
from tumen.report.case_markets import market_entry_section, supply_section
from tumen.report.case_sources import answer_sources, sources, ties_evidence
from tumen.report.document import Block, Column, Figure, Note, Section, Table, Text
from tumen.report.phrases import in_sentence
from tumen.report.text import number
from tumen.report.words import billions
from tumen.world.names import name_of

# A change of the step's effect by a tenth is worth a sentence.
LARGE = 0.1


def years_figure(result: CaseResult) -> Figure:
    """Real income of each target over the years, with and without the ties."""
    found = result.timeline.change
    values, low, high, dashed = {}, {}, {}, {}
    for region in result.case.scenario.targets:
        name = name_of(result.world, region)
        path = found.sel(path="pressure_ties", region=region)
        with_ties, without = f"{name}, with the ties", f"{name}, pressure alone"
        values[with_ties] = path.sel(end="central").to_series()
        low[with_ties] = path.min("end").to_series()
        high[with_ties] = path.max("end").to_series()
        alone = found.sel(path="pressure", region=region, end="central")
        values[without] = alone.to_series()
        dashed[without] = with_ties
    first, last = int(found["year"][0]), int(found["year"][-1])
    marks = {
        phase.first: phase.title.lower()
        for phase in result.timeline.phases.values()
        if phase.first > first
    }
    return Figure(
        lines.paths(
            pd.DataFrame(values),
            low=pd.DataFrame(low),
            high=pd.DataFrame(high),
            marks={float(year): text for year, text in marks.items()},
            dashed=dashed,
            title=f"What the ties are worth over the years, {first} to {last}",
            unit="per cent",
            axis="real income against the path without pressure and ties",
            decimals=1,
        ),
        caption=(
            "Each year is solved with the capital that the years before left: what is invested "
            "while the ties last wears out slowly after them. Bands: every figure of the ties at "
            "its low or its high end. Capital's share of value added: "
            f"{result.timeline.stamp.get('capital_share', 'as given')}."
        ),
        sources=answer_sources(result),
    )


def years_table(result: CaseResult) -> Table:
    """What the whole path is worth to each target."""
    worth = result.timeline.welfare
    rows: list[list[str | float | None]] = []
    for region in result.case.scenario.targets:
        at = worth.sel(region=region)
        ties = at.sel(path="pressure_ties")
        rows.append(
            [
                name_of(result.world, region),
                float(at.sel(path="pressure", end="central")),
                *(float(ties.sel(end=end)) for end in ("low", "central", "high")),
            ]
        )
    return Table(
        "The whole path as one constant change of real income, discounted",
        [
            Column("", numeric=False),
            Column("pressure alone", "%", decimals=2, signed=True),
            Column("with ties, low", "%", decimals=2, signed=True),
            Column("with ties, central", "%", decimals=2, signed=True),
            Column("with ties, high", "%", decimals=2, signed=True),
        ],
        rows,
        note="Discounted at 4 % a year over the years shown; what comes after them is not counted.",
        sources=answer_sources(result),
    )


def leverage_table(result: CaseResult) -> Table:
    """What the next step of pressure costs its senders for each point it takes."""
    titles = {"pressure": "without the ties", "pressure_ties": "with the ties"}
    rows: list[list[str | float | None]] = []
    for target, by_state in result.leverage.items():
        for state, found in by_state.items():
            rows.append(
                [
                    f"{name_of(result.world, target)}, {titles.get(state, state)}",
                    found.target_loss,
                    -found.senders_ev,
                    found.ratio if found.reason is None else found.reason,
                ]
            )
    return Table(
        "The next step of pressure: a tenth less trade weight between senders and target",
        [
            Column("", numeric=False),
            Column("takes from the target", "points of real income", decimals=3),
            Column("costs the senders", "million USD", decimals=1),
            Column("cost a point", "million USD", decimals=0),
        ],
        rows,
        note=(
            "The dearer a further point is to those who impose it, the more leverage the target "
            "has. Senders are those of the target's own measures."
        ),
        sources=answer_sources(result),
    )


def leverage_text(result: CaseResult) -> list[Block]:
    """Why a step takes more, or less, once the ties are there; where the difference is large."""
    made: list[Block] = []
    for target, by_state in result.leverage.items():
        alone, tied = by_state["pressure"], by_state["pressure_ties"]
        if min(alone.target_loss, tied.target_loss) <= 0:
            continue
        if abs(tied.target_loss / alone.target_loss - 1) < LARGE:
            continue
        name = name_of(result.world, target)
        more = "more" if tied.target_loss > alone.target_loss else "less"
        why = (
            f"With the ties the same step takes {more} from {name}: its trade with the senders is "
            f"{billions(tied.trade)} instead of {billions(alone.trade)}, so {more} of its living "
            "depends on them."
        )
        if (tied.trade > alone.trade) == (more == "more"):
            made.append(Text([why]))
    return made


def weapons_table(result: CaseResult) -> list[Block]:
    """How much of a year's programme cost the ties' fungible money would pay."""
    if result.weapons is None:
        return []
    found = result.weapons
    titles = {channel.id: channel.title for channel in result.case.scenario.ties}

    def shown(bounds: Bounds) -> list[float]:
        return [100 * bounds.low, 100 * bounds.central, 100 * bounds.high]

    programme = (
        "all programmes" if "all programmes" in found.programme else next(iter(found.programme))
    )
    rows: list[list[Any]] = [
        [titles.get(name, name), *shown(multiple[programme])]
        for name, multiple in found.multiple.items()
    ]
    keys = [key for figure in result.case.figures() if figure[0].startswith("weapons")
            for key in figure[1].evidence]  # fmt: skip
    if found.if_technology is not None:
        rows.append(["if technology passed: a scenario", *shown(found.if_technology[programme])])
    return [
        Table(
            f"Weapons funding: what the money of the ties could pay of a year of {programme}",
            [
                Column("", numeric=False),
                *(Column(end, "% of a year", decimals=0) for end in ("low", "central", "high")),
            ],
            rows,
            note=(
                "Received money times the share that could be spent on anything, against the cost "
                "of the programmes. Bounds combine all low or all high figures. It says what could "
                "be paid, not what is."
            ),
            sources=sources(result, [*keys, *ties_evidence(result)]),
        ),
        Note(found.technology[0].upper() + found.technology[1:], label="No finding"),
    ]


def break_even_text(result: CaseResult) -> list[Block]:
    """The realised share at which channels alone undo all of a loss."""
    titles = {
        channel.id: in_sentence(result.world, channel.title)
        for channel in result.case.scenario.ties
    }
    paragraphs = []
    for question, found in zip(result.case.scenario.break_even, result.break_even, strict=False):
        names = " and ".join(titles[name] for name in question.channels)
        names = names[0].upper() + names[1:]
        name = name_of(result.world, found.target)
        if found.share is None:
            paragraphs.append(f"{names} alone: {found.sentence}")
        else:
            paragraphs.append(
                f"{names} alone, with no other tie, undo all of what the pressure "
                f"costs {name} once {number(100 * found.share, 1)} % of their value is paid."
            )
    return [Text(paragraphs)] if paragraphs else []


def later_sections(result: CaseResult) -> list[Section]:
    """The sections after the first answer."""
    made = [
        Section("How it develops", [years_figure(result), years_table(result)]),
        Section(
            "Leverage and break-even" if result.break_even else "Leverage",
            [leverage_table(result), *leverage_text(result), *break_even_text(result)],
        ),
    ]
    weapons = weapons_table(result)
    if weapons:
        made.append(Section("What the money could pay", weapons))
    return [*made, *market_entry_section(result), *supply_section(result)]
