"""What changed links do: routes, who uses them, and trade costs of the pairs as shocks."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tumen.errors import ShockError, nearest
from tumen.model import routing
from tumen.scenario.network import Change, Network, Pair, Row, Transit, changed_tracks
from tumen.scenario.ways import Ends, Graph, graph_of, stated_weights, ways_of


@dataclass(frozen=True)
class PairRoutes:
    """Routes of one pair before and after: costs, shares of traffic, and the trade cost."""

    pair: Pair
    routes: tuple[tuple[str, ...], ...]  # [route] codes of the places on the way
    through: tuple[frozenset[str], ...]  # [route] third states passed
    cost_before: np.ndarray  # [route] cost factors, infinite where closed
    cost_after: np.ndarray
    before: np.ndarray  # [route] shares of the traffic on the network
    after: np.ndarray
    log_hat_network: float  # ln of cost over the network, after over before
    log_hat: float  # ln of the pair's trade cost, after over before
    on_network: float  # d log_hat / d log_hat_network: part of the flow on the network after
    link_before: np.ndarray  # [link] shares of the traffic that pass
    link_after: np.ndarray
    place_before: np.ndarray  # [place] shares of the traffic that pass in transit
    place_after: np.ndarray


@dataclass(frozen=True)
class Rerouting:
    """A network before and after changes, for the goods of some sectors."""

    network: Network
    rows: tuple[Row, ...]  # modes of links, new ones at the end
    links: tuple[Ends, ...]
    mode_before: np.ndarray  # [row] share of the link's traffic
    mode_after: np.ndarray
    log_before: np.ndarray  # [link] ln of cost factors
    log_after: np.ndarray
    pairs: dict[Ends, PairRoutes]  # by (exporter, importer)
    rounds: int  # of congestion; 0 without

    def link(self, a: str, b: str) -> int:
        """Position of a link."""
        ends = (a, b) if a <= b else (b, a)
        if ends not in self.links:
            known = [" ".join(link) for link in self.links]
            raise ShockError(f"there is no link {a}-{b}{nearest(' '.join(ends), known)}")
        return self.links.index(ends)


def premiums(network: Network, changes: Sequence[Change]) -> tuple[np.ndarray, np.ndarray]:
    """Ln of the premium [place] before and after."""
    before = np.log([place.premium for place in network.places])
    after = before.copy()
    for change in changes:
        if isinstance(change, Transit):
            at = network.places.index(network.place(change.place))
            after[at] += math.log(change.factor)
            if after[at] < -1e-12:
                raise ShockError(f"Transit {change.place}: the change takes its premium below one")
    return before, after


class LinkCost(NamedTuple):
    """Log cost of one link before and after, the part of traffic free to take it, its modes."""

    before: float
    after: float
    potential: float
    mode_before: tuple[float, ...]  # [mode] shares of the link's traffic
    mode_after: tuple[float, ...]


@functools.lru_cache(maxsize=4096)
def link_cost(
    before: tuple[float, ...],
    after: tuple[float, ...],
    share: tuple[float, ...],
    elasticity: float,
) -> LinkCost:
    """Cost of a link from the log costs and shares of its modes; remembered, as few links change.

    Modes open before divide the link by their stated shares. A link of new modes alone costs what
    the cheapest does.
    """
    if len(before) == 1 and before[0] < math.inf and share[0] > 0:  # nothing to choose from
        return LinkCost(before[0], after[0], 1.0, (1.0,), (float(after[0] < math.inf),))
    old, new, size = np.array(before), np.array(after), np.array(share)
    weight = np.where(np.isfinite(old), size, 0.0)
    if weight.any():
        weight = weight / weight.sum()
        choice = routing.choose(old, new, weight, size, elasticity)
        base, _ = routing.logit(old, weight, elasticity)
        shares = tuple(choice.before.tolist()), tuple(choice.after.tolist())
        return LinkCost(base, base + choice.log_hat, 1.0, *shares)
    least, taken = routing.cheapest(new)
    opened = np.isfinite(new)
    free = float(size[opened].max()) if opened.any() else 1.0
    return LinkCost(np.inf, least, free, (0.0,) * len(before), tuple(taken.tolist()))


def link_costs(
    network: Network, rows: Sequence[Row], links: Sequence[Ends]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Log cost [link] before and after, potential share [link], shares of modes [row]."""
    before = np.full(len(links), np.inf)
    after, potential = before.copy(), np.ones(len(links))
    mode_before, mode_after = np.zeros(len(rows)), np.zeros(len(rows))
    modes: dict[Ends, list[int]] = {ends: [] for ends in links}
    for number, row in enumerate(rows):
        modes[row.track.ends].append(number)
    for at, own in enumerate(modes.values()):
        one = link_cost(
            tuple(rows[number].before for number in own),
            tuple(rows[number].after for number in own),
            tuple(rows[number].track.share for number in own),
            network.mode_elasticity,
        )
        before[at], after[at], potential[at] = one.before, one.after, one.potential
        mode_before[own], mode_after[own] = one.mode_before, one.mode_after
    return before, after, potential, mode_before, mode_after


class Weighing:
    """Routes of one pair with their stated weights: what depends on no cost after the change."""

    def __init__(
        self, network: Network, graph: Graph, pair: Pair, before: np.ndarray, potential: np.ndarray
    ) -> None:
        self.network, self.graph, self.pair = network, graph, pair
        self.ways = ways_of(graph, pair.exporter, pair.importer)
        self.before = routing.route_costs(self.ways.routes, before)
        stated = np.isfinite(self.before)
        self.potential = self.ways.potential(before, potential)
        self.weight = stated_weights(self.ways, tuple(stated.tolist()))
        for group in self.ways.groups:
            if not stated[group].any():
                start, goal = self.ways.ends[group[0]]
                raise ShockError(
                    f"no route from {start} to {goal} is open on {network.date}; open a link "
                    "in links.csv or take the place's share of trade away"
                )

    def choose(self, after: np.ndarray) -> routing.Choice:
        """How the pair's traffic divides at these log costs of items.

        Between the same two places it divides over routes; between places of the two regions it
        has its stated shares at the base, and moves with the same elasticity.
        """
        groups, shares = self.ways.groups, self.ways.shares
        now = routing.route_costs(self.ways.routes, after)
        elasticity = self.network.elasticity
        choices = [
            routing.choose(
                self.before[group], now[group], self.weight[group], self.potential[group],
                elasticity,
            )
            for group in groups
        ]  # fmt: skip
        log_hat, part = routing.logit(
            np.array([choice.log_hat for choice in choices]), shares, elasticity
        )
        old, new = np.zeros(len(now)), np.zeros(len(now))
        for group, choice, share, left in zip(groups, choices, shares, part, strict=True):
            old[group], new[group] = share * choice.before, left * choice.after
        return routing.Choice(log_hat, old, new)

    def log_hat(self, after: np.ndarray) -> float:
        """Ln of the pair's trade cost, after over before, without what `choose` finds besides.

        Most changes leave most routes as they are, and then there is nothing to choose anew.
        """
        now, elasticity = routing.route_costs(self.ways.routes, after), self.network.elasticity
        moved = now != self.before
        if not moved.any():
            return 0.0
        logs = [
            routing.choose(
                self.before[group], now[group], self.weight[group], self.potential[group],
                elasticity,
            ).log_hat
            if moved[group].any() else 0.0
            for group in self.ways.groups
        ]  # fmt: skip
        over_network, _ = routing.logit(np.array(logs), self.ways.shares, elasticity)
        return routing.on_network(over_network, self.pair.share, elasticity)[0]

    def passing(self, over_routes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Shares of traffic [link] and [place] from shares of routes."""
        count = len(self.graph.links)
        size = 2 * count + len(self.graph.places)
        found = routing.spread(self.ways.routes, over_routes, size)
        return found[:count] + found[count : 2 * count], found[2 * count :]

    def trade_cost(self, choice: routing.Choice) -> tuple[float, float]:
        """Ln of the pair's trade cost, after over before, and the part on the network after."""
        return routing.on_network(choice.log_hat, self.pair.share, self.network.elasticity)

    def settle(self, after: np.ndarray) -> PairRoutes:
        """Everything about the pair at these log costs of items."""
        choice = self.choose(after)
        total, part = self.trade_cost(choice)
        link_before, place_before = self.passing(choice.before)
        link_after, place_after = self.passing(choice.after)
        return PairRoutes(
            pair=self.pair,
            routes=self.ways.places,
            through=self.ways.through,
            cost_before=np.exp(self.before),
            cost_after=np.exp(routing.route_costs(self.ways.routes, after)),
            before=choice.before,
            after=choice.after,
            log_hat_network=choice.log_hat,
            log_hat=total,
            on_network=part,
            link_before=link_before,
            link_after=link_after,
            place_before=place_before,
            place_after=place_after,
        )


class Begun(NamedTuple):
    """A routing before anybody has chosen: costs of links, and the ways of every pair."""

    rows: list[Row]
    graph: Graph
    before: np.ndarray  # [link] ln of cost factors
    after: np.ndarray
    premium_after: np.ndarray  # [place] ln of the premium
    mode_before: np.ndarray  # [row]
    mode_after: np.ndarray
    weighed: dict[Ends, Weighing]  # by (exporter, importer)


def begin(network: Network, changes: Sequence[Change], sector: str | None) -> Begun:
    """Costs of links before and after the changes that concern a sector's goods, and the ways."""
    told = [change for change in changes if change.applies(sector)]
    rows = changed_tracks(network, told, sector)
    links = tuple(dict.fromkeys(row.track.ends for row in rows))
    before, after, potential, mode_before, mode_after = link_costs(network, rows, links)
    premium_before, premium_after = premiums(network, told)
    graph = graph_of(network.places, links, network.longest)
    items = graph.items(before, premium_before)
    weighed = {
        (pair.exporter, pair.importer): Weighing(network, graph, pair, items, potential)
        for pair in network.pairs
    }
    return Begun(rows, graph, before, after, premium_after, mode_before, mode_after, weighed)


def reroute(
    network: Network,
    changes: Sequence[Change],
    sector: str | None = None,
    *,
    congestion: float = 0.0,
    flows: Mapping[Ends, float] | None = None,
) -> Rerouting:
    r"""Route the pairs' trade before and after the changes that concern a sector's goods.

    With `congestion` $\lambda > 0$ a link's cost grows with its traffic over that before,
    $t = \bar t\,(\text{traffic}/\text{base})^\lambda$, at the given `flows` (exporter, importer).
    Raises `ShockError` for changes the network cannot take.
    """
    start = begin(network, changes, sector)
    rows, links, graph, weighed = start.rows, start.graph.links, start.graph, start.weighed
    before, after, premium_after = start.before, start.after, start.premium_after
    rounds = 0
    if congestion:
        carried = flows or {}

        def traffic(log_cost: np.ndarray, *, at_base: bool = False) -> np.ndarray:
            total = np.zeros(len(links))
            for key, one in weighed.items():
                choice = one.choose(graph.items(log_cost, premium_after))
                used = one.passing(choice.before if at_base else choice.after)[0]
                total += carried.get(key, 0.0) * one.pair.share * used
            return total

        reference = np.where(np.isfinite(before), traffic(after, at_base=True), 0.0)
        after, rounds = routing.congested(traffic, after, reference, congestion)
    items = graph.items(after, premium_after)
    pairs = {key: one.settle(items) for key, one in weighed.items()}
    return Rerouting(
        network,
        tuple(rows),
        links,
        start.mode_before,
        start.mode_after,
        before,
        after,
        pairs,
        rounds,
    )


@functools.lru_cache(maxsize=256)
def log_costs(
    network: Network, changes: tuple[Change, ...], sector: str | None
) -> tuple[tuple[Ends, float], ...]:
    """Ln of the trade cost of each pair (exporter, importer), after over before.

    What `reroute` gives without congestion, and nothing else of it; remembered.
    """
    start = begin(network, changes, sector)
    items = start.graph.items(start.after, start.premium_after)
    return tuple((key, one.log_hat(items)) for key, one in start.weighed.items())
