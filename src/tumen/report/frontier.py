"""The page about coalitions: what each costs its members and the target, and which cost least."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from tumen.analysis.frontier import TOGETHER, Frontier
from tumen.analysis.phases import with_ties
from tumen.report.case_sources import pressure_sources
from tumen.report.document import Column, Figure, Page, Section, Stamp, Table, Text
from tumen.report.rows import (
    AXIS_WIDTH,
    GAIN,
    LINE,
    RULE,
    TITLE_LINE,
    TITLE_WIDTH,
    WHOLE,
    template,
    ticks,
)
from tumen.report.text import figure_text, number, wrapped
from tumen.world.names import name_of

PLOT = 300  # height of the plot, in pixels
BOTTOM = 66


def called(found: Frontier, member: str) -> str:
    """A member's everyday name."""
    return "European Union" if member == TOGETHER else name_of(found.case.world, member)


def who(found: Frontier, coalition: str) -> str:
    """Who is in a coalition; all but a few by those who are left out."""
    names = list(found.members)
    inside = [] if coalition == "none" else coalition.split("+")
    outside = [name for name in names if name not in inside]
    if not inside:
        return "nobody"
    if not outside:
        return "everybody"
    if len(outside) < len(inside) and len(outside) <= 3:
        return "all but " + ", ".join(called(found, name) for name in outside)
    return ", ".join(called(found, name) for name in inside)


def cheapest(found: Frontier, state: str) -> xr.Dataset:
    """The coalitions on the frontier in one state, the cheapest first."""
    one = found.table.sel(state=state)
    return one.isel(coalition=np.flatnonzero(one.efficient.values)).sortby("cost")


def scatter(found: Frontier, state: str) -> go.Figure:
    """All coalitions as dots, cost across and loss upwards, the frontier as a line."""
    every, best = found.table.sel(state=state), cheapest(found, state)
    title = finding(found, state)
    cost, loss = every.cost.values / 1000, every.loss.values
    across, up = spread(cost), spread(loss)
    axis = wrapped(f"loss of {name_of(found.case.world, found.target)}, per cent", AXIS_WIDTH)
    heading = TITLE_LINE * len(wrapped(title, TITLE_WIDTH)) + 8
    top = LINE * len(axis) + 14
    figure = go.Figure(layout={"template": template()})
    for one, mode, colour, size in ((every, "markers", WHOLE, 4), (best, "lines+markers", GAIN, 6)):
        figure.add_scatter(
            x=one.cost.values / 1000,
            y=one.loss.values,
            mode=mode,
            marker={"color": colour, "size": size},
            line={"color": colour, "width": 1.5, "shape": "hv"},
            hoverinfo="text",
            hovertext=[who(found, str(name)) for name in one.coalition.values],
        )
    figure.update_layout(
        title_text=figure_text(title, TITLE_WIDTH),
        margin={"l": 52, "r": 16, "t": heading + top, "b": BOTTOM},
        height=heading + top + PLOT + BOTTOM,
        meta={
            "title": title,
            "heading": heading,
            "kind": "Scatter chart",
            "table": {
                "columns": ["coalition", "cost, million USD", "loss, per cent"],
                "rows": [
                    [who(found, str(name)), number(float(a), 0), number(float(b), 3)]
                    for name, a, b in zip(
                        best.coalition.values, best.cost.values, best.loss.values, strict=True
                    )
                ],
            },
        },
    )
    what = figure_text("cost to the members of the coalition, billion USD a year", AXIS_WIDTH)
    figure.update_xaxes(range=across, title_text=what, gridcolor=RULE, **ticks(*across))
    figure.update_yaxes(range=up, showgrid=True, gridcolor=RULE, **ticks(*up))
    figure.add_annotation(
        text=f"<i>{'<br>'.join(axis)}</i>",
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        align="left",
        xshift=-48,
        yshift=8,
    )
    return figure


def spread(values: np.ndarray) -> list[float]:
    """An axis that holds all values and zero, with a little air."""
    least, most = min(0.0, float(values.min())), max(0.0, float(values.max()))
    air = 0.04 * ((most - least) or 1.0)
    return [least - air, most + air]


def finding(found: Frontier, state: str) -> str:
    """Who matters most, in a line."""
    part = found.table.shapley_loss.sel(state=state)
    member, whole = str(part.idxmax("member").values), float(part.sum())
    name, target = called(found, member), name_of(found.case.world, found.target)
    if whole <= 0:
        return f"Together the members cost {target} nothing"
    the = "the " if member == TOGETHER else ""
    text = f"{the}{name} brings {100 * float(part.max()) / whole:.0f} % of what {target} loses"
    return text[0].upper() + text[1:]


def frontier_table(found: Frontier, state: str) -> Table:
    """The coalitions on the frontier."""
    best = cheapest(found, state)
    rows = [
        [who(found, str(one)), float(cost), float(loss), float(cost / loss) if loss > 0 else None]
        for one, cost, loss in zip(
            best.coalition.values, best.cost.values, best.loss.values, strict=True
        )
    ]
    return Table(
        f"Coalitions that no other beats, {in_words(found, state)}",
        [
            Column("who takes part", numeric=False),
            Column("cost to them", "million USD a year", decimals=0),
            Column("loss of the target", "%", decimals=3),
            Column("cost a point", "million USD", decimals=0),
        ],
        rows,
        note="No other coalition costs the target as much for less.",
        sources=pressure_sources(found),
    )


def in_words(found: Frontier, state: str) -> str:
    """A state in a sentence."""
    when = with_ties(found.case)[0].when
    return f"with the ties, {when}" if state == "with_ties" else "without the ties"


def members_table(found: Frontier) -> Table:
    """Each member's part of the loss and of the joint cost."""
    columns = [Column("member", numeric=False)]
    rows: list[list[str | float | None]] = [[called(found, m)] for m in found.members]
    for state, short in (("without_ties", "without ties"), ("with_ties", "with ties")):
        columns.append(Column(f"part of the loss, {short}", "points", decimals=3))
        columns.append(Column(f"part of the cost, {short}", "million USD", decimals=0, signed=True))
        one = found.table.sel(state=state)
        for row, member in zip(rows, found.members, strict=True):
            row += [
                float(one[name].sel(member=member)) for name in ("shapley_loss", "shapley_cost")
            ]
    return Table(
        "What each member adds",
        columns,
        rows,
        note=(
            "Shapley values: the average of what each adds over every order of joining; they sum "
            "to the whole coalition's loss and cost. A negative cost is a gain: what others give "
            "up selling, this member sells more dearly."
        ),
        sources=pressure_sources(found),
    )


def page(found: Frontier) -> Page:
    """The page."""
    world, table = found.case.world, found.table.sel(state="with_ties")
    whole = "+".join(found.members)
    loss, cost = (float(table[name].sel(coalition=whole)) for name in ("loss", "cost"))
    target = name_of(world, found.target)
    return Page(
        title=f"{found.case.scenario.title}: which coalition costs {target} most for least",
        kicker=f"{2 ** len(found.members)} coalitions of {len(found.members)} members, world of "
        f"{world.dataset.attrs.get('year', '2023')}",
        answer=[
            f"All {len(found.members)} members together cost {target} {loss:.2f} % of its real "
            f"income and themselves {cost / 1000:,.1f} billion USD a year, in the long run "
            f"{in_words(found, 'with_ties')}. {finding(found, 'with_ties')}."
        ],
        sections=[
            Section(
                "Cost and effect",
                [
                    Figure(
                        scatter(found, "with_ties"),
                        caption="Every dot is a coalition; those on the line no other beats. Exact "
                        "changes of real income; measures of all others are lifted.",
                        sources=pressure_sources(found),
                    )
                ],
            ),
            Section("Who adds what", [members_table(found)]),
            Section(
                "The frontier",
                [frontier_table(found, "with_ties"), frontier_table(found, "without_ties")],
            ),
            Section(
                "How it is made",
                [
                    Text(
                        [
                            "In the world of a coalition the recorded measures of its members are "
                            "in force and those of the other members are lifted, on both sides of "
                            "trade. Senders that are no members keep theirs. Numbers are at the "
                            "central figures, without bands."
                        ]
                    ),
                    Stamp([(key, str(value), "") for key, value in found.stamp.items()]),
                ],
            ),
        ],
        stamp=found.stamp,
    )


def frontier_frame(found: Frontier) -> pd.DataFrame:
    """One row for every state and coalition."""
    table = found.table[["loss", "cost", "efficient"]].to_dataframe().reset_index()
    return table.rename(columns={"loss": "loss_per_cent", "cost": "cost_million_usd"})


def frontier_csv(found: Frontier) -> bytes:
    """The same as CSV."""
    buffer = io.StringIO()
    frontier_frame(found).to_csv(buffer, index=False)
    return buffer.getvalue().encode()


def frontier_document(found: Frontier) -> dict[str, Any]:
    """Everything in plain values, stamped."""
    parts = found.table[["shapley_loss", "shapley_cost"]].to_dataframe().reset_index()
    return found.stamp | {
        "case": found.case.name,
        "title": found.case.scenario.title,
        "target": found.target,
        "members": {name: list(regions) for name, regions in found.members.items()},
        "headline": page(found).answer[0],
        "shapley": parts.to_dict(orient="records"),
        "coalitions": frontier_frame(found).to_dict(orient="records"),
    }
