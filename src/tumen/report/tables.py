"""Rows of the tables that the terminal and the report share."""

from __future__ import annotations

from functools import partial

from tumen.analysis.findings import Findings
from tumen.analysis.fourworlds import PhaseResult
from tumen.codes import resolve
from tumen.report.phrases import abstaining
from tumen.report.text import number
from tumen.scenario.figure import Figure, placed_figures
from tumen.scenario.load import Case
from tumen.scenario.places import words_of
from tumen.scenario.support import supported
from tumen.world.names import name_of

Rows = tuple[list[str], list[list[str]]]


def groups_shown(result: Findings) -> list[tuple[str, list[str]]]:
    """Targets, the senders together and one by one, the others, the rest together."""
    scenario, world = result.case.scenario, result.world
    senders = resolve(scenario.senders, world.regions, world.members, field="senders")
    out = abstaining(result.case)
    senders = [region for region in senders if region not in (*scenario.targets, *out)]
    named = {*scenario.targets, *senders, *scenario.others, *out}
    rest = [region for region in world.regions if region not in named]
    shown = [(name_of(world, region), [region]) for region in scenario.targets]
    shown.append((f"All {len(senders)} senders", senders))
    shown += [(name_of(world, region), [region]) for region in scenario.others]
    shown.append(("Senders who take no part", [one for one in out if one not in scenario.others]))
    shown.append(("Rest of the world", rest))
    return [(title, regions) for title, regions in shown if regions]


def income_rows(result: Findings) -> Rows:
    """Real income by group and world, per cent against no pressure, and million USD."""
    views = [view for key, view in result.views.items() if key.startswith("pressure")]
    columns = ["", *(view.title for view in views)]
    rows = [
        [
            title,
            *(number(view.change_of(regions), 3, signed=True) for view in views),
            *(
                number(sum(view.million(region) for region in regions), 0, signed=True)
                for view in views
            ),
        ]
        for title, regions in groups_shown(result)
    ]
    return [*columns, *(f"{view.title}, million USD" for view in views)], rows


def channel_rows(result: Findings, phase: PhaseResult) -> Rows:
    """Shapley part of each group of ties for each target in a phase, and the sum."""
    targets = result.case.scenario.targets
    columns = ["tie", *(name_of(result.world, region) for region in targets)]
    rows = [
        [
            title,
            *(f"{float(phase.shapley.sel(group=unit, region=region)):+.3f}" for region in targets),
        ]
        for unit, title in phase.units.titles.items()
    ]
    total = [
        number(float(phase.shapley.sel(region=region).sum()), 3, signed=True) for region in targets
    ]
    return columns, [*rows, ["all ties", *total]]


def span_of(figure: Figure) -> str:
    """The range as text; one number where there is no range."""
    ends = (figure.low, figure.central, figure.high)
    shown = [f"{end:,.6g}" if abs(end) < 1e6 else f"{end:,.0f}" for end in ends]
    return shown[0] if len(set(shown)) == 1 else "  ".join(shown)


def figure_rows(case: Case) -> Rows:
    """Every uncertain figure of the scenario with its range, unit and evidence."""
    columns = ["figure", "low  central  high", "unit", "evidence or assumption"]
    rows = []
    for place, figure in placed_figures(case.scenario):
        if not supported(figure):
            continue
        title = ": ".join(words_of(case.scenario, place, partial(name_of, case.world)))
        support = "; ".join(
            filter(None, [*figure.evidence, figure.note or "", figure.assumption or ""])
        )
        rows.append(
            [
                title,
                span_of(figure),
                figure.unit,
                support,
            ]
        )
    return columns, rows
