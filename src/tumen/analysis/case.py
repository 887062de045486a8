"""`tumen.run`: the four worlds of a case, the losses, the offset ratios and who does what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from tumen.analysis.channels import Switch, lifting, switch_of, transfers
from tumen.analysis.shapley import Progress, shapley, values_of
from tumen.errors import SolveError
from tumen.results.result import Result
from tumen.scenario.load import Case, load_case
from tumen.scenario.schema import End
from tumen.scenario.shocks import Shock
from tumen.solver.solve import solve
from tumen.world.world import World

# Below this loss (a share of real income) a ratio of losses says nothing.
LEAST_LOSS = 0.0025
ENDS: tuple[End, ...] = ("low", "central", "high")
STATES = ("no_pressure", "no_pressure_ties", "pressure", "pressure_ties")
PHASE = "war"


@dataclass(frozen=True)
class Four:
    """The four worlds W(pressure, ties) of one set of figures, and the goods received in kind."""

    results: dict[str, Result]
    received: dict[str, float]

    def welfare(self, state: str, region: str, *, goods: bool = True) -> float:
        """Exact real income over the benchmark's, with or without goods received in kind.

        With them it is absorption, A = I' + m at the prices of I'.
        """
        result = self.results[state]
        hat = 1 + float(result.real_income.sel(region=region)) / 100
        if goods and state.endswith("ties") and region in self.received:
            income = float(result.income.sel(region=region))
            hat *= 1 + self.received[region] / income
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
class CaseResult:
    """All that a run of a case found; `tumen.run` returns it."""

    case: Case
    four: dict[End, Four]
    switches: dict[End, dict[str, Switch]]
    lift: list[Shock]  # what undoes the pressure
    calibration_error: float
    calibration_maps: int
    shapley: xr.DataArray  # [channel, region], percentage points of real income without pressure
    by_elasticity: dict[str, Four]
    deficit_sensitivity: dict[str, float]  # loss if the deficit's rise counts as the pressure's

    @property
    def central(self) -> Four:
        """The four worlds at the central figures."""
        return self.four["central"]

    @property
    def world(self) -> World:
        """The benchmark."""
        return self.case.world

    def band(self, region: str, of: Callable[[Four], float | None]) -> dict[str, float | None]:
        """A number at the central figures and its smallest and largest value at either end."""
        del region
        found = {end: of(self.four[end]) for end in ENDS}
        known = [value for value in found.values() if value is not None]
        if found["central"] is None or len(known) < len(found):
            return {"low": None, "central": found["central"], "high": None}
        return {"low": min(known), "central": found["central"], "high": max(known)}

    def offset_ratio(self, region: str, *, goods: bool = True) -> dict[str, float | None]:
        """Offset ratio with its range over the figures of the ties."""
        return self.band(region, lambda four: four.offset(region, goods=goods))

    def change(self, state: str, region: str, *, goods: bool = True) -> float:
        """Real income against the world without pressure and ties, per cent."""
        return -100 * self.central.loss(region, state, goods=goods)

    def million(self, state: str, region: str, *, goods: bool = True) -> float:
        """The same in million USD of the benchmark year: benchmark income times the change of W."""
        income = float(self.world.income.sel(region=region))
        four = self.central
        return income * (
            four.welfare(state, region, goods=goods) - four.welfare("no_pressure", region)
        )


def recorded(case: Case, world: World) -> tuple[xr.DataArray, xr.DataArray]:
    """Ratios of the flows that are lifted, and earlier shares of those that are reopened.

    Both [importer, exporter, sector], missing elsewhere; a ratio only where the world has a flow.
    """
    ratios = xr.full_like(world.trade_flow, np.nan)
    shares = ratios.copy()
    for record in case.records:
        cell = {
            "importer": record.importer,
            "exporter": record.exporter,
            "sector": record.sector,
        }
        if record.treatment == "lift":
            ratios.loc[cell] = record.ratio
        elif record.treatment == "reopen" and record.earlier_share is not None:
            shares.loc[cell] = record.earlier_share
    return ratios.where(world.trade_flow > 0), shares


def four_worlds(case: Case, world: World, lift: list[Shock], switches: dict[str, Switch]) -> Four:
    """Solve W(p, t) for pressure on and off, ties on and off."""
    off = [shock for switch in switches.values() for shock in switch.off]
    on = [shock for switch in switches.values() for shock in switch.on]
    closure, tolerance = case.scenario.closure, case.scenario.tolerance
    lists = {
        "no_pressure": lift + off,
        "no_pressure_ties": lift + on,
        "pressure": off,
        "pressure_ties": on,
    }
    received: dict[str, float] = {}
    for switch in switches.values():
        for region, value in switch.received.items():
            received[region] = received.get(region, 0.0) + value
    results = {}
    for state, shocks in lists.items():
        try:
            results[state] = solve(world, shocks, closure, tolerance)
        except SolveError as error:
            where = f"{case.name}, {state.replace('_', ' ')}"
            raise SolveError(f"{where}: {error}", error.result) from None
    return Four(results, received)


def split_by_channel(
    case: Case, switches: dict[str, Switch], reference: Four, progress: Progress | None
) -> xr.DataArray:
    """Shapley split, by channel, of what the ties add to each target under pressure.

    In percentage points of real income without pressure; sums exactly to L0 - L1.
    """
    names = list(switches)
    targets = case.scenario.targets

    def worth(chosen: frozenset[str]) -> np.ndarray:
        shocks = [
            shock
            for name in names
            for shock in (switches[name].on if name in chosen else switches[name].off)
        ]
        result = solve(case.world, shocks, case.scenario.closure, case.scenario.tolerance)
        received: dict[str, float] = {}
        for name in chosen:
            for region, value in switches[name].received.items():
                received[region] = received.get(region, 0.0) + value
        four = Four({"pressure_ties": result}, received)
        return np.array(
            [
                100
                * four.welfare("pressure_ties", region)
                / reference.welfare("no_pressure", region)
                for region in targets
            ]
        )

    parts = shapley(names, values_of(names, worth, progress))
    return xr.DataArray(
        np.stack([parts[name] for name in names]),
        dims=("channel", "region"),
        coords={"channel": names, "region": targets},
        attrs={"units": "percentage points of real income without pressure"},
    )


def deficit_sensitivity(case: Case, lift: list[Shock], off: list[Shock]) -> dict[str, float]:
    """Loss of each target when the rise of its recorded deficit counts as the pressure's."""
    found = {}
    for item in case.scenario.balance:
        if item.deficit_before is None or item.lender is None:
            continue
        now = float(case.world.dataset["transfer"].sel(region=item.region))
        rise = now - item.deficit_before.central
        back = transfers({item.region: -rise, item.lender: rise})
        closure, tolerance = case.scenario.closure, case.scenario.tolerance
        without = solve(case.world, lift + off + back, closure, tolerance)
        under = solve(case.world, off, closure, tolerance)
        hats = [1 + float(r.real_income.sel(region=item.region)) / 100 for r in (under, without)]
        found[item.region] = 1 - hats[0] / hats[1]
    return found


def run_case(case: Case, progress: Progress | None = None) -> CaseResult:
    """Run a loaded case. Raises `SolveError` naming the world that has no equilibrium."""
    scenario, world = case.scenario, case.world
    closure, tolerance = scenario.closure, scenario.tolerance
    lift, maps, error = lifting(world, *recorded(case, world), closure, tolerance)
    switches: dict[End, dict[str, Switch]] = {
        end: {
            channel.id: switch_of(channel, world, scenario.targets, end)
            for channel in scenario.ties
        }
        for end in ENDS
    }
    four = {end: four_worlds(case, world, lift, switches[end]) for end in ENDS}
    by_elasticity = {scenario.elasticities or "own": four["central"]}
    for name in scenario.compare_elasticities:
        other = case.world_under(name)
        other_lift, _, _ = lifting(other, *recorded(case, other), closure, tolerance)
        other_switches = {
            channel.id: switch_of(channel, other, scenario.targets) for channel in scenario.ties
        }
        by_elasticity[name] = four_worlds(case, other, other_lift, other_switches)
    central = switches["central"]
    off = [shock for switch in central.values() for shock in switch.off]
    return CaseResult(
        case=case,
        four=four,
        switches=switches,
        lift=lift,
        calibration_error=error,
        calibration_maps=maps,
        shapley=split_by_channel(case, central, four["central"], progress),
        by_elasticity=by_elasticity,
        deficit_sensitivity=deficit_sensitivity(case, lift, off),
    )


def run(scenario: str | Path, progress: Progress | None = None) -> CaseResult:
    """Run a shipped case by name, or a scenario file: the four worlds and what follows from them.

    Raises `ScenarioError` for a scenario that cannot be read, `SolveError` without equilibrium.
    """
    return run_case(load_case(scenario), progress)
