"""`tumen.answer`: what a case comes to, or a variation of it, fast enough to move a control by.

Only what the headline needs is solved: the phases with pressure and ties at every end of the
figures, without drawn orders, paths or questions. Worlds are kept and shared between phases and
between questions. Each is solved from the benchmark or from another world of the same question, so
that no number depends on what was asked before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import xarray as xr

from tumen.analysis.channels import shocks_of, switched
from tumen.analysis.findings import Findings
from tumen.analysis.fourworlds import ENDS, Four, Incomes, PhaseResult, received_of
from tumen.analysis.horizons import Horizon
from tumen.analysis.impose import Imposed
from tumen.analysis.levels import Level, level_at, level_in
from tumen.analysis.lifting import Same, lift_of
from tumen.analysis.phases import switches_of
from tumen.analysis.shapley import Progress
from tumen.analysis.splitting import Splitter, split_by_unit, units_of
from tumen.analysis.switch import Setting, Switch
from tumen.errors import SolveError
from tumen.model.economy import State
from tumen.results.words import elasticities as elasticities_in_words
from tumen.scenario.figure import End
from tumen.scenario.load import Case, kept_case
from tumen.scenario.patches import Accumulator
from tumen.scenario.schema import Channel, Phase
from tumen.scenario.shocks import Shock, apply_all
from tumen.scenario.variation import Variation, varied
from tumen.solver.solve import Closure, Settled, settle_collected
from tumen.world.horizon import with_horizon
from tumen.world.world import World

Shocks = tuple[Shock, ...]
Levels = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, eq=False)
class Answer(Findings):
    """The answer to a case or a variation of it; `tumen.answer` returns it.

    Phases stand `years` after the pressure began, or in the long run. The world without pressure
    and with ties is solved of the main phase at the central figures, where it is shown; no other.
    `residual` is the largest gap left in any equation.
    """

    case: Case
    phases: dict[str, PhaseResult]
    lift: list[Shock]
    variation: Variation
    horizon: float | None
    residual: float
    elasticities: str

    @property
    def years(self) -> float | None:
        """Years since the pressure at which the phases stand; None in the long run."""
        return self.horizon

    @property
    def sample(self) -> None:  # type: ignore[override]
        """No draws are made."""

    @property
    def horizons(self) -> Mapping[float, Horizon]:  # type: ignore[override]
        """No horizon besides its own."""
        return {}


@dataclass(frozen=True)
class Read(Four):
    """Worlds of which only incomes were read."""

    levels: Mapping[str, Level]
    regions: Sequence[str]

    def read(self, state: str) -> Incomes:
        """Real income over the benchmark's, and income, by region."""
        found = self.levels[state]
        return Incomes(
            dict(zip(self.regions, found.welfare.tolist(), strict=True)),
            dict(zip(self.regions, found.income.tolist(), strict=True)),
        )


@lru_cache(maxsize=512)
def kept_switch(effects: Same, setting: Setting) -> Switch:
    """A tie as shocks, made once. Without the tie they are the same objects at every level, and
    at level nought they are the ones with it, so that worlds alike are known to be.
    """
    made = switched(effects.value, setting)
    if setting.level == 0:
        return replace(made, on=made.off)
    return replace(made, off=kept_switch(effects, setting._replace(level=0.0)).off)


def kept(channel: Channel, setting: Setting) -> Switch:
    """The same of a channel: of its fields only the effects enter."""
    return kept_switch(Same(channel.effects), setting._replace(targets=tuple(setting.targets)))


@lru_cache(maxsize=512)
def kept_level(
    world: World, shocks: Shocks, closure: Closure, tolerance: float, near: Shocks | None
) -> Level:
    """A world, solved once; the search starts from that after the shocks `near`."""
    start = None if near is None else kept_level(world, near, closure, tolerance, None).state
    return level_in(world, shocks, closure, tolerance, start)


@lru_cache(maxsize=12)
def kept_base(world: World, base: Shocks, closure: Closure, tolerance: float) -> Imposed:
    """The world without pressure and ties, to impose on; solved once for all horizons."""
    return Imposed(world, base, closure, tolerance)


@lru_cache(maxsize=24)
def kept_start(
    world: World, base: Shocks, closure: Closure, tolerance: float, years: float
) -> Imposed:
    """The same as it responds within so many years."""
    solved = kept_base(world, base, closure, tolerance)
    return solved.adapted(partial(with_horizon, years=years))


@lru_cache(maxsize=512)
def kept_imposed(start: Imposed, shocks: Shocks, near: Shocks | None) -> Level:
    """A world imposed on another, solved once; the search starts from that after `near`."""
    begin = None if near is None else kept_imposed(start, near, None).state
    return level_at(start.settle(start.relative(apply_all(start.origin, shocks)), start=begin))


class Worlds:
    """The worlds of one question at one end of the figures: how each is solved.

    `base` are the shocks of the world without pressure and ties, `pressed` those of the world under
    pressure, in the neighbourhood of which the others are.
    """

    def __init__(self, case: Case, base: Shocks, pressed: Shocks, years: float | None) -> None:
        self.case, self.base, self.pressed = case, base, pressed
        self.settings = case.scenario.closure, case.scenario.tolerance
        self.start: Imposed | None = None
        if years is not None:
            self.start = kept_start(case.world, base, *self.settings, years)

    @property
    def world(self) -> World:
        """The world that is solved, as it can respond."""
        return self.case.world if self.start is None else self.start.world

    def level(self, state: str, shocks: Shocks) -> Level:
        """Solve one world. Raises `SolveError` naming it."""
        near = None if shocks in (self.base, self.pressed) else self.pressed
        try:
            if self.start is not None:
                return kept_imposed(self.start, shocks, near)
            return kept_level(self.case.world, shocks, *self.settings, near)
        except SolveError as error:
            where = f"{self.case.name}, {state.replace('_', ' ')}"
            raise SolveError(f"{where}: {error}", error.result) from None

    def settle(self, to: Accumulator, start: State | None) -> Settled:
        """Solve for shocks already applied to the original world, from a start or the world under
        pressure.
        """
        begin = self.level("pressure", self.pressed).state if start is None else start
        if self.start is not None:
            return self.start.settle(self.start.relative(to), start=begin)
        return settle_collected(self.case.world, to, *self.settings, start=begin)


def phase_answer(
    case: Case,
    phase: Phase,
    lift: Shocks,
    years: float | None,
    progress: Progress | None,
    *,
    main: bool,
    split: bool,
) -> tuple[PhaseResult, float, World]:
    """The worlds of one phase, the largest residual among them, and the world that was solved."""
    switches = {end: switches_of(case, phase, end, make=kept) for end in ENDS}
    four: dict[End, Four] = {}
    residual, parts = 0.0, xr.Dataset()
    for end in ENDS:
        off, on = (tuple(shocks_of(switches[end], on=state)) for state in (False, True))
        worlds = Worlds(case, (*lift, *off), off, years)
        lists = {"no_pressure": (*lift, *off), "pressure": off, "pressure_ties": on}
        if main and end == "central":
            lists["no_pressure_ties"] = (*lift, *on)
        levels = {state: worlds.level(state, shocks) for state, shocks in lists.items()}
        residual = max(residual, *(level.residual for level in levels.values()))
        four[end] = Read({}, received_of(switches[end]), levels, case.world.regions)
        if split and end == "central":
            targets = case.scenario.targets
            before = {region: four[end].welfare("no_pressure", region) for region in targets}
            splitter = Splitter(case, switches[end], before, worlds.settle)
            parts = split_by_unit(splitter, units_of(case.scenario), progress)
    made = PhaseResult(phase, case.world, four, switches, units_of(case.scenario), parts)
    return made, residual, worlds.world


def answer(
    scenario: str | Path | Case,
    *,
    levels: Levels | None = None,
    abstain: Sequence[str] | None = None,
    elasticities: str | None = None,
    horizon: float | None = None,
    split: bool = False,
    progress: Progress | None = None,
) -> Answer:
    """The headline of a shipped case by name, of a scenario file or of a case, varied or not.

    `levels` says by tie and phase how much of a tie there is, 0 to 2; `abstain` which senders take
    no part, codes or groups; `elasticities` names another set; with a `horizon`, 0.25 to 100 years
    since the pressure, every phase stands there instead of in the long run. What is left out is as
    the case has it. `split` asks for what each group of ties adds, over all their subsets;
    `progress(done, all)` is called as these are solved, phase by phase.

    Raises `ScenarioError` naming what is unknown, `SolveError` naming the world that has no
    equilibrium.
    """
    case = scenario if isinstance(scenario, Case) else kept_case(scenario)
    variation = Variation(
        levels={tie: dict(stated) for tie, stated in (levels or {}).items()},
        abstain=None if abstain is None else tuple(abstain),
        elasticities=elasticities,
        horizon=horizon,
    )
    return answer_to(case, variation, split=split, progress=progress)


def answer_to(
    case: Case, variation: Variation, *, split: bool = False, progress: Progress | None = None
) -> Answer:
    """The same to a variation as `tumen.scenario.variation` reads it from a link."""
    case = varied(case, variation)
    lift = lift_of(case).rest
    phases: dict[str, PhaseResult] = {}
    residual = 0.0
    for number, phase in enumerate(case.scenario.tied_phases):
        phases[phase.id], left, world = phase_answer(
            case, phase, lift, variation.horizon, progress, main=number == 0, split=split
        )
        residual = max(residual, left)
    return Answer(
        case=case,
        phases=phases,
        lift=list(lift),
        variation=variation,
        horizon=variation.horizon,
        residual=residual,
        elasticities=elasticities_in_words(world),
    )
