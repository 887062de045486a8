"""A case over the years: real income with and without ties, with the capital a year leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from tumen.analysis.fourworlds import ENDS, PhaseResult
from tumen.analysis.path import Transition
from tumen.analysis.transition import transition
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.schema import Channel, Phase
from tumen.scenario.shocks import Shock

Path = dict[int, list[Shock]]
Phases = dict[str, PhaseResult]


@dataclass(frozen=True)
class Timeline:
    """Paths of a case, against the path without pressure and ties.

    `change` [path, end, year, region] is the exact change of real income in per cent, goods
    received in kind included; paths are `pressure` and `pressure_ties`. `welfare` [path, end,
    region] is the constant change worth as much as the whole path, discounted. `capital` [path,
    end, year, region] is capital over its path without pressure and ties. `last` is the path with
    ties at the last of the ends.
    """

    change: xr.DataArray
    welfare: xr.DataArray
    capital: xr.DataArray
    phases: dict[str, Phase]
    last: Transition

    @property
    def stamp(self) -> dict[str, str | float | int]:
        """What the last path with ties says of its making, the assumptions on capital among it."""
        return self.last.stamp


def years_of(case: Case) -> list[int]:
    """Every year from the first phase to the last."""
    phases = case.scenario.phases
    return list(range(phases[0].first, phases[-1].last + 1))


def phase_in(case: Case, year: int) -> Phase:
    """The phase of a year; a gap between two belongs to the earlier one."""
    return [phase for phase in case.scenario.phases if phase.first <= year][-1]


def runs_in(channel: Channel, phase: Phase, year: int) -> bool:
    """Whether the tie's own dates cover the year; a level stated for the phase covers all of it."""
    if phase.id in channel.levels:
        return True
    begun = channel.start is None or channel.start <= year
    return begun and (channel.end is None or year <= channel.end)


def shocks_in(
    case: Case, phases: Phases, lift: list[Shock], year: int, end: End, *, ties: bool
) -> tuple[list[Shock], dict[str, float]]:
    """Shocks of one year, and the goods received outside the market in it."""
    phase = phase_in(case, year)
    switches = (phases.get(phase.id) or next(iter(phases.values()))).switches[end]
    shocks = [] if phase.pressure else list(lift)
    received: dict[str, float] = {}
    for channel in case.scenario.ties:
        switch = switches[channel.id]
        on = ties and phase.id in phases and runs_in(channel, phase, year)
        shocks += switch.on if on else switch.off
        for region, value in switch.received.items() if on else ():
            received[region] = received.get(region, 0.0) + value
    return shocks, received


def absorbed(path: Transition, received: dict[int, dict[str, float]]) -> xr.DataArray:
    """Real absorption over the benchmark's, goods received in kind included; [year, region]."""
    hat = 1 + path.real_income / 100
    income = path["income"]
    goods = xr.zeros_like(hat)
    for year, by_region in received.items():
        for region, value in by_region.items():
            goods.loc[{"year": year, "region": region}] = value
    return hat * (1 + goods / income)


def timeline(
    case: Case,
    phases: Phases,
    lift: list[Shock],
    discount: float = 0.96,
    ends: Sequence[End] = ENDS,
) -> Timeline:
    """Solve the case year by year, with capital, at every end of the figures of the ties.

    `phases` are the solved phases with ties, `lift` what undoes the pressure. Raises `SolveError`
    naming the year without an equilibrium.
    """
    world = case.world
    years = years_of(case)
    main = next(iter(phases.values()))
    solved = partial(
        transition,
        world,
        years=years,
        closure=case.scenario.closure,
        tolerance=case.scenario.tolerance,
        discount=discount,
    )
    found: dict[tuple[str, End], xr.DataArray] = {}
    capital: dict[tuple[str, End], xr.DataArray] = {}
    for end in ends:
        off = [shock for switch in main.switches[end].values() for shock in switch.off]
        free: Path = dict.fromkeys(years, lift + off)
        reference = solved(free)
        base = absorbed(reference, {})
        for name in ("pressure", "pressure_ties"):
            both = {
                year: shocks_in(case, phases, lift, year, end, ties=name == "pressure_ties")
                for year in years
            }
            path = solved({year: pair[0] for year, pair in both.items()})
            found[name, end] = absorbed(path, {year: pair[1] for year, pair in both.items()}) / base
            capital[name, end] = path.capital_hat / reference.capital_hat
    weights = xr.DataArray(discount ** np.arange(len(years)), dims="year", coords={"year": years})

    def stacked(parts: dict[tuple[str, End], xr.DataArray]) -> xr.DataArray:
        names = ("pressure", "pressure_ties")
        return xr.concat(
            [xr.concat([parts[name, end] for end in ends], "end") for name in names], "path"
        ).assign_coords(path=list(names), end=list(ends))

    hats = stacked(found)
    weights = weights / float(weights.sum())
    worth = xr.apply_ufunc(np.exp, (xr.apply_ufunc(np.log, hats) * weights).sum("year"))
    return Timeline(
        change=100 * (hats - 1),
        welfare=100 * (worth - 1),
        capital=stacked(capital),
        phases={phase.id: phase for phase in case.scenario.phases},
        last=path,
    )
