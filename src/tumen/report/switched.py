"""What closed links do, in a sentence, on a map and in tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tumen.analysis.link_switches import Switched, link_id
from tumen.report.case_maps import DRAWN, LOCAL, OUTLINE, UNIT, spots_of, trade_words, ways_of
from tumen.report.case_sources import named
from tumen.report.document import Cell, Column, Figure, Source, Table
from tumen.report.maps import flow_map
from tumen.report.panels import near
from tumen.report.text import number
from tumen.report.words import billions
from tumen.report.world_tables import benchmark
from tumen.scenario.load import Case
from tumen.scenario.network import Network, Track
from tumen.world.names import name_of

LEAST = 5e-7  # per cent; what is smaller is rounding


def link_name(network: Network, track: Track) -> str:
    """A link in words: "Khasan to Tumangang by rail"."""
    names = {place.code: place.name for place in network.places}
    return f"{names[track.a]} to {names[track.b]} by {track.mode}"


def per_cent(value: float) -> str:
    """A change in per cent, with two digits that matter and no sign."""
    size = abs(value)
    places = 2 if size >= 1 else min(6, 1 - math.floor(math.log10(size)))
    return f"{number(size, places)} %"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: "a, b and c"."""
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]


def changed_words(found: Switched) -> str:
    """Which links differ from the network as it is."""
    network = found.routed.network
    tracks = {link_id(track): track for track in network.tracks}
    words = []
    for deed in ("closed", "open"):
        own = [
            link_name(network, tracks[key])
            for key, link in found.links.items()
            if getattr(link, deed)
        ]
        if own:
            words.append(f"{listed(own) if len(own) <= 2 else f'{len(own)} links'} {deed}")
    return " and ".join(words)


def income_words(found: Switched, region: str) -> str:
    """What a region loses or gains."""
    change, million = found.change(region), found.million(region)
    name = name_of(found.case.world, region)
    if abs(change) < LEAST:
        return f"{name} neither loses nor gains"
    verb = "loses" if change < 0 else "gains"
    return f"{name} {verb} {per_cent(change)} of its real income, {billions(million)} a year"


def pair_words(case: Case, pairs: Sequence[tuple[str, str]]) -> str:
    """Pairs in words: "Russia to North Korea"."""
    names = [f"{name_of(case.world, a)} to {name_of(case.world, b)}" for a, b in pairs]
    return listed(names)


def sentence(found: Switched) -> str:
    """The answer: what the switches do to the targets, and whose trade has no route left."""
    if not found.routed.changes:
        return (
            "This is the network as it is. Close a link to see which way its trade takes instead, "
            "and what that costs."
        )
    told = "; ".join(income_words(found, region) for region in found.case.scenario.targets)
    text = f"With {changed_words(found)}, {told}."
    if found.cut:
        text += f" No route is left from {pair_words(found.case, found.cut)}."
    return text


def sources(case: Case, network: Network) -> list[Source]:
    """The world that the trade is of, and the evidence behind the network."""
    rows = [place.evidence for place in network.places]
    rows += [track.evidence for track in network.tracks]
    rows += [pair.evidence for pair in network.pairs]
    ids = sorted({key for row in rows for key in row} & case.evidence.keys())
    return [benchmark(case.world), *named([case.evidence[key] for key in ids])]


def finding(found: Switched) -> str:
    """What the map shows: the pair whose trade cost moves most, or who is cut off."""
    changed = changed_words(found)
    if not changed:
        return "What each link carries with the network as it is"
    if found.cut:
        return f"With {changed} no route is left from {pair_words(found.case, found.cut)}"
    moved = [pair for pair in found.pairs() if pair.cost is not None]
    most = max(moved, key=lambda pair: abs(pair.cost or 0.0), default=None)
    if most is None or not most.cost or abs(most.cost) < LEAST:
        return f"With {changed} no trade costs change"
    ends = pair_words(found.case, [(most.exporter, most.importer)])
    more = "more" if most.cost > 0 else "less"
    return f"With {changed}, goods from {ends} cost {per_cent(most.cost)} {more} to deliver"


def switched_map(found: Switched) -> Figure | None:
    """What each link carries with the switches as they are; None where nothing moves."""
    routed = found.routed
    ways = ways_of(routed, "{mode}: {value}")
    if not any(way.after for way in ways):
        return None
    places = {place.code: place for place in routed.network.places}
    links = list(found.links.values())
    ends = [places[code] for link in links for code in (link.a, link.b)]
    if not ends and found.case.scenario.routes is not None:
        ends = [places[code] for a, b, _ in found.case.scenario.routes.opens for code in (a, b)]
    spots = spots_of(routed)
    close: list[str] = []
    if ends:
        lat = sum(place.lat for place in ends) / len(ends)
        lon = sum(place.lon for place in ends) / len(ends)
        close = near(spots, lat, lon, LOCAL)
    figure = flow_map(
        spots,
        ways,
        title=finding(found),
        unit=UNIT,
        close_to=close,
        headings=("All the network", "Within the frame, larger"),
        words=("opened", "closed"),
        decimals=1,
    )
    caption = f"Trade by value on each link, both ways, of {trade_words(routed)}. {DRAWN}"
    return Figure(figure, caption, [*sources(found.case, routed.network), OUTLINE])


def income_table(found: Switched) -> Table:
    """Real income against the network as it is."""
    rows: list[list[Cell]] = [
        [name_of(found.case.world, region), found.change(region), found.million(region)]
        for region in found.regions
    ]
    return Table(
        "Real income against the network as it is, of the states whose trade it carries",
        [
            Column("", numeric=False),
            Column("real income", "per cent", decimals=5, signed=True),
            Column("gained a year", "million USD", decimals=2, signed=True),
        ],
        rows,
        note="In the benchmark world and in the long run; the pressure of the case is left out.",
        sources=[benchmark(found.case.world)],
    )


def pairs_table(found: Switched) -> Table:
    """Trade cost and trade of each pair that the network covers."""
    world = found.case.world
    rows: list[list[Cell]] = []
    for pair in found.pairs():
        title = f"{name_of(world, pair.exporter)} to {name_of(world, pair.importer)}"
        cut = (pair.exporter, pair.importer) in found.cut
        cost: Cell = "no route" if cut else pair.cost
        rows.append([title, cost, pair.before, pair.after, pair.change])
    columns = [
        Column("trade over the network", numeric=False),
        Column("trade cost", "per cent", decimals=2, signed=True),
        Column("trade before", "million USD", decimals=1),
        Column("trade after", "million USD", decimals=1),
        Column("change", "per cent", decimals=2, signed=True),
    ]
    return Table(
        "Trade costs by routing, and the trade of each pair",
        columns,
        rows,
        sources=sources(found.case, found.routed.network),
    )


def links_data(found: Switched) -> Table:
    """What each link carries, as data: value and tonnes before and after, and its state."""
    states = {key: "closed" if link.closed else "open" for key, link in found.links.items()}
    columns = [Column(name, numeric=False) for name in ("link", "a", "b", "mode", "switched")]
    units = ("million USD", "million USD", "tonnes", "tonnes", "tonnes a year")
    titles = ("value before", "value after", "tonnes before", "tonnes after", "capacity")
    columns += [Column(title, unit) for title, unit in zip(titles, units, strict=True)]
    rows: list[list[Cell]] = []
    for item in found.routed.carried():
        key = link_id(item)
        values = (item.value_before, item.value_after, item.tonnes_before, item.tonnes_after)
        rows.append([key, item.a, item.b, item.mode, states.get(key, ""), *values, item.capacity])
    return Table("What each link carries", columns, rows)
