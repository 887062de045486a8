"""Shapley values: who or what contributes how much, in parts that sum exactly to the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial
from typing import NamedTuple

import numpy as np

from tumen.errors import ShockError

# All subsets of twelve groups are 4,096 solves, a minute or so; beyond that orders are drawn.
MOST_GROUPS = 12
# Sixteen groups in 200 orders are at most 3,200 solves.
PERMUTATIONS = 200

Progress = Callable[[int, int], None]
Worth = Callable[[frozenset[str]], np.ndarray]
Values = Mapping[frozenset[str], np.ndarray]


def subsets(names: Sequence[str]) -> list[frozenset[str]]:
    """All subsets, the smaller first."""
    return [
        frozenset(chosen) for size in range(len(names) + 1) for chosen in combinations(names, size)
    ]


def stacked(names: Sequence[str], value: Values) -> np.ndarray:
    """Values of all subsets, [subset, ...]; name i is in subset number m where bit i of m is."""
    bit = {name: 1 << place for place, name in enumerate(names)}
    every = subsets(names)
    first = np.asarray(value[every[0]], dtype=float)
    found = np.empty((len(every), *first.shape))
    for chosen in every:
        found[sum(bit[name] for name in chosen)] = value[chosen]
    return found


def shapley(names: Sequence[str], value: Values) -> dict[str, np.ndarray]:
    r"""Shapley value of each name from the values of all subsets.

    $\phi_i = \sum_{S \not\ni i} \frac{|S|!\,(n-|S|-1)!}{n!}\,[v(S\cup i)-v(S)]$; the parts sum to
    v(all) - v(none). Source: Shapley, L. (1953), A value for n-person games.
    """
    count, v = len(names), stacked(names, value)
    masks = np.arange(len(v))
    weight = np.array(
        [factorial(s) * factorial(count - s - 1) / factorial(count) for s in range(count)]
    )
    parts = {}
    for place, name in enumerate(names):
        without = masks[masks >> place & 1 == 0]
        gained = v[without | 1 << place] - v[without]
        parts[name] = np.tensordot(weight[np.bitwise_count(without)], gained, axes=1)
    return parts


def interactions_of(names: Sequence[str], value: Values) -> dict[tuple[str, str], np.ndarray]:
    r"""Shapley interaction index of each pair: what two names do together beyond one by one.

    $I_{ij} = \sum_{S \not\ni i,j} \frac{|S|!\,(n-|S|-2)!}{(n-1)!}\,
    [v(S\cup ij)-v(S\cup i)-v(S\cup j)+v(S)]$; positive where they reinforce each other. Where no
    three names interact, $\phi_i$ is what i does alone plus half of its interactions.
    Source: Grabisch, M. & Roubens, M. (1999), An axiomatic approach to the concept of interaction
    among players in cooperative games, International Journal of Game Theory 28, 547-565.
    """
    count, v = len(names), stacked(names, value)
    masks = np.arange(len(v))
    weight = np.array(
        [factorial(s) * factorial(count - s - 2) / factorial(count - 1) for s in range(count - 1)]
    )
    found = {}
    for i, j in combinations(range(count), 2):
        without = masks[(masks >> i & 1 == 0) & (masks >> j & 1 == 0)]
        a, b = 1 << i, 1 << j
        joint = v[without | a | b] - v[without | a] - v[without | b] + v[without]
        found[names[i], names[j]] = np.tensordot(weight[np.bitwise_count(without)], joint, axes=1)
    return found


class Split(NamedTuple):
    """A whole split among names: parts, their standard errors, and the values they come from."""

    parts: dict[str, np.ndarray]
    error: dict[str, np.ndarray]  # zero where all subsets were solved
    value: dict[frozenset[str], np.ndarray]
    exact: bool


def values_of(
    names: Sequence[str], worth: Worth, progress: Progress | None = None
) -> dict[frozenset[str], np.ndarray]:
    """Evaluate every subset. Raises `ShockError` for more than twelve names."""
    check_count(names)
    every = subsets(names)
    found = {}
    for number, chosen in enumerate(every, start=1):
        found[chosen] = worth(chosen)
        if progress is not None:
            progress(number, len(every))
    return found


def check_count(names: Sequence[str]) -> None:
    """Refuse more subsets than anybody waits for."""
    if len(names) > MOST_GROUPS:
        raise ShockError(
            f"{len(names)} groups have {2 ** len(names):,} subsets; merge them into at most "
            f"{MOST_GROUPS}, or draw orders with permutations="
        )


def sampled(
    names: Sequence[str],
    worth: Worth,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Split:
    r"""Shapley values from drawn orders of joining, each with its reverse.

    A part is the mean over pairs of orders of $\frac12[\Delta_i(o)+\Delta_i(\bar o)]$, where
    $\Delta_i(o) = v(P\cup i)-v(P)$ with $P$ those before i in order $o$ and $\bar o$ the reverse.
    In every order the gains sum to the whole, so the parts do too. The standard error is that of
    the mean over pairs. Pairs make games without three-way interactions exact. The same seed
    gives the same orders; a subset met twice is evaluated once.

    Raises `ShockError` for an odd number of permutations or fewer than four. Source: Castro, J.,
    Gómez, D. & Tejada, J. (2009), Polynomial calculation of the Shapley value based on sampling,
    Computers & Operations Research 36, 1726-1730; antithetic pairs: Mitchell, R. et al. (2022),
    Sampling permutations for Shapley value estimation, JMLR 23(43).
    """
    if permutations < 4 or permutations % 2:
        raise ShockError(f"permutations come in pairs: an even number from 4, not {permutations}")
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    value: dict[frozenset[str], np.ndarray] = {}

    def known(chosen: frozenset[str]) -> np.ndarray:
        if chosen not in value:
            value[chosen] = np.asarray(worth(chosen), dtype=float)
        return value[chosen]

    def gains(order: Sequence[int]) -> np.ndarray:
        chosen: frozenset[str] = frozenset()
        found = [np.empty(0)] * len(names)
        for place in order:
            grown = chosen | {names[place]}
            found[place] = known(grown) - known(chosen)
            chosen = grown
        return np.stack(found)

    pairs = permutations // 2
    draws = []
    for number in range(1, pairs + 1):
        order = [int(place) for place in rng.permutation(len(names))]
        draws.append((gains(order) + gains(order[::-1])) / 2)
        if progress is not None:
            progress(number, pairs)
    mean = np.mean(draws, axis=0)
    error = np.std(draws, axis=0, ddof=1) / np.sqrt(pairs)
    return Split(
        dict(zip(names, mean, strict=True)), dict(zip(names, error, strict=True)), value, False
    )


def exact(names: Sequence[str], value: dict[frozenset[str], np.ndarray]) -> Split:
    """The split from the values of all subsets."""
    parts = shapley(names, value)
    return Split(parts, {name: np.zeros_like(parts[name]) for name in names}, value, True)
