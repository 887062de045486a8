"""What changed links do: routes, who uses them, and trade costs of the pairs as shocks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tumen.errors import ShockError, nearest
from tumen.model import routing
from tumen.scenario.network import Change, Network, Pair, Row, Transit, changed_tracks
from tumen.scenario.ways import Ends, Graph, stated_weights


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


def link_costs(
    network: Network, rows: Sequence[Row], links: Sequence[Ends]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Log cost [link] before and after, potential share [link], shares of modes [row].

    Modes open before divide the link by their stated shares. A link of new modes alone costs what
    the cheapest does.
    """
    before = np.full(len(links), np.inf)
    after, potential = before.copy(), np.ones(len(links))
    mode_before, mode_after = np.zeros(len(rows)), np.zeros(len(rows))
    for at, ends in enumerate(links):
        own = [number for number, row in enumerate(rows) if row.track.ends == ends]
        old = np.array([rows[number].before for number in own])
        new = np.array([rows[number].after for number in own])
        share = np.array([rows[number].track.share for number in own])
        weight = np.where(np.isfinite(old), share, 0.0)
        if weight.any():
            weight = weight / weight.sum()
            choice = routing.choose(old, new, weight, share, network.mode_elasticity)
            before[at], _ = routing.logit(old, weight, network.mode_elasticity)
            after[at] = before[at] + choice.log_hat
            mode_before[own], mode_after[own] = choice.before, choice.after
        else:
            after[at], mode_after[own] = routing.cheapest(new)
            opened = np.isfinite(new)
            potential[at] = share[opened].max() if opened.any() else 1.0
    return before, after, potential, mode_before, mode_after


class Weighing:
    """Routes of one pair with their stated weights: what depends on no cost after the change."""

    def __init__(self, graph: Graph, pair: Pair, before: np.ndarray, potential: np.ndarray) -> None:
        self.graph, self.pair = graph, pair
        self.ways = graph.routes(pair)
        self.routes = routing.bundle([way.items for way in self.ways])
        self.before = routing.route_costs(self.routes, before)
        stated = np.isfinite(self.before)
        self.potential = np.zeros(len(self.ways))
        for at in np.flatnonzero(~stated):
            fresh = [item for item in self.ways[at].items if not np.isfinite(before[item])]
            self.potential[at] = min(potential[item % len(graph.links)] for item in fresh)
        self.weight = stated_weights(graph.network, self.ways, stated)
        ends = [(way.places[0], way.places[-1]) for way in self.ways]
        self.groups = [
            np.array([at for at, one in enumerate(ends) if one == group])
            for group in dict.fromkeys(ends)
        ]
        shares = np.array([self.ways[group[0]].trade for group in self.groups])
        self.shares = shares / shares.sum()
        for group in self.groups:
            if not stated[group].any():
                start, goal = ends[group[0]]
                raise ShockError(
                    f"no route from {start} to {goal} is open on {graph.network.date}; open a link "
                    "in links.csv or take the place's share of trade away"
                )

    def choose(self, after: np.ndarray) -> routing.Choice:
        """How the pair's traffic divides at these log costs of items.

        Between the same two places it divides over routes; between places of the two regions it
        has its stated shares at the base, and moves with the same elasticity.
        """
        now = routing.route_costs(self.routes, after)
        elasticity = self.graph.network.elasticity
        choices = [
            routing.choose(
                self.before[group], now[group], self.weight[group], self.potential[group],
                elasticity,
            )
            for group in self.groups
        ]  # fmt: skip
        log_hat, part = routing.logit(
            np.array([choice.log_hat for choice in choices]), self.shares, elasticity
        )
        old, new = np.zeros(len(now)), np.zeros(len(now))
        for group, choice, share, left in zip(self.groups, choices, self.shares, part, strict=True):
            old[group], new[group] = share * choice.before, left * choice.after
        return routing.Choice(log_hat, old, new)

    def passing(self, over_routes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Shares of traffic [link] and [place] from shares of routes."""
        count = len(self.graph.links)
        size = 2 * count + len(self.graph.network.places)
        found = routing.spread(self.routes, over_routes, size)
        return found[:count] + found[count : 2 * count], found[2 * count :]

    def settle(self, after: np.ndarray) -> PairRoutes:
        """Everything about the pair at these log costs of items."""
        choice = self.choose(after)
        network = self.graph.network
        total, part = routing.on_network(choice.log_hat, self.pair.share, network.elasticity)
        link_before, place_before = self.passing(choice.before)
        link_after, place_after = self.passing(choice.after)
        return PairRoutes(
            pair=self.pair,
            routes=tuple(way.places for way in self.ways),
            through=tuple(way.through for way in self.ways),
            cost_before=np.exp(self.before),
            cost_after=np.exp(routing.route_costs(self.routes, after)),
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
    told = [change for change in changes if change.applies(sector)]
    rows = changed_tracks(network, told, sector)
    links = tuple(dict.fromkeys(row.track.ends for row in rows))
    before, after, potential, mode_before, mode_after = link_costs(network, rows, links)
    premium_before, premium_after = premiums(network, told)
    graph = Graph(network, links)
    weighed = {
        (pair.exporter, pair.importer): Weighing(
            graph, pair, graph.items(before, premium_before), potential
        )
        for pair in network.pairs
    }
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
        network, tuple(rows), links, mode_before, mode_after, before, after, pairs, rounds
    )
