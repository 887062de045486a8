"""`tumen.attribute`: the effect of many shocks split among groups of them, and among pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal, NamedTuple, overload

import numpy as np
import xarray as xr

from tumen.analysis.shapley import (
    MOST_GROUPS,
    PERMUTATIONS,
    Progress,
    Split,
    Values,
    check_count,
    exact,
    interactions_of,
    sampled,
)
from tumen.analysis.subsets import Groups
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Closure
from tumen.world.world import World

# An interaction of a tenth of the whole changes what a reader would say about a group.
LARGE = 0.1


class Interaction(NamedTuple):
    """A pair of groups that does together what neither does alone."""

    first: str
    second: str
    region: str
    value: float
    share: float  # of the whole


def split_groups(
    groups: Groups,
    permutations: int | None,
    seed: int,
    progress: Progress | None,
    measure: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> Split:
    """Exact up to twelve groups unless permutations are asked for, drawn orders beyond.

    `measure` turns real income [region], in per cent, into what is split.
    """
    if permutations is None and len(groups.names) <= MOST_GROUPS:
        every = groups.every(progress)
        return exact(groups.names, {chosen: measure(found) for chosen, found in every.items()})
    drawn = PERMUTATIONS if permutations is None else permutations

    def worth(chosen: frozenset[str]) -> np.ndarray:
        return measure(groups.worth(chosen))

    return sampled(groups.names, worth, drawn, seed, progress)


def pair_table(names: Sequence[str], value: Values, regions: Sequence[str]) -> xr.DataArray:
    """Interactions as a symmetric table [group, other, region]; missing on the diagonal."""
    table = np.full((len(names), len(names), len(regions)), np.nan)
    for (first, second), amount in interactions_of(names, value).items():
        i, j = names.index(first), names.index(second)
        table[i, j] = table[j, i] = amount
    labels = {"group": list(names), "other": list(names), "region": list(regions)}
    return xr.DataArray(table, dims=tuple(labels), coords=labels, name="interaction")


def large_interactions(
    interaction: xr.DataArray, whole: xr.DataArray, least: float = LARGE
) -> list[Interaction]:
    """Pairs whose interaction is at least `least` of the whole, the largest share first.

    `interaction` [group, other, region] and `whole` [region] as `attribute` returns them.
    """
    names = [str(name) for name in interaction.indexes["group"]]
    found = []
    for region in map(str, interaction.indexes["region"]):
        of = float(whole.sel(region=region))
        for first, second in combinations(names, 2):
            value = float(interaction.sel(group=first, other=second, region=region))
            if value != 0 and abs(value) >= least * abs(of):
                share = value / of if of else float("inf")
                found.append(Interaction(first, second, region, value, share))
    return sorted(found, key=lambda item: -abs(item.share))


UNITS = "per cent of benchmark real income"


def labelled(
    names: Sequence[str], split: Split, regions: Sequence[str], closure: str
) -> xr.DataArray:
    """The parts over (group, region), with their standard errors as a coordinate."""
    dims = ("group", "region")
    return xr.DataArray(
        np.stack([split.parts[name] for name in names]),
        dims=dims,
        coords={
            "group": list(names),
            "region": list(regions),
            "standard_error": (dims, np.stack([split.error[name] for name in names])),
        },
        name="shapley",
        attrs={"units": UNITS, "closure": closure, "exact": int(split.exact)},
    )


@overload
def attribute(
    world: World,
    groups: Mapping[str, Iterable[Shock]],
    shocks: Iterable[Shock] = ...,
    closure: Closure = ...,
    *,
    tolerance: float = ...,
    permutations: int | None = ...,
    seed: int = ...,
    interactions: Literal[False] = ...,
    progress: Progress | None = ...,
) -> xr.DataArray: ...


@overload
def attribute(
    world: World,
    groups: Mapping[str, Iterable[Shock]],
    shocks: Iterable[Shock] = ...,
    closure: Closure = ...,
    *,
    tolerance: float = ...,
    permutations: int | None = ...,
    seed: int = ...,
    interactions: Literal[True],
    progress: Progress | None = ...,
) -> xr.Dataset: ...


def attribute(
    world: World,
    groups: Mapping[str, Iterable[Shock]],
    shocks: Iterable[Shock] = (),
    closure: Closure = "fixed",
    *,
    tolerance: float = 1e-10,
    permutations: int | None = None,
    seed: int = 0,
    interactions: bool = False,
    progress: Progress | None = None,
) -> xr.DataArray | xr.Dataset:
    """Split the change of real income that all groups of shocks cause among the groups.

    `groups` names lists of shocks (channels, coalition members); `shocks` are in force throughout.
    Returns Shapley values in per cent of benchmark real income over (group, region); summed over
    groups they are the effect of all of them together. Up to twelve groups every subset is solved
    exactly. Beyond, or with `permutations`, orders of joining are drawn in pairs from `seed`; the
    coordinate `standard_error` (group, region) says how sure the parts are, and is zero where all
    subsets were solved. The sum is exact either way.

    With `interactions` a dataset returns: `shapley`, `whole` (region), and `interaction` (group,
    other, region), what two groups do together beyond one by one; `large_interactions` of
    `tumen.analysis.attribution` lists the large ones. It needs all subsets.

    Raises `SolveError` when a subset has no equilibrium, `ShockError` for interactions of more
    than twelve groups, or permutations that are no pairs.
    """
    if interactions:
        check_count(list(groups))
        permutations = None
    solver = Groups(world, groups, shocks, closure, tolerance)
    names = solver.names
    split = split_groups(solver, permutations, seed, progress)
    parts = labelled(names, split, world.regions, closure)
    if not interactions:
        return parts
    whole = xr.DataArray(
        split.value[frozenset(names)] - split.value[frozenset()],
        dims=("region",),
        coords={"region": world.regions},
        attrs={"units": UNITS},
    )
    pairs = pair_table(names, split.value, world.regions)
    return xr.Dataset(
        {"shapley": parts, "whole": whole, "interaction": pairs.assign_attrs(units=UNITS)},
        attrs={"closure": closure},
    )
