"""The ways from one region to another over a network, and the weights stated for them."""

from __future__ import annotations

import functools
import math
from collections import Counter
from typing import NamedTuple

import numpy as np

from tumen.model import routing
from tumen.scenario.network import Place

Ends = tuple[str, str]


@functools.lru_cache(maxsize=512)
def routes_between(
    tail: tuple[int, ...], head: tuple[int, ...], start: int, goal: int, longest: int
) -> tuple[tuple[int, ...], ...]:
    """Routes of a graph, remembered: changes of cost leave them as they are."""
    return tuple(routing.simple_routes(np.array(tail), np.array(head), start, goal, longest))


class Way(NamedTuple):
    """A route of a pair: the items it is made of, and what it passes."""

    items: tuple[int, ...]
    places: tuple[str, ...]
    through: frozenset[str]  # third states
    trade: float  # share of the pair's trade between its first and its last place


class Graph:
    """Places and links without their costs: two-way links as two, then the premium of each place.

    Equal places and links make equal graphs, so that what is found on one is remembered.
    """

    def __init__(self, places: tuple[Place, ...], links: tuple[Ends, ...], longest: int) -> None:
        self.places, self.links, self.longest = places, links, longest
        self.number = {place.code: at for at, place in enumerate(places)}
        a = tuple(self.number[ends[0]] for ends in links)
        b = tuple(self.number[ends[1]] for ends in links)
        self.tail, self.head = a + b, b + a

    def anchors(self, region: str) -> list[Place]:
        """Places where a region's trade starts and ends."""
        return [place for place in self.places if place.region == region and place.share > 0]

    def items(self, links: np.ndarray, premium: np.ndarray) -> np.ndarray:
        """Log costs of everything a route can be made of."""
        return np.concatenate([links, links, premium])

    def between(self, start: str, goal: str) -> tuple[tuple[int, ...], ...]:
        """Routes from one place to another, as links."""
        return routes_between(
            self.tail, self.head, self.number[start], self.number[goal], self.longest
        )

    def routes(self, exporter: str, importer: str) -> list[Way]:
        """Every route of a pair of regions.

        Goods that pass through a state that is neither's pay its premium once, that of the dearest
        place they pass there.
        """
        places = self.places
        ways = []
        for start in self.anchors(exporter):
            for goal in self.anchors(importer):
                for route in self.between(start.code, goal.code):
                    dearest: dict[str, int] = {}
                    for at in (self.head[link] for link in route[:-1]):
                        state = places[at].region
                        if state in (exporter, importer):
                            continue
                        held = dearest.setdefault(state, at)
                        if places[at].premium > places[held].premium:
                            dearest[state] = at
                    paying = tuple(2 * len(self.links) + at for at in dearest.values())
                    ways.append(
                        Way(
                            (*route, *paying),
                            (start.code, *(places[self.head[link]].code for link in route)),
                            frozenset(dearest),
                            start.share * goal.share,
                        )
                    )
        return ways


class Ways:
    """Every way of one pair as arrays, with all that depends on no cost."""

    def __init__(self, graph: Graph, exporter: str, importer: str) -> None:
        self.graph = graph
        self.listed = graph.routes(exporter, importer)
        self.routes = routing.bundle([way.items for way in self.listed])
        self.places = tuple(way.places for way in self.listed)
        self.through = tuple(way.through for way in self.listed)
        self.ends = [(way.places[0], way.places[-1]) for way in self.listed]
        self.groups = [
            np.array([at for at, one in enumerate(self.ends) if one == group])
            for group in dict.fromkeys(self.ends)
        ]
        shares = np.array([self.listed[group[0]].trade for group in self.groups])
        self.shares = shares / shares.sum()

    def potential(self, before: np.ndarray, link_potential: np.ndarray) -> np.ndarray:
        """Part of the traffic [route] free to take each route that is not open at the base.

        `before` [item] are log costs, infinite where closed; a route through several closed links
        has the smallest part of theirs.
        """
        items = self.routes.links
        if not len(items):
            return np.zeros(len(self.listed))
        closed = ~np.isfinite(before[items])
        part = np.where(closed, link_potential[items % len(self.graph.links)], np.inf)
        least = np.minimum.reduceat(part, self.routes.start[:-1])
        return np.where(np.isfinite(least), least, 0.0)


@functools.lru_cache(maxsize=64)
def graph_of(places: tuple[Place, ...], links: tuple[Ends, ...], longest: int) -> Graph:
    """A graph, remembered: elasticities, days and figures leave it as it is."""
    return Graph(places, links, longest)


@functools.lru_cache(maxsize=512)
def ways_of(graph: Graph, exporter: str, importer: str) -> Ways:
    """The ways of a pair on a graph, remembered."""
    return Ways(graph, exporter, importer)


@functools.lru_cache(maxsize=512)
def stated_weights(ways: Ways, stated: tuple[bool, ...]) -> np.ndarray:
    """Weights [route] of the routes open at the base, summing to one between the same places.

    Routes that pass the same number of third states have weight one in all, divided over the sets
    of states they pass by the stated weights of these, and equally over the routes of a set: one
    more port in a hub is no new variety of transport.
    """
    weights: dict[str, float] = {}
    for place in ways.graph.places:
        weights[place.region] = max(weights.get(place.region, 0.0), place.weight)
    kinds = [(*ends, through) for ends, through in zip(ways.ends, ways.through, strict=True)]
    routes_of = Counter(kind for kind, open_now in zip(kinds, stated, strict=True) if open_now)
    worth = {kind: math.prod(weights[state] for state in kind[2]) for kind in routes_of}
    total: Counter[tuple[str, str, int]] = Counter()
    for (start, goal, through), value in worth.items():
        total[start, goal, len(through)] += value  # type: ignore[assignment]
    sizes_of = Counter((start, goal) for start, goal, _ in total)
    weight = np.zeros(len(kinds))
    for at in np.flatnonzero(stated):
        start, goal, through = kinds[at]
        share = worth[kinds[at]] / total[start, goal, len(through)]
        weight[at] = share / (routes_of[kinds[at]] * sizes_of[start, goal])
    weight.flags.writeable = False
    return weight
