"""Small transport networks over the regions of the test worlds."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np

from tumen.scenario.network import Network, Pair, Place, Track

REGIONS = ("Quay", "Alder", "Moor")


def place(code: str, region: str, share: float = 1.0, premium: float = 1.0, **more) -> Place:
    return Place(code, code, region, 0.0, 0.0, share, premium, **more)


def track(a: str, b: str, factor: float, mode: str = "road", share: float = 1.0, **more) -> Track:
    return Track(a, b, mode, factor, share=share, **more)


def triangle(**settings) -> Network:
    """Three regions with a capital each, a hub in a third state, and a bridge that opens later."""
    places = (
        place("q", "Quay"),
        place("a", "Alder"),
        place("m", "Moor"),
        place("h", "Hub", 0.0, premium=1.2),
    )
    tracks = (
        track("q", "a", 1.2, "rail"),
        track("q", "a", 1.1, "road", opens=dt.date(2026, 6, 30), share=0.6),
        track("a", "m", 1.15),
        track("q", "m", 1.3),
        track("q", "h", 1.05),
        track("h", "a", 1.05),
    )
    pairs = tuple(
        Pair(i, n, 0.8, usd_per_tonne=500.0) for i, n in itertools.permutations(REGIONS, 2)
    )
    return Network(places, tracks, pairs, **settings)


def random_network(rng: np.random.Generator, count: int = 6, **settings) -> Network:
    """A connected network of `count` places, one pair from the first to the last."""
    places = tuple(
        place(f"n{at}", f"R{at}", share=1.0 if at in (0, count - 1) else 0.0) for at in range(count)
    )
    joined = {(at, at + 1) for at in range(count - 1)}
    for a, b in itertools.combinations(range(count), 2):
        if rng.random() < 0.5:
            joined.add((a, b))
    tracks = tuple(
        track(f"n{a}", f"n{b}", float(1 + rng.exponential(0.2))) for a, b in sorted(joined)
    )
    return Network(places, tracks, (Pair("R0", f"R{count - 1}"),), longest=count, **settings)
