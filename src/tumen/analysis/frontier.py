"""`tumen.frontier`: what each coalition costs its members, and what it costs the target.

A coalition lies on the frontier when no other costs the target as much for less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from tumen._version import __version__
from tumen.analysis.channels import shocks_of
from tumen.analysis.leverage import imposed_by
from tumen.analysis.lifting import lift_of
from tumen.analysis.phases import switches_of, with_ties
from tumen.analysis.shapley import MOST_GROUPS, Progress, shapley, subsets
from tumen.analysis.subsets import Groups
from tumen.codes import EU27, resolve
from tumen.errors import ScenarioError, nearest
from tumen.scenario.load import Case, load_case
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Settled, converged, incomes
from tumen.world.world import World

TOGETHER = "EU27"  # its members decide on sanctions together
STATES = ("without_ties", "with_ties")


@dataclass(frozen=True, eq=False)
class Frontier:
    """Every coalition of the members against one target.

    `table` has over (state, coalition): `loss` of the target, per cent of its real income when no
    member takes part; `cost` to the coalition's own members, million USD a year; `efficient`, where
    no other coalition costs the target as much for less; over (coalition, member): `includes`; over
    (state, member): `shapley_loss` and `shapley_cost`, each member's part of loss and joint cost of
    the whole coalition. `states` without and with the ties of the case's main phase.
    """

    case: Case
    target: str
    members: Mapping[str, tuple[str, ...]]  # the regions of each
    table: xr.Dataset

    @property
    def world(self) -> World:
        """The benchmark."""
        return self.case.world

    @property
    def residual(self) -> float:
        """Largest relative gap left in any equation of any world."""
        return float(self.table.attrs["residual"])

    @property
    def stamp(self) -> dict[str, str | float]:
        """What made it."""
        world = self.case.world
        return {
            "status": "converged",
            "residual": self.residual,
            "closure": self.case.scenario.closure,
            "elasticities": str(world.dataset.attrs.get("elasticities", "own")),
            "numeraire": "world primary income",
            "data_version": f"{world.name} {world.version}",
            "code_version": __version__,
            "scenario_hash": self.case.digest,
        }


def senders_against(case: Case, target: str) -> list[str]:
    """Regions whose measures fall on the target and are in force. Raises `ScenarioError`."""
    scenario = case.scenario
    if target not in scenario.targets:
        raise ScenarioError(
            f"{case.path}: {target!r} is no target of the case{nearest(target, scenario.targets)}"
        )
    found = {region for senders, on in imposed_by(case) if on == target for region in senders}
    return [region for region in case.world.regions if region in found]


def usual_members(case: Case, target: str) -> dict[str, tuple[str, ...]]:
    """Every sender on its own, those that lie in the European Union as one."""
    senders, union = senders_against(case, target), set(EU27.split())
    joint = tuple(r for r in senders if set(case.world.members.get(r, ())) & union)
    found: dict[str, tuple[str, ...]] = {}
    for region in senders:
        if region in joint and len(joint) > 1:
            found.setdefault(TOGETHER, joint)
        else:
            found[region] = (region,)
    return found


def members_of(case: Case, target: str, named: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """The members asked for, codes or groups, each with its senders. Raises `ScenarioError`."""
    if named is None:
        return usual_members(case, target)
    senders = senders_against(case, target)
    found: dict[str, tuple[str, ...]] = {}
    for name in named:
        regions = resolve([name], case.world.regions, case.world.members, field="members")
        inside = tuple(region for region in regions if region in senders)
        taken = [region for listed in found.values() for region in listed if region in inside]
        if not inside or taken:
            wrong = f"and another member both hold {taken[0]}" if taken else "holds no sender"
            raise ScenarioError(f"{case.path}: members: {name!r} {wrong} of measures on {target}")
        found[name] = inside
    return found


def read(settled: Settled) -> np.ndarray:
    """Real income over the benchmark's [region], and at the end the residual."""
    residual = settled.setting.residual(converged(settled))
    return np.append(np.asarray(incomes(settled).real_income), residual)


def efficient(loss: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Where no other has at least the loss for at most the cost, one of them strictly better."""
    order = np.lexsort((-loss, cost))
    best, found = -np.inf, np.zeros(len(loss), dtype=bool)
    for at in order:
        if loss[at] > best:
            found[at], best = True, loss[at]
    return found


def frontier(
    scenario: str | Path | Case,
    target: str | None = None,
    members: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Frontier:
    r"""Solve a case for every coalition of the members, without and with its ties.

    In the world of a coalition S the measures of members outside it are lifted; those of senders
    who are no members stay. $loss(S) = 100\,[1 - W_T(S)/W_T(\varnothing)]$ and
    $cost(S) = \sum_{m \in S} I_m\,[W_m(\varnothing) - W_m(S)]$, with W exact real income over the
    benchmark's and I benchmark income. `target` is the case's first target with two members or
    more; `members` are codes or groups, by default every sender, those in the European Union as
    one; at most twelve.

    Raises `ScenarioError` for an unknown target or member, or too many; `SolveError` naming the
    coalition without equilibrium.
    """
    case = scenario if isinstance(scenario, Case) else load_case(scenario)
    target = target or first_target(case)
    chosen = members_of(case, target, members)
    if not 1 <= len(chosen) <= MOST_GROUPS:
        raise ScenarioError(
            f"{case.path}: {len(chosen)} members against {target}; name 1 to {MOST_GROUPS}, codes "
            f"or groups, of {', '.join(senders_against(case, target)) or 'nobody'}"
        )
    names, listed = list(chosen), subsets(list(chosen))
    lifted = {name: standing_of(case, regions) for name, regions in chosen.items()}
    main, total = with_ties(case)[0], 2 * len(listed)
    worth: dict[str, np.ndarray] = {}
    for number, state in enumerate(STATES):
        groups = Groups(
            case.world,
            {name: [] for name in names},
            shocks_of(switches_of(case, main), on=state == "with_ties"),
            case.scenario.closure,
            case.scenario.tolerance,
            otherwise=lifted,
            read=read,
        )

        def told(done: int, _: int, before: int = number * len(listed)) -> None:
            if progress is not None:
                progress(before + done, total)

        every = groups.every(told)
        worth[state] = np.stack([every[one] for one in listed])
    return Frontier(case, target, chosen, tabled(case, target, chosen, listed, worth))


def first_target(case: Case) -> str:
    """The first target that a coalition of two or more presses; else the first."""
    targets = case.scenario.targets
    return next((one for one in targets if len(usual_members(case, one)) > 1), targets[0])


def standing_of(case: Case, regions: Sequence[str]) -> list[Shock]:
    """What lifts the measures of these senders."""
    scenario = case.scenario.model_copy(update={"abstain": list(regions)})
    return list(lift_of(replace(case, scenario=scenario)).standing)


def tabled(
    case: Case,
    target: str,
    members: Mapping[str, tuple[str, ...]],
    listed: Sequence[frozenset[str]],
    worth: Mapping[str, np.ndarray],
) -> xr.Dataset:
    """The table of a `Frontier` from real income by state [coalition, region and residual]."""
    names, regions = list(members), case.world.regions
    place, income = regions.index(target), case.world.income.values
    includes = np.array([[name in one for name in names] for one in listed])
    loss, cost, parts = [], [], {}
    for state in STATES:
        welfare = worth[state][:, :-1]
        fall = income * (welfare[0] - welfare)  # [coalition, region]; the first has no member
        by_member = np.stack(
            [fall[:, [regions.index(r) for r in members[name]]].sum(axis=1) for name in names], 1
        )
        loss.append(100 * (1 - welfare[:, place] / welfare[0, place]))
        cost.append((by_member * includes).sum(axis=1))
        value = {one: np.array([loss[-1][at], cost[-1][at]]) for at, one in enumerate(listed)}
        parts[state] = np.stack([shapley(names, value)[name] for name in names])
    split = np.stack([parts[state] for state in STATES])
    return xr.Dataset(
        {
            "loss": (("state", "coalition"), np.stack(loss)),
            "cost": (("state", "coalition"), np.stack(cost)),
            "efficient": (
                ("state", "coalition"),
                np.stack([efficient(a, b) for a, b in zip(loss, cost, strict=True)]),
            ),
            "includes": (("coalition", "member"), includes),
            "shapley_loss": (("state", "member"), split[..., 0]),
            "shapley_cost": (("state", "member"), split[..., 1]),
        },
        coords={
            "state": list(STATES),
            "member": names,
            "coalition": [
                "+".join(name for name in names if name in one) or "none" for one in listed
            ],
        },
        attrs={"residual": float(max(values[:, -1].max() for values in worth.values()))},
    )
