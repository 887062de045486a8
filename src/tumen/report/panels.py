"""Panels of a map of flows: what each shows, at which scale, and the lines on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from tumen.report.curves import NARROW
from tumen.report.geography import (
    CURVE,
    Box,
    bend_at_sea,
    curve,
    kilometres,
    land,
    project,
    side_by_side,
    spread,
)

WIDE = 640  # pixels of a figure on a desktop and on paper
ACROSS, UP = 40, 24  # pixels round the outermost places on a phone, for their names
GROWTH = (1.35, 1.8)  # how much larger a map is on a desktop than on a phone, a high and a low one
LOW, MOST_HEIGHT = 190.0, 330.0
STUB = 60  # pixels of a line to a place that another map shows
NEAREST = (12.0, 30.0)  # pixels between two places that are named: on a map of all, and of a part
POWER = 1 / 3  # of the value, in the width of a line
SLIM = 0.8  # pixels of a line that carries nothing
SHUT = 1.6  # pixels of a link that is closed
BETWEEN = 1.0  # pixels between two modes of a link
SMALLEST = 0.05  # map units: no map shows less

State = Literal["usual", "changed", "closed"]


class Spot(NamedTuple):
    """A place, the state it lies in, and what passes it where that is to be told."""

    code: str
    name: str
    state: str
    lat: float
    lon: float
    value: float | None = None


class Way(NamedTuple):
    """One mode of a link, what it carries before and after, and a word to stand beside it."""

    a: str
    b: str
    mode: str
    before: float
    after: float
    state: State = "usual"
    note: str = ""


class Stroke(NamedTuple):
    """A way as drawn: its points [point, x and y] and its width in pixels."""

    way: Way
    points: np.ndarray
    width: float


@dataclass(frozen=True)
class Panel:
    """One map: where the places are drawn, which are named, and what must be seen."""

    title: str
    named: tuple[str, ...]
    where: Mapping[str, np.ndarray]  # code: x and y
    middle: float  # latitude of true scale
    view: Box
    scales: tuple[float, float]  # pixels to a map unit on a phone and on a desktop
    height: float  # pixels
    widest: float  # pixels of the line that carries most

    @property
    def land_box(self) -> Box:
        """What can come into sight at any width, and a little more."""
        across = 0.6 * max(NARROW / self.scales[0], WIDE / self.scales[1])
        up = 0.6 * self.height / self.scales[0]
        x, y = (self.view.left + self.view.right) / 2, (self.view.low + self.view.high) / 2
        return Box(x - across, x + across, y - up, y + up)


def near(spots: Sequence[Spot], lat: float, lon: float, reach: float) -> list[str]:
    """Codes of the places within `reach` kilometres."""
    return [spot.code for spot in spots if kilometres((spot.lat, spot.lon), (lat, lon)) <= reach]


def extent(points: np.ndarray) -> Box:
    """The box of these points, which has some size."""
    (left, low), (right, high) = points.min(axis=0), points.max(axis=0)
    air = SMALLEST / 2
    return Box(float(left) - air, float(right) + air, float(low) - air, float(high) + air)


def make_panel(
    title: str,
    spots: Sequence[Spot],
    shown: Collection[str],
    named: Collection[str],
    widest: float,
    nearest: float,
    also: np.ndarray | None = None,
) -> Panel:
    """A panel that shows the places `shown`; those `named` are `nearest` pixels apart at least.

    `also` are further points [point, x and y] that must be seen.
    """
    longitudes = side_by_side([spot.lon for spot in spots])
    latitudes = [spot.lat for spot in spots if spot.code in shown]
    middle = (min(latitudes) + max(latitudes)) / 2
    drawn = project(np.array(longitudes), np.array([spot.lat for spot in spots]), middle)
    inside = np.array([spot.code in shown for spot in spots])
    told = np.array([spot.code in named for spot in spots])

    def scale_of(box: Box) -> float:
        across = (NARROW - 2 * ACROSS) / (box.right - box.left)
        return min(across, (MOST_HEIGHT - 2 * UP) / (box.high - box.low))

    if told.any():
        drawn[told] = spread(drawn[told], nearest / scale_of(extent(drawn[inside])))
    must = drawn[inside] if also is None else np.concatenate([drawn[inside], also])
    box = extent(must)
    scale = scale_of(box)
    across, up = ACROSS / scale, UP / scale
    view = Box(box.left - across, box.right + across, box.low - up, box.high + up)
    wide, tall = view.right - view.left, view.high - view.low
    least = scale * tall
    height = min(least * min(max(GROWTH[0], LOW / least), GROWTH[1]), MOST_HEIGHT)
    scales = (min(NARROW / wide, height / tall), min(WIDE / wide, height / tall))
    where = {spot.code: drawn[i] for i, spot in enumerate(spots)}
    ordered = tuple(spot.code for spot in spots if spot.code in named)
    return Panel(title, ordered, where, middle, view, scales, height, widest)


def bends(panel: Panel, ways: Sequence[Way]) -> dict[tuple[str, str], float]:
    """How far each link by sea is bent, from the first place to the second."""
    rings = land(panel.land_box, panel.middle)
    found = {}
    for way in ways:
        if way.mode == "sea":
            ends = (panel.where[way.a], panel.where[way.b])
            found[way.a, way.b] = bend_at_sea(*ends, rings)
    return found


def width_of(value: float, most: float, widest: float) -> float:
    """Pixels of a line: they grow with the cube root of the value that it carries."""
    return widest * (value / most) ** POWER if value > 0 else SLIM


def strokes(
    panel: Panel,
    ways: Sequence[Way],
    bent: Mapping[tuple[str, str], float],
    most: float,
    inside: Collection[str],
) -> list[Stroke]:
    """The lines of a panel; modes of the same link side by side.

    Of a way to a place outside `inside` the beginning is drawn; one between two such places is
    left out.
    """
    links: dict[tuple[str, str], list[Way]] = {}
    for way in ways:
        if way.a in inside or way.b in inside:
            links.setdefault((way.a, way.b), []).append(way)
    made = []
    for (a, b), modes in links.items():
        start, goal = panel.where[a], panel.where[b]
        line = curve(start, goal, bent.get((a, b), 0.0))
        along = goal - start
        across = np.array([-along[1], along[0]]) / (np.hypot(*along) or 1.0)
        widths = [
            SHUT if way.state == "closed" else width_of(way.after, most, panel.widest)
            for way in modes
        ]
        reached = -(sum(widths) + BETWEEN * (len(widths) - 1)) / 2
        for way, width in zip(modes, widths, strict=True):
            shift = (reached + width / 2) / panel.scales[0]
            reached += width + BETWEEN
            points = line + shift * across
            if not (a in inside and b in inside):
                points = cut(points, panel, from_start=a in inside)
            made.append(Stroke(way, points, width))
    return made


def cut(points: np.ndarray, panel: Panel, *, from_start: bool) -> np.ndarray:
    """The first part of a line from its end within the view, which it does not leave."""
    ordered = points if from_start else points[::-1]
    part = np.linspace(0, len(ordered) - 1, 40 * len(ordered))
    at = np.arange(len(ordered))
    dense = np.column_stack([np.interp(part, at, ordered[:, axis]) for axis in (0, 1)])
    gone = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(dense, axis=0).T))])
    beyond = np.flatnonzero(~panel.view.holds(dense) | (gone * panel.scales[0] > STUB))
    last = max(int(beyond[0]) if len(beyond) else len(dense), 2) - 1
    return dense[np.unique(np.linspace(0, last, CURVE).astype(int))]


def middle_of(points: np.ndarray) -> np.ndarray:
    """The point half-way along a line."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    gone = np.concatenate([[0.0], np.cumsum(steps)])
    half = gone[-1] / 2
    return np.array([np.interp(half, gone, points[:, axis]) for axis in (0, 1)])
