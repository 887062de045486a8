"""`tumen.run`: a case from its file to the losses, the offset ratios and who does what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tumen.analysis.backtest import Row, backtest
from tumen.analysis.breakeven import BreakEven, break_even, paid_share
from tumen.analysis.channels import shocks_of, switch_of
from tumen.analysis.corridor import Corridor, corridor, leakage
from tumen.analysis.entry import Effect, lankov_bound
from tumen.analysis.evasion import Evasion
from tumen.analysis.fourworlds import ENDS, Four, PhaseResult, four_worlds
from tumen.analysis.horizons import Horizon, horizons
from tumen.analysis.leverage import Leverage, leverage_of_case
from tumen.analysis.lifting import lifting, recorded
from tumen.analysis.money import transfers
from tumen.analysis.multistart import Multistart, multistart
from tumen.analysis.shapley import Progress
from tumen.analysis.splitting import Splitter, split_by_channel, split_by_unit, units_of
from tumen.analysis.supply import Supply, supply
from tumen.analysis.switch import Setting, Switch
from tumen.analysis.timeline import Timeline, timeline
from tumen.analysis.weapons import Funding, foreign_exchange, funding
from tumen.scenario.claims import load_claims
from tumen.scenario.figure import End
from tumen.scenario.load import Case, load_case
from tumen.scenario.potentials import read_potentials
from tumen.scenario.schema import Channel, Phase
from tumen.scenario.shocks import Shock
from tumen.solver.solve import solve
from tumen.world.world import World


class View(NamedTuple):
    """One world that a reader is shown: its title, and where it stands."""

    title: str
    phase: PhaseResult
    state: str

    def change(self, region: str) -> float:
        """Real income against the world without pressure and ties, per cent."""
        return self.phase.change(self.state, region)

    def million(self, region: str) -> float:
        """The same in million USD of the benchmark year."""
        return self.phase.million(self.state, region)

    def change_of(self, regions: list[str]) -> float:
        """Change of the joint real income of several regions, per cent."""
        income = self.phase.world.income
        before = sum(
            float(income.sel(region=region)) * self.phase.central.welfare("no_pressure", region)
            for region in regions
        )
        return 100 * sum(self.million(region) for region in regions) / before


@dataclass(frozen=True)
class CaseResult:
    """All that a run of a case found; `tumen.run` returns it.

    `phases` holds a `PhaseResult` for every phase with pressure and ties, in time order; `main` is
    the first of them, to which the headline belongs.
    """

    case: Case
    phases: dict[str, PhaseResult]
    lift: list[Shock]  # what undoes the pressure
    calibration_error: float
    calibration_maps: int
    by_elasticity: dict[str, Four]
    deficit_sensitivity: dict[str, float]  # loss if the deficit's rise counts as the pressure's
    timeline: Timeline
    leverage: dict[str, dict[str, Leverage]]  # by target and state
    break_even: list[BreakEven]
    weapons: Funding | None
    market_entry: dict[End, Effect] | None  # what the seller's goods could be worth to the buyer
    corridor: Corridor | None
    leakage: dict[End, Evasion] | None  # at each end of the premium of the way round
    supply: Supply | None  # what the main supplier's goods are worth to a target
    horizons: dict[float, Horizon]  # the main phase from the first months on
    backtests: list[Row]  # past measures against the record
    searches: Multistart  # the main world, with pressure and ties, from other places too

    @property
    def main(self) -> PhaseResult:
        """The first phase with pressure and ties."""
        return next(iter(self.phases.values()))

    @property
    def world(self) -> World:
        """The benchmark."""
        return self.case.world

    @property
    def views(self) -> dict[str, View]:
        """The worlds shown: no pressure, pressure, and pressure with ties in every phase."""
        found = {
            "no_pressure": View("no pressure", self.main, "no_pressure"),
            "pressure": View("pressure", self.main, "pressure"),
        }
        for name, phase in self.phases.items():
            key = "pressure_ties" if phase is self.main else f"pressure_ties_{name}"
            found[key] = View(f"with ties: {phase.phase.title.lower()}", phase, "pressure_ties")
        found["no_pressure_ties"] = View("no pressure, ties", self.main, "no_pressure_ties")
        return found


def level_of(channel: Channel, phase: Phase, end: End) -> float:
    """How much of a channel is there in a phase: all of it, what persists, or none of it."""
    starts = channel.start is None or channel.start <= phase.last
    lasts = channel.end is None or channel.end >= phase.first
    if phase.ties == "none" or not (starts and lasts):
        return 0.0
    return 1.0 if phase.ties == "full" else channel.persistence.at(end)


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


def switches_of(
    case: Case, phase: Phase, end: End = "central", world: World | None = None
) -> dict[str, Switch]:
    """Every tie of a case as shocks, at its level in a phase and one end of its figures."""
    scenario = case.scenario
    base = Setting(world or case.world, scenario.targets, case.path.parent, end)
    return {
        channel.id: switch_of(channel, base._replace(level=level_of(channel, phase, end)))
        for channel in scenario.ties
    }


def run_phase(
    case: Case,
    phase: Phase,
    lift: list[Shock],
    progress: Progress | None,
    *,
    channels: bool = False,
) -> PhaseResult:
    """The four worlds of one phase at every end of the figures, and the split at the centre."""
    world = case.world
    switches = {end: switches_of(case, phase, end) for end in ENDS}
    four = {end: four_worlds(case, world, lift, switches[end]) for end in ENDS}
    reference = {
        region: four["central"].welfare("no_pressure", region) for region in case.scenario.targets
    }
    splitter = Splitter(case, switches["central"], reference)
    units = units_of(case.scenario)
    return PhaseResult(
        phase,
        world,
        four,
        switches,
        units,
        split_by_unit(splitter, units, progress),
        split_by_channel(splitter, progress) if channels else None,
    )


def under_other_elasticities(case: Case, main: PhaseResult) -> dict[str, Four]:
    """The main phase's four worlds under the other sets of elasticities that the case names."""
    scenario = case.scenario
    found = {scenario.elasticities or "own": main.central}
    for name in scenario.compare_elasticities:
        other = case.world_under(name)
        lift, _, _ = lifting(other, *recorded(case, other), scenario.closure, scenario.tolerance)
        switches = switches_of(case, main.phase, world=other)
        found[name] = four_worlds(case, other, lift, switches)
    return found


def break_evens(case: Case, main: PhaseResult) -> list[BreakEven]:
    """The realised shares that the case asks for, with all other ties off."""
    scenario, four = case.scenario, main.central
    found = []
    for question in scenario.break_even:
        switches = main.switches["central"]
        shocks = [
            shock
            for name, switch in switches.items()
            for shock in (switch.on if name in question.channels else switch.off)
        ]
        if four.loss(question.target, "pressure") <= 0:
            continue
        found.append(
            break_even(
                case.world,
                question.target,
                paid_share(case.world, scenario.ties, question.channels, shocks, scenario.targets),
                four.welfare("no_pressure", question.target),
                four.welfare("pressure", question.target),
                received=sum(
                    switches[name].received.get(question.target, 0.0) for name in question.channels
                ),
                closure=scenario.closure,
                tolerance=scenario.tolerance,
            )
        )
    return found


def weapons_funding(case: Case) -> Funding | None:
    """What the ties' money could pay of the programmes that the case names."""
    asked = case.scenario.weapons
    if asked is None:
        return None
    ties = case.scenario.ties
    received = foreign_exchange(ties, asked.region)
    own = {channel.id: channel.fungibility or asked.fungibility for channel in ties}
    return funding(asked.region, received, asked.programmes, own, asked.technology)


def market_entry_bound(case: Case) -> dict[End, Effect] | None:
    """What a seller's goods could at most be worth to a buyer, from the case's potentials."""
    asked = case.scenario.market_entry
    if asked is None:
        return None
    return lankov_bound(
        case.world,
        read_potentials(case.path.parent),
        asked.buyer,
        asked.seller,
        case.scenario.closure,
        case.scenario.tolerance,
    )


def lifted(case: Case) -> tuple[list[Shock], int, float]:
    """What undoes the pressure of a case, the maps it took and its largest relative gap."""
    scenario, world = case.scenario, case.world
    return lifting(world, *recorded(case, world), scenario.closure, scenario.tolerance)


def main_phase(case: Case) -> Phase:
    """The first phase with pressure and ties, to which the headline belongs."""
    return next(phase for phase in case.scenario.phases if phase.pressure and phase.ties != "none")


def run_case(case: Case, progress: Progress | None = None, *, channels: bool = False) -> CaseResult:
    """Run a loaded case. Raises `SolveError` naming the world that has no equilibrium.

    With `channels` every tie is attributed on its own too, not only the groups of ties.
    """
    scenario = case.scenario
    load_claims(case.path.parent, case.evidence)  # a ledger that cannot be read ends it here
    lift, maps, error = lifted(case)
    phases = {
        phase.id: run_phase(case, phase, lift, progress, channels=channels)
        for phase in scenario.phases
        if phase.pressure and phase.ties != "none"
    }
    main = next(iter(phases.values()))
    off = shocks_of(main.switches["central"], on=False)
    return CaseResult(
        case=case,
        phases=phases,
        lift=lift,
        calibration_error=error,
        calibration_maps=maps,
        by_elasticity=under_other_elasticities(case, main),
        deficit_sensitivity=deficit_sensitivity(case, lift, off),
        timeline=timeline(case, phases, lift),
        leverage=leverage_of_case(case, main.central.results),
        break_even=break_evens(case, main),
        weapons=weapons_funding(case),
        market_entry=market_entry_bound(case),
        corridor=corridor(case),
        leakage=leakage(case, lift),
        supply=supply(case, off),
        horizons=horizons(case, main, lift),
        backtests=backtest(case, lift, off),
        searches=multistart(case.world, main.central.results["pressure_ties"].shocks, starts=4),
    )


def run(
    scenario: str | Path, progress: Progress | None = None, *, channels: bool = False
) -> CaseResult:
    """Run a shipped case by name, or a scenario file: the four worlds and what follows from them.

    The headline is split among groups of ties, over all their subsets. With `channels` every tie is
    split out on its own as well: all subsets up to twelve ties, drawn orders with a standard error
    beyond. `progress(done, all)` is called as worlds are solved.

    Raises `ScenarioError` for a scenario that cannot be read, `SolveError` without equilibrium.
    """
    return run_case(load_case(scenario), progress, channels=channels)
