"""Placing names on a map so that none covers another, a place, or more of a line than it must.

A name keeps its distance in pixels from its place while the map itself grows with the page, so
boxes are kept apart at the least and at the greatest scale, and in the same direction at both:
places move in proportion to the scale, so they are then apart at every scale between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

GAP = 2.0  # pixels between two names
DOT = 9.0  # pixels of a place that no name may cover
DISTANCES = (7.0, 15.0, 26.0, 40.0, 58.0, 80.0)  # from a place to the edge of its name
DIRECTIONS = 16
ROUNDS = 6
CROWD = 40.0  # pixels within which places crowd each other
FORBIDDEN = 1e4  # cost of what must not be
UNWELCOME = 1e3  # of a lead across a name, or a name on another's place
STRAY = 6.0  # of a pixel by which a name is not clearly nearer to its place than to another
CLEARLY = 10.0  # pixels
AWAY = 0.5  # of a pixel between a name and its place
LEAD = 12.0  # a name nearer than this to its place needs no lead


class Name(NamedTuple):
    """A name to place: where what it names lies, from the middle of the map, and its size."""

    x: float  # map units
    y: float
    width: float  # pixels
    height: float
    own: int | None = None  # which of the places on the map it names


class Sheet(NamedTuple):
    """What is on the map: its scales, its size at each, its places and its lines."""

    scales: tuple[float, float]  # pixels to a map unit, least and greatest
    sizes: tuple[tuple[float, float], tuple[float, float]]  # pixels, at each scale
    dots: np.ndarray  # [place, x and y] map units from the middle
    ink: np.ndarray  # [point, x and y] of lines, map units from the middle
    weight: np.ndarray  # [point] cost of covering it


def candidates(name: Name) -> np.ndarray:
    """Offsets [candidate, x and y] in pixels from the place to the middle of its name."""
    angles = 2 * math.pi * np.arange(DIRECTIONS) / DIRECTIONS
    round_it = np.column_stack([np.cos(angles), np.sin(angles)])
    half = np.array([name.width, name.height]) / 2
    # The corner of the box as a diamond: a name to the side of its place starts beside it.
    return np.concatenate([round_it * (half + distance) for distance in DISTANCES])


def centres(name: Name, offsets: np.ndarray, scales: Sequence[float]) -> np.ndarray:
    """Middles [candidate, scale, x and y] of the name in pixels from the middle of the map."""
    here = np.array([[scale * name.x, scale * name.y] for scale in scales])
    return offsets[:, None, :] + here[None]


def are_apart(
    middles: np.ndarray, size: np.ndarray, others: np.ndarray, sizes: np.ndarray, gap: float = GAP
) -> np.ndarray:
    """Whether boxes [candidate, other] are apart at every scale, in one direction at all.

    `middles` [candidate, scale, x and y], `others` [other, scale, x and y], sizes in pixels.
    """
    reach = (size + sizes) / 2 + gap
    delta = middles[:, None] - others[None]
    beyond = (delta >= reach[:, None, :]).all(axis=2) | (-delta >= reach[:, None, :]).all(axis=2)
    return beyond.any(axis=2)


def lead_points(name: Name, middles: np.ndarray, scales: Sequence[float]) -> np.ndarray:
    """Points [candidate, point, scale, x and y] of the thin line from a name to its place."""
    here = np.array([[scale * name.x, scale * name.y] for scale in scales])
    part = np.linspace(0.15, 1.0, 8)[None, :, None, None]
    return here + part * (middles[:, None] - here)


def covered(points: np.ndarray, middles: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Whether points [..., point, scale, 2] lie in boxes [box, scale, 2], by [..., box]."""
    delta = np.abs(points[..., None, :, :] - middles)
    within = (delta <= sizes[:, None, :] / 2 + 1).all(axis=-1).any(axis=-1)
    return within.any(axis=-2)


def place(names: Sequence[Name], sheet: Sheet) -> list[tuple[float, float]]:
    """Offset in pixels from each place to the middle of its name, the same at every scale.

    Each moves in turn to where it fits best among the others.
    """
    if not names:
        return []
    options = [candidates(name) for name in names]
    own = [own_cost(name, tried, sheet) for name, tried in zip(names, options, strict=True)]
    found = [settle(order, names, options, own, sheet) for order in orders(names, sheet.scales[0])]
    chosen, _ = min(found, key=lambda one: one[1])
    return [(float(x), float(y)) for x, y in (options[i][chosen[i]] for i in range(len(names)))]


def orders(names: Sequence[Name], scale: float) -> list[list[int]]:
    """Orders in which to place names: the most crowded first, and each before all others.

    Which name comes first decides who gives way, so the best of several is taken.
    """
    here = scale * np.array([[name.x, name.y] for name in names])
    distance = np.hypot(*(here[:, None] - here[None]).transpose(2, 0, 1))
    crowd = np.exp(-distance / CROWD).sum(axis=1)
    order = sorted(range(len(names)), key=lambda i: -float(crowd[i]))
    return [order, *([i, *(j for j in order if j != i)] for i in order)]


def settle(
    order: Sequence[int],
    names: Sequence[Name],
    options: Sequence[np.ndarray],
    own: Sequence[np.ndarray],
    sheet: Sheet,
) -> tuple[dict[int, int], float]:
    """The candidate each name takes once none does better by moving alone, and the whole cost."""
    chosen: dict[int, int] = {}
    paid: dict[int, float] = {}
    for _ in range(ROUNDS):
        before = dict(chosen)
        for i in order:
            cost = own[i] + shared_cost(i, names, options, chosen, sheet)
            chosen[i], paid[i] = int(cost.argmin()), float(cost.min())
        if chosen == before:
            break
    return chosen, sum(paid.values())


def own_cost(name: Name, offsets: np.ndarray, sheet: Sheet) -> np.ndarray:
    """Cost [candidate] whatever the other names do: edges, places, lines, distance."""
    middles = centres(name, offsets, sheet.scales)
    size = np.array([name.width, name.height])
    room = np.array(sheet.sizes) / 2
    cut = (np.abs(middles) + size / 2 + 1 > room[None]).any(axis=(1, 2))
    dots = np.stack([scale * sheet.dots for scale in sheet.scales], axis=1)
    on_dots = ~are_apart(middles, size, dots, np.full((len(dots), 2), DOT), 0.0)
    stray = np.zeros(len(offsets))
    if name.own is not None and len(dots) > 1:
        beside = np.maximum(np.abs(dots[None] - middles[:, None]) - size / 2, 0)
        gap = np.hypot(beside[..., 0], beside[..., 1])  # [candidate, dot, scale]
        other = np.delete(gap, name.own, axis=1).min(axis=1)
        stray = STRAY * np.maximum(gap[:, name.own] + CLEARLY - other, 0).max(axis=1)
    crossing = under(sheet.ink, middles, size, sheet.scales) @ sheet.weight
    others = dots if name.own is None else np.delete(dots, name.own, axis=0)
    leads = lead_points(name, middles, sheet.scales)
    on_dots = on_dots.sum(axis=1) + covered(leads, others, np.full((len(others), 2), DOT)).sum(1)
    edge = np.hypot(*np.maximum(np.abs(offsets) - size / 2, 0).T)
    away = AWAY * edge + 6 * (edge > LEAD)
    # Among equals a name to the right of its place reads best.
    side = 1.0 - offsets[:, 0] / (np.hypot(*offsets.T) + 1)
    return FORBIDDEN * cut + UNWELCOME * on_dots + crossing + stray + away + side


def under(
    points: np.ndarray, middles: np.ndarray, size: np.ndarray, scales: Sequence[float]
) -> np.ndarray:
    """Part of the scales [candidate, point] at which a name covers a point."""
    at = np.stack([scale * points for scale in scales], axis=1)
    return (np.abs(at[None] - middles[:, None]) <= size / 2 + 1).all(axis=3).mean(axis=2)


def shared_cost(
    i: int,
    names: Sequence[Name],
    options: Sequence[np.ndarray],
    chosen: dict[int, int],
    sheet: Sheet,
) -> np.ndarray:
    """Cost [candidate] of a name's places given where the others are."""
    others = [j for j in chosen if j != i]
    cost = np.zeros(len(options[i]))
    if not others:
        return cost
    middles = centres(names[i], options[i], sheet.scales)
    size = np.array([names[i].width, names[i].height])
    placed = [centres(names[j], options[j][[chosen[j]]], sheet.scales) for j in others]
    where = np.concatenate(placed)
    sizes = np.array([[names[j].width, names[j].height] for j in others])
    cost += FORBIDDEN * (~are_apart(middles, size, where, sizes)).sum(axis=1)
    leads = lead_points(names[i], middles, sheet.scales)
    cost += UNWELCOME * covered(leads, where, sizes).sum(axis=1)
    for j, middle in zip(others, placed, strict=True):
        lead = lead_points(names[j], middle, sheet.scales)[0]
        cost += UNWELCOME * covered(lead, middles, np.tile(size, (len(middles), 1)))
    return cost
