"""A case's networks on a map: what a new link carries, and what goes round a ban."""

from __future__ import annotations

from collections.abc import Sequence

from tumen.analysis.corridor import Corridor
from tumen.analysis.evasion import Evasion
from tumen.analysis.routes import RouteResult
from tumen.report.document import Figure, Source
from tumen.report.maps import flow_map
from tumen.report.panels import Spot, State, Way, near
from tumen.report.text import decimals_for, number
from tumen.scenario.network import Link
from tumen.world.names import name_of
from tumen.world.world import World

UNIT = "million USD a year"
FEW = 2  # goods that are named one by one
LOCAL, REGIONAL = 650.0, 2000.0  # km shown larger round a link, and round a buyer's capital
OUTLINE = Source(
    "outline of the land: Natural Earth (public domain)",
    "https://www.naturalearthdata.com/about/terms-of-use/",
)
DRAWN = (
    "A line twice as wide carries eight times as much; on the first map all are a third as wide. "
    "Lines are no courses of trains or ships; those that leave the frame break off; places that "
    "all but touch are drawn apart."
)


def state_of(world: World, region: str) -> str:
    """The everyday name of the state a place lies in, which may lie outside the world."""
    return name_of(world, region) if region in world.regions else region


def spots_of(routed: RouteResult, values: dict[str, float] | None = None) -> list[Spot]:
    """The places of a network, with what is to be told of some of them."""
    told = values or {}
    return [
        Spot(
            place.code,
            place.name,
            state_of(routed.world, place.region),
            place.lat,
            place.lon,
            told.get(place.code),
        )
        for place in routed.network.places
    ]


def ways_of(routed: RouteResult, note: str = "{mode}: {value}") -> list[Way]:
    """What each mode of each link carries; those that change are noted beside their line."""
    links = [change for change in routed.changes if isinstance(change, Link)]
    carried = routed.carried()
    made = []
    for item in carried:
        state: State = "usual"
        for link in links:
            if {link.a, link.b} == {item.a, item.b} and link.mode in (None, item.mode):
                state = "closed" if link.closed else "changed"
        made.append(Way(item.a, item.b, item.mode, item.value_before, item.value_after, state))
    changed = [way for way in made if way.state == "changed"]
    decimals = decimals_for(value for way in changed for value in (way.before, way.after))
    return [
        way._replace(note=note.format(mode=way.mode, value=number(way.after, decimals)))
        if way.state == "changed"
        else way
        for way in made
    ]


def link_map(found: Corridor, sources: Sequence[Source]) -> Figure:
    """What every link of the network carries once the one that the case asks about is open."""
    routed = found.by_end["central"]
    ways = ways_of(routed, "new {mode}: {value}")
    new = [way for way in ways if way.state == "changed"]
    beside = [way for way in ways if any({way.a, way.b} == {one.a, one.b} for one in new)]
    opened = sum(way.after for way in new)
    before, after = sum(way.before for way in beside), sum(way.after for way in beside)
    decimals = decimals_for([before, after])
    places = {place.code: place for place in routed.network.places}
    ends = [places[code] for way in new for code in (way.a, way.b)]
    spots = spots_of(routed)
    lat = sum(place.lat for place in ends) / len(ends)
    lon = sum(place.lon for place in ends) / len(ends)
    names = " and ".join(dict.fromkeys(place.name for place in ends))
    around = near(spots, lat, lon, LOCAL)
    close = [spot for spot in spots if spot.code in around]
    part = f", {100 * opened / after:.0f} % of what passes between {names}" if opened > 0 else ""
    figure = flow_map(
        spots,
        ways,
        title=f"{found.question.title} carries {number(opened, decimals)} {UNIT}{part}",
        unit=UNIT,
        close_to=around,
        headings=("All the network", "Within the frame, larger"),
        words=(f"opens: {found.question.title}", "closed"),
    )
    return Figure(
        figure,
        caption=(
            f"Trade by value, {trade_words(routed)}, at the central value of a day in transit. "
            f"Between {names} {number(before, decimals)} {UNIT} passed before the link opens and "
            f"{number(after, decimals)} after. {DRAWN} {by_state(close)}."
        ),
        sources=[*sources, OUTLINE],
    )


def by_state(spots: Sequence[Spot]) -> str:
    """Which places lie in which state, for a map that draws no borders."""
    found: dict[str, list[str]] = {}
    for spot in spots:
        found.setdefault(spot.state, []).append(spot.name)
    return "; ".join(f"{state}: {', '.join(names)}" for state, names in found.items())


def trade_words(routed: RouteResult) -> str:
    """Whose trade moves on the network, and in what where that is little."""
    names = routed.world.dataset.get("sector_name")
    found: dict[tuple[str, str], str] = {}
    for pair in routed.network.pairs:
        ends = [state_of(routed.world, region) for region in (pair.exporter, pair.importer)]
        goods = ""
        if 0 < len(pair.sectors) <= FEW:
            told = [
                key if names is None else str(names.sel(sector=key).item()) for key in pair.sectors
            ]
            goods = f" ({' and '.join(told).lower()} alone)"
        if (ends[1], ends[0]) in found and not goods:
            found[ends[1], ends[0]] = f"{ends[1]} with {ends[0]}"
        else:
            found[ends[0], ends[1]] = f"{ends[0]} to {ends[1]}{goods}"
    return "; ".join(found.values())


def hub_values(found: Evasion) -> dict[str, float]:
    """What passes each hub, at the place of its state that most of it goes through."""
    passing: dict[str, float] = {}
    for item in found.routed.carried():
        for code in (item.a, item.b):
            passing[code] = passing.get(code, 0.0) + item.value_after
    values = {}
    for region, value in found.by_hub.items():
        own = [place.code for place in found.routed.network.places if place.region == region]
        values[max(own, key=lambda code: passing.get(code, 0.0))] = value
    return values


def evasion_map(found: Evasion, sources: Sequence[Source]) -> Figure:
    """Which ways are closed to the goods, and which ways they take instead."""
    routed = found.routed
    values = hub_values(found)
    spots, ways = spots_of(routed, values), ways_of(routed)
    most = sorted((spot for spot in spots if spot.code in values), key=lambda s: -values[s.code])
    first = [spot.name for spot in most[:2]]
    share = sum(values[spot.code] for spot in most[:2]) / sum(values.values())
    target = name_of(routed.world, found.target)
    capital = max(routed.network.anchors(found.target), key=lambda place: place.share)
    figure = flow_map(
        spots,
        ways,
        title=(
            f"{100 * share:.0f} % of the banned goods that still reach {target} through third "
            f"states pass {' and '.join(first)}"
        ),
        unit=UNIT,
        close_to=near(spots, capital.lat, capital.lon, REGIONAL),
        headings=("All the ways", "Within the frame, larger"),
        words=("changed", "closed to these goods"),
        decimals=decimals_for(values.values()),
    )
    return Figure(
        figure,
        caption=(
            f"The goods under the ban alone, once it holds, at the central premium. A number under "
            f"a place is what passes that hub, {UNIT}; all of it together is "
            f"{number(sum(values.values()), 0)} of the {number(found.before, 0)} sold before the "
            f"ban. A hub stands for its state or group of states. {DRAWN}"
        ),
        sources=[*sources, OUTLINE],
    )
