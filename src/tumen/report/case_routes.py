"""Routes in a case's report: what a new link is worth, what it carries, what goes round a ban."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from tumen.analysis.case import CaseResult
from tumen.analysis.corridor import Corridor
from tumen.analysis.fourworlds import ENDS
from tumen.report import figures
from tumen.report.case_maps import evasion_map, link_map
from tumen.report.case_sources import sources, world_sources
from tumen.report.document import Bullets, Column, Figure, Section, Source, Table
from tumen.scenario.network import Network
from tumen.world.names import name_of


def route_sources(result: CaseResult, network: Network, also: Sequence[str] = ()) -> list[Source]:
    """The world that the trade is of, and the evidence behind a network and behind `also`."""
    rows = [row.evidence for row in network.places]
    rows += [row.evidence for row in network.tracks]
    rows += [row.evidence for row in network.pairs]
    ids = sorted({key for row in rows for key in row} | set(also))
    return [*world_sources(result), *sources(result, ids)]


def years(value: float) -> str:
    """Years, or that they never end."""
    return "never" if math.isinf(value) else f"{value:,.0f}"


def link_table(result: CaseResult, found: Corridor) -> Table:
    """Cost, trade, gain and pay-back of the link at each value of a day in transit."""
    asked = found.question
    pairs = [(a, b) for a in asked.states for b in asked.states if a != b]
    rows: list[list[str | float | None]] = []
    for exporter, importer in pairs:
        title = f"{name_of(result.world, exporter)} to {name_of(result.world, importer)}"
        changes = [found.by_end[end].cost_change(exporter, importer) for end in ENDS]
        trade = [found.by_end[end].response(exporter, importer) for end in ENDS]
        rows.append([f"{title}: trade cost, %", *(f"{value:+.2f}" for value in changes)])
        rows.append([f"{title}: trade, %", *(f"{value:+.1f}" for value in trade)])
    rows.append(
        ["real income gained, million USD a year", *(f"{found.gain(end):+.2f}" for end in ENDS)]
    )
    cost = asked.cost.central
    rows.append(
        [
            f"years to pay back {cost:,.0f} million USD",
            *(years(found.pay_back(end)) for end in ENDS),
        ]
    )
    rows.append(
        ["the same, discounted at 5 % a year", *(years(found.pay_back(end, 0.05)) for end in ENDS)]
    )
    return Table(
        f"{asked.title}: what it changes in a year of the benchmark's trade",
        [Column("value of a day in transit", numeric=False), *(Column(end) for end in ENDS)],
        rows,
        note=(
            "Low, central and high are the value of a day in transit. Freight rates and the shares "
            "of routes are assumptions; the days saved at the crossing are fitted to what fixed "
            "links did elsewhere."
        ),
        sources=route_sources(
            result, found.by_end["central"].network, found.question.cost.evidence
        ),
    )


def capacity_points(found: Corridor) -> list[str]:
    """Whether capacity binds on the links that change or carry most, in plain words."""
    opened = {frozenset((a, b)) for a, b, _ in found.question.opens}
    routed = found.by_end["central"]
    carried = routed.carried()
    chosen = [item for item in carried if frozenset((item.a, item.b)) in opened]
    busy = sorted((item for item in carried if item.use is not None), key=lambda item: -item.use)  # type: ignore[operator]
    names = {place.code: place.name for place in routed.network.places}
    points = [
        replace(item, a=names[item.a], b=names[item.b]).verdict
        for item in dict.fromkeys([*chosen, *busy[:3]])
    ]
    like = found.question.elsewhere
    if like is not None:
        points.append(
            f"{like.title} is used to {100 * like.used.central:.0f} % of its capacity "
            f"({', '.join(like.used.evidence)}): cost and controls hold such trade back, not room"
        )
    return points


def leakage_figure(result: CaseResult) -> Figure | None:
    """Share of the banned trade that arrives through each hub."""
    if result.leakage is None or result.case.scenario.evasion is None:
        return None
    centre = result.leakage["central"]
    hubs = {
        name_of(result.world, hub): 100 * share
        for hub, share in centre.leakage.items()
        if share >= 0.001
    }
    ends = {end: 100 * found.leaked for end, found in result.leakage.items()}
    target = name_of(result.world, centre.target)
    premium = result.case.scenario.evasion.premium
    return Figure(
        figures.ranked_bars(
            hubs,
            title=f"{ends['central']:.0f} % of the banned goods still reach {target}, by hub",
            unit="per cent",
            axis="share of the senders' sales before the ban",
            decimals=1,
        ),
        caption=(
            f"At a premium of {100 * premium.central:.0f} % for the way round; at "
            f"{100 * premium.low:.0f} % it is {ends['low']:.0f} %, at {100 * premium.high:.0f} % "
            f"{ends['high']:.0f} %. Each hub's weight is fitted to where such goods were seen, so "
            "the split by hub is no independent finding."
        ),
        sources=route_sources(
            result, centre.routed.network, result.case.scenario.evasion.premium.evidence
        ),
    )


def drawn_link(result: CaseResult, found: Corridor) -> list[Figure]:
    """The network on a map, with the new link, where anything moves on it."""
    routed = found.by_end["central"]
    if not any(item.value_after for item in routed.carried()):
        return []
    return [link_map(found, route_sources(result, routed.network))]


def drawn_evasion(result: CaseResult) -> list[Figure]:
    """The ways round the ban on a map, where any goods take them."""
    if result.leakage is None or not any(result.leakage["central"].by_hub.values()):
        return []
    found = result.leakage["central"]
    return [evasion_map(found, route_sources(result, found.routed.network))]


def route_sections(result: CaseResult) -> list[Section]:
    """The sections on routes, where the case asks for them."""
    made = []
    if result.corridor is not None:
        made.append(
            Section(
                result.corridor.question.title,
                [
                    link_table(result, result.corridor),
                    *drawn_link(result, result.corridor),
                    Bullets(capacity_points(result.corridor)),
                ],
            )
        )
    leak = leakage_figure(result)
    if leak is not None:
        made.append(Section("What goes round the ban", [leak, *drawn_evasion(result)]))
    return made
