"""A transport network as data: places, links by mode, the pairs of regions that trade over it.

Costs are ad-valorem factors of at least one; a day in transit adds a stated share of the value.
Links run both ways.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tumen.errors import ShockError, nearest
from tumen.scenario.figure import Share

MODES = ("road", "rail", "sea", "air")
VALUE_OF_DAY = Share(
    low=0.006,
    central=0.013,
    high=0.021,
    unit="share of a cargo's value a day",
    assumption=(
        "as measured for American imports by sea and air, and taken to hold here: Hummels & Schaur "
        "(2013), Time as a trade barrier, American Economic Review 103(7)"
    ),
)
# Assumption: of the order found for freight on roads; nothing is published for these routes.
ROUTE_ELASTICITY = 8.0
MODE_ELASTICITY = 8.0
LONGEST = 8
ROUNDING = 1e-12


@dataclass(frozen=True)
class Place:
    """A node: a capital, port or border crossing."""

    code: str
    name: str
    region: str  # the region or third state it lies in
    lat: float
    lon: float
    share: float = 0.0  # of its region's trade over the network that starts or ends here
    premium: float = 1.0  # factor paid by others' goods that pass through
    weight: float = 1.0  # of its state among the third states that goods could pass
    evidence: tuple[str, ...] = ()
    assumption: str = ""


@dataclass(frozen=True)
class Track:
    """One mode of the link between two places."""

    a: str
    b: str
    mode: str
    factor: float  # ad-valorem cost without time, at least 1
    days: float = 0.0
    share: float = 1.0  # of the link's traffic; a mode not open yet: the part free to take it
    capacity: float | None = None  # tonnes a year, both ways
    opens: dt.date | None = None
    sectors: tuple[str, ...] = ()  # goods it can carry; none named: all
    evidence: tuple[str, ...] = ()
    assumption: str = ""

    def log_cost(self, value_of_day: float) -> float:
        """Ln of the cost factor, time included."""
        return math.log(self.factor * (1 + value_of_day * self.days))

    def is_open(self, on: dt.date) -> bool:
        """Whether traffic can use it on a date."""
        return self.opens is None or self.opens <= on

    def carries(self, sector: str | None) -> bool:
        """Whether it can carry a sector's goods; None asks for goods in general."""
        return sector is None or not self.sectors or sector in self.sectors

    @property
    def ends(self) -> tuple[str, str]:
        """The two places in a fixed order: the link that this mode belongs to."""
        return (self.a, self.b) if self.a <= self.b else (self.b, self.a)


@dataclass(frozen=True)
class Pair:
    """Trade that goes over the network: from a region to another, and how much of it."""

    exporter: str
    importer: str
    share: float = 1.0  # of the flow that travels on the network
    sectors: tuple[str, ...] = ()  # none named: all
    usd_per_tonne: float | None = None
    evidence: tuple[str, ...] = ()
    assumption: str = ""


@dataclass(frozen=True)
class Network:
    """Places, links and pairs, with the elasticities and the date of the benchmark."""

    places: tuple[Place, ...]
    tracks: tuple[Track, ...]
    pairs: tuple[Pair, ...]
    date: dt.date = dt.date(2023, 12, 31)
    elasticity: float = ROUTE_ELASTICITY
    mode_elasticity: float = MODE_ELASTICITY
    value_of_day: float = VALUE_OF_DAY.central
    longest: int = LONGEST  # links to a route

    def __post_init__(self) -> None:
        for name in ("elasticity", "mode_elasticity"):
            if not getattr(self, name) > 0:
                raise ShockError(f"network {name} must be above 0, not {getattr(self, name)!r}")
        if not 0 <= self.value_of_day < 1:
            raise ShockError(
                f"value_of_day is a share of the value, 0.013 say, not {self.value_of_day!r}"
            )
        if self.longest < 1:
            raise ShockError(f"longest must be at least one link, not {self.longest!r}")

    def place(self, code: str) -> Place:
        """A place by its code. Raises `ShockError` with the nearest codes."""
        for place in self.places:
            if place.code == code:
                return place
        raise ShockError(
            f"the network has no place {code!r}{nearest(code, [p.code for p in self.places])}"
        )

    def anchors(self, region: str) -> list[Place]:
        """Places where a region's trade starts and ends."""
        return [place for place in self.places if place.region == region and place.share > 0]

    def with_settings(self, **settings: object) -> Network:
        """The same network with another elasticity, value of a day, date or length of routes."""
        return replace(self, **settings)  # type: ignore[arg-type]


def concerns(selector: str | Sequence[str] | None, sector: str | None) -> bool:
    """Whether a selector names the sector; one that names none means all."""
    if selector is None:
        return True
    return sector in ([selector] if isinstance(selector, str) else list(selector))


@dataclass(frozen=True)
class Link:
    """A change of the link between two places, all its modes or one; for all sectors or some.

    Exactly one of: `factor` multiplies the cost, a toll or sanction above 1, an upgrade below;
    `new` builds a mode with this cost factor; `closed` bans the link, so that traffic goes
    another way round, where an `Embargo` on a pair of regions stops their trade on every route;
    `open` opens what the data hold for later; `days` adds to its days, a saving below 0. `share`
    is the part of the traffic free to take what is new, `new_days` its time.
    """

    a: str
    b: str
    mode: str | None = None
    factor: float | None = None
    new: float | None = None
    closed: bool = False
    open: bool = False
    days: float | None = None
    share: float = 1.0
    new_days: float = 0.0
    sector: str | Sequence[str] | None = None

    def __post_init__(self) -> None:
        where = f"Link {self.a}-{self.b}"
        asked = [self.factor is not None, self.new is not None, self.closed, self.open]
        if sum([*asked, self.days is not None]) != 1:
            raise ShockError(
                f"{where} needs exactly one of factor=, new=, closed=True, open=True, days="
            )
        if self.mode is not None and self.mode not in MODES:
            raise ShockError(f"{where}: unknown mode {self.mode!r}{nearest(self.mode, MODES)}")
        if self.factor is not None and not (math.isfinite(self.factor) and self.factor > 0):
            raise ShockError(f"{where}: factor must be a number above 0, not {self.factor!r}")
        if self.new is not None:
            if not (math.isfinite(self.new) and self.new >= 1):
                raise ShockError(f"{where}: a new link costs at least a factor 1, not {self.new!r}")
            if self.mode is None:
                raise ShockError(f"{where}: say which mode is new, one of {', '.join(MODES)}")
        if not 0 < self.share <= 1:
            raise ShockError(f"{where}: share must lie above 0 and at most 1, not {self.share!r}")
        if not self.new_days >= 0:
            raise ShockError(f"{where}: new_days must not be below 0, not {self.new_days!r}")

    def applies(self, sector: str | None) -> bool:
        """Whether the change is for this sector's goods; None asks for goods in general."""
        return concerns(self.sector, sector)


@dataclass(frozen=True)
class Transit:
    """A change of the premium that others' goods pay at a place: enforcement, or its absence."""

    place: str
    factor: float
    sector: str | Sequence[str] | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.factor) and self.factor > 0):
            raise ShockError(
                f"Transit {self.place}: factor must be a number above 0, not {self.factor!r}"
            )

    def applies(self, sector: str | None) -> bool:
        """Whether the change is for this sector's goods."""
        return concerns(self.sector, sector)


Change = Link | Transit


@dataclass
class Row:
    """One mode of a link with its log cost before and after; infinite where it is closed."""

    track: Track
    before: float
    after: float


def changed_tracks(
    network: Network, changes: Iterable[Change], sector: str | None = None
) -> list[Row]:
    """Every mode of every link before and after the changes, new ones at the end.

    A mode that cannot carry the sector's goods is closed to them.

    Raises `ShockError` for a change of a link that the network does not have, or that takes a
    cost below one.
    """
    table = []
    for track in network.tracks:
        cost = track.log_cost(network.value_of_day) if track.is_open(network.date) else math.inf
        table.append(Row(track, cost, cost))
    for change in changes:
        if isinstance(change, Link):
            apply_link(network, table, change)
    for row in table:
        if not row.track.carries(sector):
            row.before = row.after = math.inf
    return table


def apply_link(network: Network, table: list[Row], link: Link) -> None:
    """Write one change into the table of modes."""
    where = f"Link {link.a}-{link.b}" + (f" by {link.mode}" if link.mode else "")
    if network.place(link.a) is network.place(link.b):
        raise ShockError(f"{where}: a link joins two different places")
    if link.new is not None:
        track = Track(link.a, link.b, link.mode or "", link.new, link.new_days, link.share)
        table.append(Row(track, math.inf, track.log_cost(network.value_of_day)))
        return
    ends = Track(link.a, link.b, "", 1.0).ends
    chosen = [
        row for row in table if row.track.ends == ends and link.mode in (None, row.track.mode)
    ]
    if not chosen:
        joined = sorted({" ".join((*track.ends, track.mode)) for track in network.tracks})
        raise ShockError(
            f"{where}: the network has no such link"
            f"{nearest(' '.join((*ends, link.mode or '')), joined)}; use new= to build one"
        )
    for row in chosen:
        if link.closed:
            row.after = math.inf
        elif link.open:
            if math.isinf(row.after):
                row.after = row.track.log_cost(network.value_of_day)
        elif link.days is not None:
            left = row.track.days + link.days
            if left < 0:
                raise ShockError(
                    f"{where}: takes {row.track.days:g} days, so {-link.days:g} cannot be saved"
                )
            slower = replace(row.track, days=left)
            row.after += slower.log_cost(network.value_of_day) - row.track.log_cost(
                network.value_of_day
            )
            row.track = slower
        else:
            row.after += math.log(link.factor or 1.0)
        if row.after < -ROUNDING:
            raise ShockError(f"{where}: the change takes its cost factor below one")
