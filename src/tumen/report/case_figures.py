"""The figures of a case's report."""

from __future__ import annotations

import pandas as pd

from tumen.analysis.case import ENDS, CaseResult
from tumen.codes import resolve
from tumen.report import figures
from tumen.report.case_sources import measure_evidence, sources, ties_evidence, world_sources
from tumen.report.document import Figure
from tumen.report.words import finding, name_of

POINTS = "percentage points"


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
            title=finding(result),
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
            title=f"{name}: the largest part is {most.lower()}",
            unit=POINTS,
            axis="real income that each tie adds under pressure",
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
    least, best = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    scenario, world = result.case.scenario, result.world
    senders = [
        name_of(world, region)
        for region in resolve(scenario.senders, world.regions, world.members, field="senders")
        if region not in scenario.targets
    ]
    return Figure(
        figures.ranked_bars(
            values,
            title=f"{least} loses most from the pressure, {best} gains most",
            unit="per cent",
            axis="real income against the world without pressure and ties",
            highlight=senders,
            decimals=3,
        ),
        caption="Senders of the pressure are set off by colour. Ties are off.",
        sources=world_sources(result),
    )
