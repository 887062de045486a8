"""The figures of a case's report."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tumen.analysis.findings import Findings
from tumen.codes import resolve
from tumen.report import figures
from tumen.report.bands import Reach, loss_reach
from tumen.report.case_sources import answer_sources, pressure_sources
from tumen.report.document import Figure
from tumen.report.phrases import abstaining, in_words
from tumen.report.words import finding
from tumen.world.names import name_of


def losses_figure(result: Findings) -> Figure:
    """Loss without and with the ties, both targets, with ranges."""
    targets = result.case.scenario.targets
    index = [name_of(result.world, region) for region in targets]
    views = {key: view for key, view in result.views.items() if key.startswith("pressure")}

    def table(pick: Callable[[Reach], float | None]) -> pd.DataFrame:
        rows = [
            {
                view.title: pick(loss_reach(result, view.phase, region, view.state).scaled(-1))
                for view in views.values()
            }
            for region in targets
        ]
        return pd.DataFrame(rows, index=index)

    return Figure(
        figures.paired_bars(
            table(lambda reach: reach.central),
            low=table(lambda reach: reach.high),  # a loss is shown as a fall
            high=table(lambda reach: reach.low),
            title=finding(result),
            unit="per cent",
            axis="real income against the world without pressure and ties",
            decimals=2,
        ),
        caption=(
            f"Exact changes of real income. {lines_in_words(result)} Goods received outside the "
            f"market count as income.{standing(result)}"
        ),
        sources=answer_sources(result),
    )


def standing(result: Findings) -> str:
    """When the numbers stand, where that is not the long run."""
    if result.years is None:
        return ""
    return (
        f" Everything stands {in_words(result.years)} after the pressure began; factors are where "
        "the world without it has put them, but for what the horizon lets move."
    )


def lines_in_words(result: Findings) -> str:
    """What the lines on the bars are."""
    if result.sample is None:
        return "Lines show the range when every figure of the ties is at its low or its high end."
    return f"Lines hold 90 % of {result.sample.draws:,} draws of all uncertain figures."


def senders_figure(result: Findings) -> Figure:
    """What the pressure costs those who impose it, and everybody else."""
    values = {
        name_of(result.world, region): result.main.change("pressure", region)
        for region in result.world.regions
        if region not in result.case.scenario.targets
    }
    least, best = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    scenario, world = result.case.scenario, result.world
    senders = [
        name_of(world, region)
        for region in resolve(scenario.senders, world.regions, world.members, field="senders")
        if region not in (*scenario.targets, *abstaining(result.case))
    ]
    return Figure(
        figures.ranked_bars(
            values,
            title=f"Of the others, {least} loses most from the pressure, {best} gains most",
            unit="per cent",
            axis="real income against the world without pressure and ties",
            highlight=senders,
            decimals=3,
        ),
        caption=f"Numbers of the senders are in bold. Ties are off.{standing(result)}",
        sources=pressure_sources(result),
    )
