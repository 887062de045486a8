"""`tumen.coalition_value`: what each member of a coalition adds to a target's loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from tumen.analysis.attribution import split_groups
from tumen.analysis.shapley import Progress
from tumen.analysis.subsets import Groups
from tumen.errors import ShockError, nearest
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Closure
from tumen.world.world import World

UNITS = "per cent of the target's real income without any member's measures"


def coalition_value(
    world: World,
    target: str,
    members: Sequence[str],
    shocks: Mapping[str, Iterable[Shock]],
    *,
    always: Iterable[Shock] = (),
    closure: Closure = "fixed",
    tolerance: float = 1e-10,
    permutations: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""Shapley value of each member of a coalition, the value being the target's loss.

    $v(S) = 100\,[1 - W_T(S)/W_T(\varnothing)]$, where in $W_T(S)$ the measures of the members in S
    are in force. `shocks` maps each member to its measures; `always` are in force throughout.

    Returns a dataset: `shapley` and its `standard_error` over member, which sum exactly to the
    loss from all members; the characteristic function, `value` over coalition, with `includes`
    (coalition, member). Up to twelve members all subsets are solved; beyond, or with
    `permutations`, orders are drawn in pairs from `seed`, and the subsets met on the way returned.

    Raises `ShockError` for an unknown target, no members, a member named twice or without
    measures; `SolveError` naming the coalition that has no equilibrium.

    Source: Shapley, L. (1953), A value for n-person games; for coalitions of sanctions: Chowdhry,
    S., Hinz, J., Kamin, K. & Wanner, J. (2024), Brothers in arms, Economic Policy 39(118).
    """
    if target not in world.regions:
        raise ShockError(f"target: unknown region {target!r}{nearest(target, world.regions)}")
    listed = list(members)
    if not listed:
        raise ShockError("members is empty: a coalition has at least one member")
    for name in listed:
        if listed.count(name) > 1:
            raise ShockError(f"member {name!r} is named twice")
        if name not in shocks:
            raise ShockError(f"member {name!r} has no measures{nearest(name, list(shocks))}")
    solver = Groups(world, {name: shocks[name] for name in listed}, always, closure, tolerance)
    place = world.regions.index(target)
    empty = solver.worth(frozenset())[place]

    def loss(real_income: np.ndarray) -> np.ndarray:
        # The same as 100 (1 - W(S)/W(none)), without taking one from one.
        return 100 * (empty - real_income[place]) / (100 + empty)

    split = split_groups(solver, permutations, seed, progress, measure=loss)
    coalitions = sorted(
        split.value, key=lambda chosen: (len(chosen), sorted(map(listed.index, chosen)))
    )
    return xr.Dataset(
        {
            "shapley": ("member", [float(split.parts[name]) for name in listed]),
            "standard_error": ("member", [float(split.error[name]) for name in listed]),
            "value": ("coalition", [float(split.value[chosen]) for chosen in coalitions]),
            "includes": (
                ("coalition", "member"),
                [[name in chosen for name in listed] for chosen in coalitions],
            ),
        },
        coords={
            "member": listed,
            "coalition": [
                "+".join(name for name in listed if name in chosen) or "none"
                for chosen in coalitions
            ],
        },
        attrs={
            "target": target,
            "units": UNITS,
            "closure": closure,
            "exact": int(split.exact),
            "data_version": world.version,
        },
    )
