"""Shapley values: who or what contributes how much, in parts that sum exactly to the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import xarray as xr

from tumen.errors import ShockError
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Closure, solve
from tumen.world.world import World

# All subsets of twelve groups are 4,096 solves, a minute or so; beyond that it is not a split
# that anybody reads.
MOST_GROUPS = 12
Progress = Callable[[int, int], None]


def subsets(names: Sequence[str]) -> list[frozenset[str]]:
    """All subsets, the smaller first."""
    return [
        frozenset(chosen) for size in range(len(names) + 1) for chosen in combinations(names, size)
    ]


def shapley(
    names: Sequence[str], value: Mapping[frozenset[str], np.ndarray]
) -> dict[str, np.ndarray]:
    r"""Shapley value of each name from the values of all subsets.

    $\phi_i = \sum_{S \not\ni i} \frac{|S|!\,(n-|S|-1)!}{n!}\,[v(S\cup i)-v(S)]$; the parts sum to
    v(all) - v(none). Source: Shapley, L. (1953), A value for n-person games.
    """
    count = len(names)
    parts = {}
    for name in names:
        part = np.zeros_like(value[frozenset()], dtype=float)
        for chosen in value:
            if name in chosen:
                continue
            size = len(chosen)
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            part = part + weight * (value[chosen | {name}] - value[chosen])
        parts[name] = part
    return parts


def values_of(
    names: Sequence[str],
    worth: Callable[[frozenset[str]], np.ndarray],
    progress: Progress | None = None,
) -> dict[frozenset[str], np.ndarray]:
    """Evaluate every subset. Raises `ShockError` for more than twelve names."""
    if len(names) > MOST_GROUPS:
        raise ShockError(
            f"{len(names)} groups have {2 ** len(names):,} subsets; merge them into at most "
            f"{MOST_GROUPS}"
        )
    every = subsets(names)
    found = {}
    for number, chosen in enumerate(every, start=1):
        found[chosen] = worth(chosen)
        if progress is not None:
            progress(number, len(every))
    return found


def attribute(
    world: World,
    groups: Mapping[str, Iterable[Shock]],
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    *,
    tolerance: float = 1e-10,
    progress: Progress | None = None,
) -> xr.DataArray:
    """Split the change of real income that all groups of shocks cause among the groups.

    `groups` names lists of shocks (channels, coalition members); `shocks` are in force throughout.
    Every subset is solved exactly. Returns per cent of benchmark real income over (group, region);
    summed over groups it is the effect of all of them together.

    Raises `SolveError` when a subset has no equilibrium, `ShockError` beyond twelve groups.
    """
    always = list(shocks)
    members = {name: list(listed) for name, listed in groups.items()}
    names = list(members)

    def worth(chosen: frozenset[str]) -> np.ndarray:
        inside = [shock for name in names if name in chosen for shock in members[name]]
        result = solve(world, always + inside, closure, tolerance)
        return np.asarray(result.real_income)

    parts = shapley(names, values_of(names, worth, progress))
    return xr.DataArray(
        np.stack([parts[name] for name in names]),
        dims=("group", "region"),
        coords={"group": names, "region": world.regions},
        name="shapley",
        attrs={"units": "per cent of benchmark real income", "closure": closure},
    )
