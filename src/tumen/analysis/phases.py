"""The phases of a case: how much of each tie there is, its switches, and the four worlds."""

from __future__ import annotations

from tumen.analysis.channels import switch_of
from tumen.analysis.fourworlds import ENDS, PhaseResult, four_worlds
from tumen.analysis.lifting import lifting, recorded
from tumen.analysis.shapley import Progress
from tumen.analysis.splitting import Splitter, split_by_channel, split_by_unit, units_of
from tumen.analysis.switch import Setting, Switch
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.schema import Channel, Phase
from tumen.scenario.shocks import Shock
from tumen.world.world import World


def level_of(channel: Channel, phase: Phase, end: End) -> float:
    """How much of a channel is there in a phase: all of it, what persists, or none of it."""
    starts = channel.start is None or channel.start <= phase.last
    lasts = channel.end is None or channel.end >= phase.first
    if phase.ties == "none" or not (starts and lasts):
        return 0.0
    return 1.0 if phase.ties == "full" else channel.persistence.at(end)


def switches_of(
    case: Case, phase: Phase, end: End = "central", world: World | None = None
) -> dict[str, Switch]:
    """Every tie of a case as shocks, at its level in a phase and one end of its figures."""
    scenario = case.scenario
    base = Setting(
        world or case.world,
        scenario.targets,
        case.path.parent,
        end,
        value_of_day=scenario.value_of_day.at(end),
    )
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


def lifted(case: Case) -> tuple[list[Shock], int, float]:
    """What undoes the pressure of a case, the maps it took and its largest relative gap."""
    scenario, world = case.scenario, case.world
    return lifting(world, *recorded(case, world), scenario.closure, scenario.tolerance)


def tied_world(phase: str, main: str) -> str:
    """How results name a phase's world with pressure and ties; the main phase needs no name."""
    return "pressure_ties" if phase == main else f"pressure_ties_{phase}"


def with_ties(case: Case) -> list[Phase]:
    """The phases with pressure and ties, in time order; the headline belongs to the first."""
    return [phase for phase in case.scenario.phases if phase.pressure and phase.ties != "none"]
