r"""Trade costs from a transport network: simple routes, shares of traffic, and exact changes.

A route costs the product of its links' factors, so logs add. Traffic between two places divides
over a stated set of simple routes by a logit of elasticity $\varphi$, separate from the trade
elasticity. What is new has no recorded share: a stated part of the traffic, its potential share,
is free to take it, and free traffic takes the cheapest way open to it, before and after. So a mere
duplicate of any way changes nothing, and a link that is added or cheapened never raises a cost.
Closed means an infinite cost. Arrays are NumPy: graphs are small and ragged.

Source: the routing of Allen, T. & Arkolakis, C. (2022), The welfare effects of transportation
infrastructure improvements, Review of Economic Studies 89(6), over stated routes instead of walks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tumen.errors import ShockError

# Beyond this the set of routes is no longer one that anybody states; shorten the routes instead.
MOST_ROUTES = 50_000
# Congestion moves the log of costs by this part of the way: traffic that swings to a cheaper way
# makes it dearer, and a full step would overshoot.
CONGESTION_STEP = 0.3


class Routes(NamedTuple):
    """Routes of one pair of places, ragged: route r has links `links[start[r]:start[r + 1]]`."""

    links: np.ndarray  # [sum of lengths] positions of links
    start: np.ndarray  # [route]


class Choice(NamedTuple):
    """How traffic divides over options, and what that does to its cost."""

    log_hat: float  # ln of the cost, new over base
    before: np.ndarray  # [option] shares of traffic at the base
    after: np.ndarray  # [option] the same after; also d log_hat / d ln cost of the option


def simple_routes(
    tail: np.ndarray, head: np.ndarray, start: int, goal: int, longest: int
) -> list[tuple[int, ...]]:
    """All routes from `start` to `goal` of at most `longest` links that visit no place twice.

    `tail` and `head` [link] are the places that a link leads from and to; a two-way link is two.
    Raises `ShockError` when there are more routes than anybody could state.
    """
    leaving: dict[int, list[int]] = {}
    for link, place in enumerate(tail):
        leaving.setdefault(int(place), []).append(link)
    found: list[tuple[int, ...]] = []
    stack: list[tuple[int, tuple[int, ...], frozenset[int]]] = [(start, (), frozenset({start}))]
    while stack:
        place, links, visited = stack.pop()
        if place == goal:
            found.append(links)
            if len(found) > MOST_ROUTES:
                raise ShockError(
                    f"more than {MOST_ROUTES} routes of up to {longest} links; "
                    "allow fewer links to a route"
                )
            continue
        if len(links) == longest:
            continue
        for link in leaving.get(place, ()):
            following = int(head[link])
            if following not in visited:
                stack.append((following, (*links, link), visited | {following}))
    return sorted(found)


def bundle(routes: Sequence[Sequence[int]]) -> Routes:
    """Routes as ragged arrays."""
    lengths = [len(route) for route in routes]
    flat = np.array([link for route in routes for link in route], dtype=int)
    return Routes(flat, np.concatenate([[0], np.cumsum(lengths)]).astype(int))


def route_costs(routes: Routes, log_cost: np.ndarray) -> np.ndarray:
    """Log cost of each route, the sum over its links; infinite where one is closed."""
    if len(routes.start) < 2:
        return np.zeros(0)
    return np.add.reduceat(log_cost[routes.links], routes.start[:-1])


def spread(routes: Routes, over_routes: np.ndarray, size: int) -> np.ndarray:
    """Share of traffic on each link, given the shares [route] of the routes."""
    each = np.repeat(over_routes, np.diff(routes.start))
    return np.bincount(routes.links, weights=each, minlength=size)


def logit(log_cost: np.ndarray, weight: np.ndarray, elasticity: float) -> tuple[float, np.ndarray]:
    r"""Cost over options and shares of traffic: $\tau = (\sum_o b_o c_o^{-\varphi})^{-1/\varphi}$.

    Weights sum to one, so the cost lies between those of the options. An infinite elasticity
    gives the least cost. Returns ln of the cost (infinite when all is closed) and the shares,
    which are d ln cost / d ln c_o.
    """
    usable = (weight > 0) & np.isfinite(log_cost)
    if not usable.any():
        return np.inf, np.zeros(len(log_cost))
    every = usable.all()
    least = float(log_cost.min() if every else log_cost[usable].min())
    if np.isinf(elasticity):
        taken = np.where(usable & (log_cost == least), weight, 0.0)
        return least, taken / taken.sum()
    if every:
        pull = weight * np.exp(-elasticity * (log_cost - least))
    else:
        pull = np.zeros(len(log_cost))
        pull[usable] = weight[usable] * np.exp(-elasticity * (log_cost[usable] - least))
    return least - float(np.log(pull.sum())) / elasticity, pull / pull.sum()


def cheapest(log_cost: np.ndarray) -> tuple[float, np.ndarray]:
    """Least log cost and all traffic on the first option that has it."""
    taken = np.zeros(len(log_cost))
    if not np.isfinite(log_cost).any():
        return np.inf, taken
    taken[int(np.argmin(log_cost))] = 1.0
    return float(log_cost.min()), taken


def choose(
    base: np.ndarray,
    new: np.ndarray,
    weight: np.ndarray,
    potential: np.ndarray,
    elasticity: float,
) -> Choice:
    r"""Change of cost when options change, and the shares of traffic before and after.

    `base` and `new` [option] are log costs. Options with `weight` above 0 are those of the base;
    the others are new, and `potential` is the part of traffic free to take each (it nests: who can
    take the less accessible can take the others). With classes k of free and bound traffic

    $$\hat\tau^{-\varphi} = \sum_k w_k \hat\tau_k^{-\varphi},$$

    bound traffic changing by the logit over options of the base, free traffic by the least cost.
    Raises `ShockError` when nothing was open at the base.
    """
    incumbent = weight > 0
    if not np.isfinite(base[incumbent]).any():
        raise ShockError("nothing is open at the base, so a change of cost has no meaning")
    sizes = sorted({p for p in potential[~incumbent].tolist() if p > 0}, reverse=True)
    edges = [1.0, *sizes, 0.0]
    logs, befores, afters, widths = [], [], [], []
    for number, (upper, lower) in enumerate(itertools.pairwise(edges)):
        if upper <= lower:
            continue
        if number == 0:
            was, before = logit(base, weight, elasticity)
            now, after = logit(new, weight, elasticity)
        else:
            open_to = incumbent | (potential >= upper)
            was, before = cheapest(np.where(incumbent, base, np.inf))
            now, after = cheapest(np.where(open_to, new, np.inf))
        logs.append(now - was)
        befores.append(before)
        afters.append(after)
        widths.append(upper - lower)
    if len(logs) == 1:  # nothing new: all traffic is bound
        return Choice(logs[0], befores[0], afters[0])
    width = np.array(widths)
    log_hat, part = logit(np.array(logs), width, elasticity)
    return Choice(log_hat, width @ np.array(befores), part @ np.array(afters))


def on_network(log_hat: float, share: float, elasticity: float) -> tuple[float, float]:
    r"""Trade cost of a pair of which only part travels on the network.

    $$\hat\tau = [1 - m + m\,\hat\tau_{net}^{-\varphi}]^{-1/\varphi}$$

    Returns ln of it (infinite when all travelled on a network now closed) and
    d ln tau / d ln tau_net, the part of the flow that is on the network now.
    """
    size = np.array([1 - share, share])
    total, part = logit(np.array([0.0, log_hat]), size, elasticity)
    return total, float(part[1])


def congested(
    respond: Callable[[np.ndarray], np.ndarray],
    free: np.ndarray,
    reference: np.ndarray,
    strength: float,
    tolerance: float = 1e-10,
    limit: int = 5000,
) -> tuple[np.ndarray, int]:
    r"""Costs under congestion, $t_l = \bar t_l (\text{traffic}_l/\text{reference}_l)^\lambda$.

    `respond` gives traffic [link] at log costs [link]; links without a positive `reference` do
    not congest. Returns log costs and rounds taken. Raises `ShockError` when the loop does not
    settle: congestion is then too strong for the elasticity, or free traffic swings.
    """
    if not strength >= 0:
        raise ShockError(f"congestion must be at least 0, not {strength:g}")
    busy = (reference > 0) & np.isfinite(free)
    log_cost = free.copy()
    if strength == 0 or not busy.any():
        return log_cost, 0
    gap = np.inf
    for done in range(1, limit + 1):
        traffic = respond(log_cost)
        if (traffic[busy] <= 0).any():
            raise ShockError(
                "congestion needs traffic on every link that has a reference; close unused links "
                "or use a smaller routing elasticity"
            )
        wanted = free[busy] + strength * np.log(traffic[busy] / reference[busy])
        gap = float(np.abs(wanted - log_cost[busy]).max())
        log_cost[busy] += CONGESTION_STEP * (wanted - log_cost[busy])
        if gap <= tolerance:
            return log_cost, done
    raise ShockError(
        f"congestion of {strength:g} does not settle: costs still move by {gap:.2g} after "
        f"{limit} rounds; use a weaker one or a smaller routing elasticity"
    )
