"""The ways from one region to another over a network, and the weights stated for them."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tumen.model import routing
from tumen.scenario.network import Network, Pair

Ends = tuple[str, str]


@functools.lru_cache(maxsize=512)
def routes_between(
    tail: tuple[int, ...], head: tuple[int, ...], start: int, goal: int, longest: int
) -> list[tuple[int, ...]]:
    """Routes of a graph, remembered: changes of cost leave them as they are."""
    return routing.simple_routes(np.array(tail), np.array(head), start, goal, longest)


class Way(NamedTuple):
    """A route of a pair: the items it is made of, and what it passes."""

    items: tuple[int, ...]
    places: tuple[str, ...]
    through: frozenset[str]  # third states
    trade: float  # share of the pair's trade between its first and its last place


class Graph:
    """Arrays of a network: two-way links as two, then the premium of each place."""

    def __init__(self, network: Network, links: Sequence[Ends]) -> None:
        self.network, self.links = network, links
        self.number = {place.code: at for at, place in enumerate(network.places)}
        a = tuple(self.number[ends[0]] for ends in links)
        b = tuple(self.number[ends[1]] for ends in links)
        self.tail, self.head = a + b, b + a

    def items(self, links: np.ndarray, premium: np.ndarray) -> np.ndarray:
        """Log costs of everything a route can be made of."""
        return np.concatenate([links, links, premium])

    def routes(self, pair: Pair) -> list[Way]:
        """Every route of a pair.

        Goods that pass through a state that is neither's pay its premium once, that of the dearest
        place they pass there.
        """
        places = self.network.places
        ways = []
        for start in self.network.anchors(pair.exporter):
            for goal in self.network.anchors(pair.importer):
                found = routes_between(
                    self.tail, self.head, self.number[start.code], self.number[goal.code],
                    self.network.longest,
                )  # fmt: skip
                for route in found:
                    dearest: dict[str, int] = {}
                    for at in (self.head[link] for link in route[:-1]):
                        state = places[at].region
                        if state in (pair.exporter, pair.importer):
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


def stated_weights(network: Network, ways: Sequence[Way], stated: np.ndarray) -> np.ndarray:
    """Weights [route] of the routes open at the base, summing to one between the same places.

    Routes that pass the same number of third states have weight one in all, divided over the sets
    of states they pass by the stated weights of these, and equally over the routes of a set: one
    more port in a hub is no new variety of transport.
    """
    weights: dict[str, float] = {}
    for place in network.places:
        weights[place.region] = max(weights.get(place.region, 0.0), place.weight)
    kinds = [(way.places[0], way.places[-1], way.through) for way in ways]
    routes_of = Counter(kind for kind, open_now in zip(kinds, stated, strict=True) if open_now)
    worth = {kind: math.prod(weights[state] for state in kind[2]) for kind in routes_of}
    total: Counter[tuple[str, str, int]] = Counter()
    for (start, goal, through), value in worth.items():
        total[start, goal, len(through)] += value  # type: ignore[assignment]
    sizes_of = Counter((start, goal) for start, goal, _ in total)
    weight = np.zeros(len(ways))
    for at in np.flatnonzero(stated):
        start, goal, through = kinds[at]
        share = worth[kinds[at]] / total[start, goal, len(through)]
        weight[at] = share / (routes_of[kinds[at]] * sizes_of[start, goal])
    return weight
