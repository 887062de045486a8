"""Where things lie on a map: a projection, the outline of the land, curves that keep off it.

The outline is Natural Earth's (land at 1:50 million, in the public domain), simplified into
coast.csv by tools/compile_coast.py. It holds land alone, no border of any state.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

COAST = Path(__file__).parent / "coast.csv"
STEP = 0.02  # degrees that the numbers in coast.csv count in
EARTH = 6371.0  # km
LEAST_COSINE = 0.1  # a map of the pole itself would have no width
BENDS = (0.0, 0.15, -0.15, 0.3, -0.3, 0.45, -0.45, 0.6, -0.6)
DETOUR = 0.2  # share of a way over land that is worth bending it by as much as it is long
LANDLOCKED = 0.5  # share over land above which no plain curve leads from sea to sea
CURVE = 24  # points of a curve
SPREADS = 200  # rounds of pushing points apart


class Box(NamedTuple):
    """A rectangle on the map."""

    left: float
    right: float
    low: float
    high: float

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Which points [point, x and y] lie within."""
        x, y = points.T
        return (x >= self.left) & (x <= self.right) & (y >= self.low) & (y <= self.high)


def project(lon: np.ndarray, lat: np.ndarray, middle: float) -> np.ndarray:
    r"""Points [point, x and y] of a map true at its middle latitude, in degrees of latitude.

    Equirectangular, $x = \lambda\cos\varphi_0$ and $y = \varphi$: near the middle latitude
    $\varphi_0$ distances are the same in every direction, and north is up everywhere.
    """
    squeeze = max(math.cos(math.radians(middle)), LEAST_COSINE)
    return np.column_stack([np.asarray(lon) * squeeze, np.asarray(lat)]).astype(float)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two places, each its latitude and longitude."""
    (lat, lon), (other, along) = np.radians(a), np.radians(b)
    part = (
        math.sin((other - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other) * math.sin((along - lon) / 2) ** 2
    )
    return 2 * EARTH * math.asin(math.sqrt(min(1.0, part)))


def side_by_side(longitudes: Sequence[float]) -> list[float]:
    """Longitudes, some of them plus 360, so that a map of them all is as narrow as can be.

    The map is cut at the widest gap round the globe: places on both shores of the Pacific stay
    together.
    """
    order = sorted(longitudes)
    gaps = [(after - before, after) for before, after in pairwise(order)]
    first = max([*gaps, (order[0] + 360 - order[-1], order[0])])[1]
    return [lon if lon >= first else lon + 360 for lon in longitudes]


@cache
def coast() -> tuple[np.ndarray, ...]:
    """Closed rings [point, lon and lat] of the land, and of the seas within it the other way."""
    with COAST.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rings = []
    for row in rows:
        steps = np.array(row["steps"].split(), dtype=int).reshape(-1, 2)
        first = np.array([[int(row["lon"]), int(row["lat"])]])
        rings.append(STEP * np.cumsum(np.concatenate([first, steps]), axis=0))
    return tuple(rings)


def clip(ring: np.ndarray, box: Box) -> np.ndarray:
    """The part of a ring within a box (Sutherland and Hodgman), empty where there is none.

    Pieces that the box cuts apart stay joined by lines along its edge.
    """
    for axis, limit, side in ((0, box.left, 1), (0, box.right, -1), (1, box.low, 1),
                              (1, box.high, -1)):  # fmt: skip
        if not len(ring):
            break
        depth = side * (ring[:, axis] - limit)
        following, ahead = np.roll(ring, -1, axis=0), np.roll(depth, -1)
        crosses = (depth >= 0) != (ahead >= 0)
        span = np.where(crosses, depth - ahead, 1.0)
        crossing = ring + (depth / span)[:, None] * (following - ring)
        both = np.stack([ring, crossing], axis=1).reshape(-1, 2)
        ring = both[np.stack([depth >= 0, crosses], axis=1).ravel()]
    return ring


def land(box: Box, middle: float) -> list[np.ndarray]:
    """Rings of the land within a box of the map, projected."""
    found = []
    for ring in coast():
        flat = project(ring[:, 0], ring[:, 1], middle)
        turn = project(np.array([360.0]), np.array([0.0]), middle)[0]
        for times in (-1, 0, 1):
            part = clip(flat + times * turn, box)
            if len(part) >= 3:
                found.append(np.concatenate([part, part[:1]]))
    return found


def on_land(points: np.ndarray, rings: Sequence[np.ndarray]) -> np.ndarray:
    """Which points [point, x and y] lie on the land: within an odd number of rings."""
    inside = np.zeros(len(points), dtype=bool)
    for ring in rings:
        (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
        spans = (y0 <= points[:, 1:]) != (y1 <= points[:, 1:])
        rise = np.where(y1 == y0, 1.0, y1 - y0)
        at = x0 + (points[:, 1:] - y0) / rise * (x1 - x0)
        inside ^= (np.count_nonzero(spans & (at > points[:, :1]), axis=1) % 2).astype(bool)
    return inside


def curve(start: np.ndarray, goal: np.ndarray, bend: float) -> np.ndarray:
    """A curve [point, x and y] that strays from the straight line by `bend` of half its length.

    Above zero it strays to the left of who travels along it.
    """
    if bend == 0:
        return np.array([start, (start + goal) / 2, goal])
    along = goal - start
    control = (start + goal) / 2 + bend * np.array([-along[1], along[0]])
    t = np.linspace(0, 1, CURVE)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * goal


def bend_at_sea(start: np.ndarray, goal: np.ndarray, rings: Sequence[np.ndarray]) -> float:
    """The bend of a way by sea that keeps it off the land, as far as a plain curve can.

    Where none can, as between Europe and East Asia, the way is bent far towards the equator, round
    which ships sail from ocean to ocean. It is no course that a ship takes: it is drawn so that a
    line by sea does not read as one by land.
    """
    tried = np.stack(
        [curve(start, goal, bend) if bend else np.linspace(start, goal, CURVE) for bend in BENDS]
    )
    over_land = on_land(tried.reshape(-1, 2), rings).reshape(len(BENDS), CURVE).mean(axis=1)
    best = int((over_land + DETOUR * np.abs(BENDS)).argmin())
    if over_land[best] > LANDLOCKED:
        best = int(np.abs(tried[..., 1].mean(axis=1)).argmin())
    return BENDS[best]


def spread(points: np.ndarray, least: float) -> np.ndarray:
    """Points [point, x and y] pushed as little apart as leaves each pair `least` from another.

    Two sides of a river are one spot on any map that shows more than the river; drawn a little
    apart, each can be seen and so can the bridge.
    """
    moved = points.astype(float).copy()
    for _ in range(SPREADS):
        delta = moved[:, None] - moved[None]
        far = np.hypot(delta[..., 0], delta[..., 1])
        close = np.triu(far < least * (1 - 1e-3), 1)
        if not close.any():
            break
        for i, j in np.argwhere(close):
            # Points in the same spot part in a direction of their own.
            turn = np.array([math.cos(i + 2.0 * j), math.sin(i + 2.0 * j)])
            away = delta[i, j] / far[i, j] if far[i, j] > 1e-9 else turn
            push = away * (least - far[i, j]) / 2
            moved[i] += push
            moved[j] -= push
    return moved
