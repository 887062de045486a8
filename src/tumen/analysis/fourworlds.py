"""The four worlds of a phase: pressure on and off, ties on and off, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import xarray as xr

from tumen.analysis.channels import shocks_of
from tumen.analysis.splitting import Units
from tumen.analysis.switch import Switch, add
from tumen.errors import SolveError
from tumen.results.result import Result
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.schema import Phase
from tumen.scenario.shocks import Shock
from tumen.solver.solve import solve
from tumen.world.world import World

# Below this loss (a share of real income) a ratio of losses says nothing.
LEAST_LOSS = 0.0025
ENDS: tuple[End, ...] = ("low", "central", "high")
STATES = ("no_pressure", "no_pressure_ties", "pressure", "pressure_ties")


class Incomes(NamedTuple):
    """Of one world, by region: real income over the benchmark's, and income in million USD."""

    hat: dict[str, float]
    income: dict[str, float]


@dataclass(frozen=True)
class Four:
    """The four worlds W(pressure, ties) of one set of figures, and the goods received in kind."""

    results: dict[str, Result]
    received: dict[str, float]

    @cached_property
    def known(self) -> dict[str, Incomes]:
        """What has been read of the worlds, by state."""
        return {}

    def incomes(self, state: str) -> Incomes:
        """Real income over the benchmark's, and income, by region, of one world."""
        if state not in self.known:
            self.known[state] = self.read(state)
        return self.known[state]

    def read(self, state: str) -> Incomes:
        """The same from the result. Raises `SolveError` where the world has none."""
        result = self.results[state]
        change, income = result.real_income, result.income
        hats = dict(zip(change.indexes["region"], (1 + change.values / 100).tolist(), strict=True))
        spent = dict(zip(income.indexes["region"], income.values.tolist(), strict=True))
        return Incomes(hats, spent)

    def welfare(self, state: str, region: str, *, goods: bool = True) -> float:
        """Exact real income over the benchmark's, with or without goods received in kind.

        With them it is absorption, A = I' + m at the prices of I'.
        """
        found = self.incomes(state)
        hat = found.hat[region]
        if goods and state.endswith("ties") and region in self.received:
            hat *= 1 + self.received[region] / found.income[region]
        return hat

    def loss(self, region: str, state: str, *, goods: bool = True) -> float:
        """Loss against the world without pressure and ties, a share of its real income."""
        return 1 - self.welfare(state, region, goods=goods) / self.welfare("no_pressure", region)

    def offset(self, region: str, *, goods: bool = True) -> float | None:
        """Share of the loss that the ties undo; None where the loss is too small for a ratio."""
        before = self.loss(region, "pressure")
        if before < LEAST_LOSS:
            return None
        return 1 - self.loss(region, "pressure_ties", goods=goods) / before


@dataclass(frozen=True)
class PhaseResult:
    """One phase with ties: its four worlds at each end of the figures, and who does what."""

    phase: Phase
    world: World
    four: dict[End, Four]
    switches: dict[End, dict[str, Switch]]
    units: Units
    # By group of ties, percentage points of real income without pressure; empty if not asked for.
    split: xr.Dataset
    by_channel: xr.Dataset | None = None  # the same by single tie, where it was asked for

    @cached_property
    def incomes(self) -> dict[str, float]:
        """Income at the benchmark by region, million USD."""
        income = self.world.income
        return dict(zip(income.indexes["region"], income.values.tolist(), strict=True))

    @property
    def is_split(self) -> bool:
        """Whether it was asked what each group of ties adds."""
        return "shapley" in self.split

    @property
    def shapley(self) -> xr.DataArray:
        """Shapley parts [group, region]; they sum exactly to what the ties add."""
        return self.split["shapley"]

    @property
    def central(self) -> Four:
        """The four worlds at the central figures."""
        return self.four["central"]

    def band(self, of: Callable[[Four], float | None]) -> dict[str, float | None]:
        """A number at the central figures and its smallest and largest value at either end."""
        found = {end: of(self.four[end]) for end in ENDS}
        known = [value for value in found.values() if value is not None]
        if found["central"] is None or len(known) < len(found):
            return {"low": None, "central": found["central"], "high": None}
        return {"low": min(known), "central": found["central"], "high": max(known)}

    def offset_ratio(self, region: str, *, goods: bool = True) -> dict[str, float | None]:
        """Offset ratio with its range over the figures of the ties."""
        return self.band(lambda four: four.offset(region, goods=goods))

    def change(self, state: str, region: str, *, goods: bool = True) -> float:
        """Real income against the world without pressure and ties, per cent."""
        return 100 * (0.0 - self.central.loss(region, state, goods=goods))  # 0, never -0

    def million(self, state: str, region: str, *, goods: bool = True) -> float:
        """The same in million USD of the benchmark year: benchmark income times the change of W."""
        four = self.central
        return self.incomes[region] * (
            four.welfare(state, region, goods=goods) - four.welfare("no_pressure", region)
        )


def four_worlds(case: Case, world: World, lift: list[Shock], switches: dict[str, Switch]) -> Four:
    """Solve W(p, t) for pressure on and off, ties on and off."""
    off, on = shocks_of(switches, on=False), shocks_of(switches, on=True)
    closure, tolerance = case.scenario.closure, case.scenario.tolerance
    lists = {
        "no_pressure": lift + off,
        "no_pressure_ties": lift + on,
        "pressure": off,
        "pressure_ties": on,
    }
    results = {}
    for state, shocks in lists.items():
        try:
            results[state] = solve(world, shocks, closure, tolerance)
        except SolveError as error:
            where = f"{case.name}, {state.replace('_', ' ')}"
            raise SolveError(f"{where}: {error}", error.result) from None
    return Four(results, received_of(switches))


def received_of(switches: dict[str, Switch]) -> dict[str, float]:
    """Goods received outside the market with all ties on, by region, million USD."""
    received: dict[str, float] = {}
    for switch in switches.values():
        for region, value in switch.received.items():
            add(received, region, value)
    return received
