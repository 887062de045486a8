"""Which tie does it: waterfalls by group of ties, what each group holds, what works together."""

from __future__ import annotations

from typing import Any

from tumen.analysis.findings import Findings
from tumen.analysis.fourworlds import PhaseResult
from tumen.report import figures
from tumen.report.case_sources import answer_sources, sources, ties_evidence
from tumen.report.document import Block, Column, Figure, Note, Table
from tumen.report.ledgers import interactions, ties
from tumen.report.phrases import in_sentence
from tumen.report.text import number
from tumen.world.names import name_of

POINTS = "percentage points"


def waterfall_figure(result: Findings, phase: PhaseResult, region: str) -> Figure:
    """Which tie does it, for one target in one phase."""
    parts = {
        title: float(phase.shapley.sel(group=unit, region=region))
        for unit, title in phase.units.titles.items()
    }
    total = sum(parts.values())
    exact = "interaction" in phase.split
    solved = f" ({2 ** len(parts)} worlds solved)" if exact else " (orders drawn at random)"
    most = in_sentence(result.world, max(parts, key=lambda title: abs(parts[title])))
    name = name_of(result.world, region)
    return Figure(
        figures.waterfall(
            parts,
            total,
            title=f"{name}, {phase.phase.when}: the largest part is {most}",
            unit=POINTS,
            axis="real income that each adds under pressure",
            total_label="All ties",
            decimals=2 if abs(total) >= 0.5 else 3,
        ),
        caption=(
            "Shapley values: the average of what each adds over every order in which they could "
            f"be added{solved}; they sum exactly to the whole."
        ),
        sources=answer_sources(result),
    )


def who_does_it(result: Findings) -> list[Block]:
    """The ties in each group, each tie's own part where it was asked for, and interactions."""
    units, titles = result.main.units, {tie["id"]: tie["title"] for tie in ties(result)}
    made: list[Block] = []
    if any(len(members) > 1 for members in units.members.values()):
        made.append(
            Table(
                "What each group holds",
                [Column("group", numeric=False), Column("ties", numeric=False)],
                [
                    [title, "; ".join(titles[name] for name in units.members[unit])]
                    for unit, title in units.titles.items()
                ],
                sources=sources(result, ties_evidence(result)),
            )
        )
    if result.main.by_channel is not None:
        made.append(channel_table(result))
    made.append(interaction_note(result))
    return made


def channel_table(result: Findings) -> Table:
    """Shapley part of every tie on its own."""
    columns, rows = [Column("tie", numeric=False)], [[tie["title"]] for tie in ties(result)]
    drawn = False
    for phase in result.phases.values():
        assert phase.by_channel is not None
        for region in result.case.scenario.targets:
            name = name_of(result.world, region)
            columns.append(Column(f"{name}, {phase.phase.title.lower()}", POINTS, numeric=True))
            part = phase.by_channel.sel(region=region)
            drawn |= "standard_error" in part
            for row, tie in zip(rows, part["group"].values, strict=True):
                shown = number(float(part["shapley"].sel(group=tie)), 3, signed=True)
                if "standard_error" in part:
                    shown += f" ± {number(float(part['standard_error'].sel(group=tie)), 3)}"
                row.append(shown)
    return Table(
        "Every tie on its own",
        columns,
        rows,
        note="Orders of joining drawn at random; ± is the standard error of that." if drawn else "",
        sources=answer_sources(result),
    )


def interaction_note(result: Findings) -> Note:
    """Which pairs of groups do together what neither does alone, where that is large."""
    titles = result.main.units.titles
    found = interactions(result)
    if not found:
        text = (
            "No two of them change each other's part by a tenth of the whole or more: each does "
            "about the same whatever else is on."
        )
        return Note(text, label="Together")

    def sentence(item: dict[str, Any]) -> str:
        how = "reinforce" if item["share"] > 0 else "weaken"
        phase = result.phases[item["phase"]].phase.when
        other = in_sentence(result.world, titles[item["second"]])
        return (
            f"{titles[item['first']]} and {other} {how} each other for "
            f"{name_of(result.world, item['region'])}, {phase}: "
            f"{number(item['value'], 3, signed=True)} points, {100 * abs(item['share']):.0f} % of "
            "the whole"
        )

    return Note("; ".join(map(sentence, found)) + ".", label="Together")
