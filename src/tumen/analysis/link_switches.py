"""A case's network with links closed, or opened before their time, against the network as it is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tumen.analysis.routes import Carried, RouteResult, routes
from tumen.errors import ShockError, nearest
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.network import Link, Network, Track
from tumen.scenario.network_file import read_network
from tumen.scenario.route_costs import goods_of, trade_costs
from tumen.world.world import World


class Switches(NamedTuple):
    """Ids of links that are closed, of those opened early, and which value of a day counts."""

    closed: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    day: End = "central"


def link_id(link: Track | Link | Carried) -> str:
    """A name for one mode of a link: "KHA-TUM-rail", whichever way it is written."""
    return "-".join((*sorted((link.a, link.b)), link.mode or ""))


def canonical(given: str) -> str:
    """An id with its ends in their fixed order."""
    *ends, mode = given.split("-")
    return "-".join((*sorted(ends), mode))


def network_of(case: Case, day: End = "central") -> Network | None:
    """The network beside the case; None where there is none. Raises `ScenarioError`."""
    if not (case.folder / "nodes.csv").is_file():
        return None
    return read_network(case.folder, value_of_day=case.scenario.value_of_day.at(day))


def named(network: Network, ids: Iterable[str], *, now_open: bool) -> list[Track]:
    """The tracks of these ids, each once; they must all be open now, or all still to open.

    An id may name its ends in either order. Raises `ShockError` with the nearest id.
    """
    known = {link_id(track): track for track in network.tracks}
    found: dict[str, Track] = {}
    for given in ids:
        key = canonical(given)
        if key not in known:
            raise ShockError(f"the network has no link {given!r}{nearest(key, known)}")
        if known[key].is_open(network.date) is not now_open:
            state = "is not open yet" if now_open else "is open already"
            raise ShockError(f"the link {key} {state} on {network.date}")
        found[key] = known[key]
    return list(found.values())


def changes_of(network: Network, switches: Switches) -> list[Link]:
    """The switches as changes of links. Raises `ShockError` for an id that the network lacks."""
    return [
        *(
            Link(*track.ends, track.mode, closed=True)
            for track in named(network, switches.closed, now_open=True)
        ),
        *(
            Link(*track.ends, track.mode, open=True)
            for track in named(network, switches.opened, now_open=False)
        ),
    ]


def cut_off(network: Network, changes: list[Link], world: World) -> list[tuple[str, str]]:
    """Pairs (exporter, importer) some of whose goods have no route left."""
    cost = trade_costs(network, changes, world)
    found = []
    for pair in network.pairs:
        where = {"exporter": pair.exporter, "importer": pair.importer}
        if bool(np.isinf(cost.sel(where | {"sector": goods_of(pair, world)})).any()):
            found.append((pair.exporter, pair.importer))
    return found


class PairTrade(NamedTuple):
    """Trade of a pair over the network, before and after; `cost` is None where no way is left."""

    exporter: str
    importer: str
    cost: float | None  # change of the trade cost, per cent
    before: float  # million USD a year
    after: float

    @property
    def change(self) -> float:
        """Change of the trade, per cent; nan where there was none."""
        return 100 * (self.after / self.before - 1) if self.before else math.nan


@dataclass(frozen=True, eq=False)
class Switched:
    """What the switches do to trade, routes and real income."""

    case: Case
    switches: Switches
    routed: RouteResult
    cut: tuple[tuple[str, str], ...]  # pairs without a route for some of their goods

    @property
    def links(self) -> dict[str, Link]:
        """The links that differ from the network as it is, by id."""
        changes = self.routed.changes
        return {link_id(link): link for link in changes if isinstance(link, Link)}

    @property
    def regions(self) -> list[str]:
        """Targets of the case first, then the others whose trade is on the network."""
        pairs = self.routed.network.pairs
        held = (region for pair in pairs for region in (pair.exporter, pair.importer))
        return list(dict.fromkeys((*self.case.scenario.targets, *held)))

    def change(self, region: str) -> float:
        """Real income against the network as it is, per cent."""
        before = float(self.routed.base.real_income.sel(region=region))
        after = float(self.routed.result.real_income.sel(region=region))
        return 100 * ((100 + after) / (100 + before) - 1)

    def million(self, region: str) -> float:
        """The same in million USD a year."""
        return float(self.routed.gain.sel(region=region))

    def pairs(self) -> list[PairTrade]:
        """Every pair that trades over the network."""
        found = []
        for pair in self.routed.network.pairs:
            ends = (pair.exporter, pair.importer)
            where = {"exporter": ends[0], "importer": ends[1], "sector": self.routed.goods(*ends)}
            before, after = (
                float(result.trade_flow.sel(where).sum())
                for result in (self.routed.base, self.routed.result)
            )
            open_way = bool(np.isfinite(self.routed.costs.cost.sel(where)).all())
            cost = self.routed.cost_change(*ends) if open_way and before else None
            found.append(PairTrade(*ends, cost, before, after))
        return found


def switched(case: Case, switches: Switches) -> Switched:
    """Solve the benchmark with the network as it is, and with the links switched.

    Raises `ShockError` for a case without a network or an unknown link, `SolveError` without an
    equilibrium.
    """
    network = network_of(case, switches.day)
    if network is None:
        raise ShockError(f"the case {case.name} has no transport network")
    changes = changes_of(network, switches)
    routed = routes(
        case.world,
        network,
        changes,
        closure=case.scenario.closure,
        tolerance=case.scenario.tolerance,
    )
    return Switched(case, switches, routed, tuple(cut_off(network, changes, case.world)))
