"""The figures of a case's report."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tumen.analysis.case import CaseResult
from tumen.analysis.fourworlds import ENDS
from tumen.codes import resolve
from tumen.report import figures
from tumen.report.case_sources import answer_sources, pressure_sources
from tumen.report.document import Figure
from tumen.report.words import finding
from tumen.world.names import name_of


def losses_figure(result: CaseResult) -> Figure:
    """Loss without and with the ties, both targets, with ranges."""
    targets = result.case.scenario.targets
    index = [name_of(result.world, region) for region in targets]
    views = {key: view for key, view in result.views.items() if key.startswith("pressure")}

    def table(pick: Callable[[list[float]], float]) -> pd.DataFrame:
        rows = [
            {
                view.title: pick(
                    [-100 * view.phase.four[end].loss(region, view.state) for end in ENDS]
                )
                for view in views.values()
            }
            for region in targets
        ]
        return pd.DataFrame(rows, index=index)

    return Figure(
        figures.paired_bars(
            table(lambda ends: ends[ENDS.index("central")]),
            low=table(min),
            high=table(max),
            title=finding(result),
            unit="per cent",
            axis="real income against the world without pressure and ties",
            decimals=2,
        ),
        caption=(
            "Exact changes of real income. Lines show the range when every figure of the ties is "
            "at its low or its high end. Goods received outside the market count as income."
        ),
        sources=answer_sources(result),
    )


def senders_figure(result: CaseResult) -> Figure:
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
        if region not in scenario.targets
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
        caption="Numbers of the senders are in bold. Ties are off.",
        sources=pressure_sources(result),
    )
