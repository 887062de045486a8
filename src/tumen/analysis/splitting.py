"""Who does it: what the ties add to each target, split among groups of ties, or tie by tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from tumen.analysis.attribution import pair_table
from tumen.analysis.channels import shocks_of
from tumen.analysis.shapley import MOST_GROUPS, PERMUTATIONS, Progress, sampled, shapley
from tumen.analysis.subsets import Groups, Solver
from tumen.analysis.switch import Switch
from tumen.scenario.load import Case
from tumen.scenario.schema import Scenario
from tumen.scenario.shocks import Shock
from tumen.solver.solve import Settled, incomes


class Units(NamedTuple):
    """Ties that are attributed together: titles and members by id, in the order of the ties."""

    titles: dict[str, str]
    members: dict[str, list[str]]


def units_of(scenario: Scenario) -> Units:
    """Groups of ties, and every tie without a group on its own."""
    titles = {group.id: group.title for group in scenario.groups}
    found = Units({}, {})
    for channel in scenario.ties:
        unit = channel.group or channel.id
        found.titles.setdefault(unit, titles.get(unit, channel.title))
        found.members.setdefault(unit, []).append(channel.id)
    return found


class Splitter:
    """What any set of ties adds to the targets' real income under pressure, goods included.

    In percentage points of real income without pressure: `reference` is W(0,0) by target. `solver`
    solves the world after shocks, from the benchmark if none is given.
    """

    def __init__(
        self,
        case: Case,
        switches: dict[str, Switch],
        reference: Mapping[str, float],
        solver: Solver | None = None,
    ) -> None:
        self.case, self.switches, self.solver = case, switches, solver
        self.targets = case.scenario.targets
        self.places = [case.world.regions.index(region) for region in self.targets]
        self.before = np.array([reference[region] for region in self.targets])

    def read(self, settled: Settled) -> np.ndarray:
        """Real income over the benchmark's and income of the targets."""
        return np.stack(incomes(settled))[:, self.places]

    def groups(self, members: Mapping[str, list[str]]) -> Groups:
        """The sets of ties as groups of shocks."""

        def switched(*, on: bool) -> dict[str, list[Shock]]:
            return {
                unit: shocks_of({name: self.switches[name] for name in names}, on=on)
                for unit, names in members.items()
            }

        scenario = self.case.scenario
        return Groups(
            self.case.world,
            switched(on=True),
            closure=scenario.closure,
            tolerance=scenario.tolerance,
            otherwise=switched(on=False),
            read=self.read,
            solver=self.solver,
        )

    def points(self, chosen: Sequence[str], found: np.ndarray) -> np.ndarray:
        """Absorption [target] with the ties `chosen` on, from what was read of that world."""
        hat, income = found
        goods = np.array(
            [
                sum(self.switches[name].received.get(region, 0.0) for name in chosen)
                for region in self.targets
            ]
        )
        return np.asarray(100 * hat * (1 + goods / income) / self.before)

    def labelled(self, names: list[str], parts: Mapping[str, np.ndarray]) -> xr.DataArray:
        """Parts over (group, region)."""
        return xr.DataArray(
            np.stack([parts[name] for name in names]),
            dims=("group", "region"),
            coords={"group": names, "region": self.targets},
            attrs={"units": "percentage points of real income without pressure"},
        )


def split_by_unit(splitter: Splitter, units: Units, progress: Progress | None) -> xr.Dataset:
    """Shapley split, by group of ties, of what they add to each target, and their interactions.

    `shapley` [group, region] sums exactly to L0 - L1; `interaction` [group, other, region] is what
    two groups do together beyond one by one. Up to twelve groups all subsets are solved.
    """
    names = list(units.members)
    groups = splitter.groups(units.members)

    def points(chosen: frozenset[str], found: np.ndarray) -> np.ndarray:
        return splitter.points([tie for unit in chosen for tie in units.members[unit]], found)

    if len(names) > MOST_GROUPS:
        drawn = sampled(
            names, lambda chosen: points(chosen, groups.worth(chosen)), PERMUTATIONS, 0, progress
        )
        parts = splitter.labelled(names, drawn.parts)
        error = splitter.labelled(names, drawn.error)
        return xr.Dataset({"shapley": parts, "standard_error": error})
    value = {chosen: points(chosen, found) for chosen, found in groups.every(progress).items()}
    parts = splitter.labelled(names, shapley(names, value))
    pairs = pair_table(names, value, splitter.targets)
    return xr.Dataset({"shapley": parts, "interaction": pairs})


def split_by_channel(splitter: Splitter, progress: Progress | None) -> xr.Dataset:
    """The same for every tie on its own; beyond twelve ties from drawn orders, with their error."""
    alone = {name: [name] for name in splitter.switches}
    return split_by_unit(splitter, Units({name: name for name in alone}, alone), progress)
