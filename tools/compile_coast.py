"""Compile the outline of the land that maps are drawn on: src/tumen/report/coast.csv.

From Natural Earth's physical vectors, land at 1:50 million, version 4.1.0, which are in the public
domain (naturalearthdata.com, terms of use), in the TopoJSON edition world-atlas 2.0.2 as
land-50m.json. Land alone: no border of any state is in it. Islands and detail that no map of a
report could show are left out. Usage: python tools/compile_coast.py land-50m.json
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np

OUT = Path(__file__).parents[1] / "src/tumen/report/coast.csv"
STEP = 0.02  # degrees: what the numbers in the file count in
TOLERANCE = 0.1  # degrees of latitude that a simplified coast may be off
LEAST = 0.2  # square degrees of the smallest island kept
SOUTH = -60.0  # no trade beyond


def rings_of(topology: dict) -> list[np.ndarray]:
    """Closed rings [point, lon and lat] of the land: outer ones one way, seas within the other."""
    scale, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + origin for arc in topology["arcs"]]
    rings = []
    for shape in topology["objects"]["land"]["geometries"]:
        for polygon in shape["arcs"]:
            for ring in polygon:
                # A negative number is the arc of its complement, walked backwards.
                parts = [arcs[at] if at >= 0 else arcs[~at][::-1] for at in ring]
                whole = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
                # Land on both sides of the date line is one piece, not a band round the globe.
                whole[:, 0] = np.unwrap(whole[:, 0], period=360)
                rings.append(whole)
    return rings


def area(ring: np.ndarray) -> float:
    """Square degrees at the ring's latitude, whichever way round it runs."""
    x, y = ring.T
    whole = 0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
    return abs(whole) * float(np.cos(np.radians(y.mean())))


def simplified(ring: np.ndarray) -> np.ndarray:
    """The ring with as few of its points as stay within the tolerance (Douglas and Peucker)."""
    flat = ring * [np.cos(np.radians(ring[:, 1].mean())), 1.0]
    keep = np.zeros(len(ring), dtype=bool)
    keep[[0, -1]] = True
    open_ends = [(0, len(ring) - 1)]
    while open_ends:
        first, last = open_ends.pop()
        if last <= first + 1:
            continue
        along, away = flat[last] - flat[first], flat[first + 1 : last] - flat[first]
        length = np.hypot(*along)
        far = (
            np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / length
            if length
            else np.hypot(*away.T)
        )
        worst = int(far.argmax())
        if far[worst] > TOLERANCE:
            middle = first + 1 + worst
            keep[middle] = True
            open_ends += [(first, middle), (middle, last)]
    return ring[keep]


def rows(topology: dict) -> list[list[str]]:
    """First point and steps of each ring, in steps of `STEP` degrees, largest land first."""
    chosen = [ring for ring in rings_of(topology) if ring[:, 1].max() > SOUTH]
    chosen = sorted((ring for ring in chosen if area(ring) >= LEAST), key=area, reverse=True)
    made = []
    for ring in chosen:
        grid = np.round(simplified(ring) / STEP).astype(int)
        steps = np.diff(grid, axis=0)
        steps = steps[steps.any(axis=1)]
        if len(steps) >= 3:
            made.append([*map(str, grid[0]), " ".join(map(str, steps.ravel()))])
    return made


def main() -> None:
    """Write coast.csv from the file named on the command line."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with OUT.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["lon", "lat", "steps"])
        writer.writerows(rows(topology))
    print(f"{OUT}: {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
