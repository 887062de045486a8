"""The phases of a case: how much of each tie there is, its switches, and the four worlds."""

from __future__ import annotations

from collections.abc import Callable

from tumen.analysis.channels import switch_of
from tumen.analysis.fourworlds import ENDS, PhaseResult, four_worlds
from tumen.analysis.lifting import lift_of
from tumen.analysis.shapley import Progress
from tumen.analysis.splitting import Splitter, split_by_channel, split_by_unit, units_of
from tumen.analysis.switch import Setting, Switch
from tumen.errors import ScenarioError, ShockError
from tumen.scenario.figure import End
from tumen.scenario.load import Case
from tumen.scenario.schema import Channel, Phase, level_of
from tumen.scenario.shocks import Shock, apply_all
from tumen.world.world import World

Make = Callable[[Channel, Setting], Switch]


def switches_of(
    case: Case,
    phase: Phase,
    end: End = "central",
    world: World | None = None,
    make: Make = switch_of,
) -> dict[str, Switch]:
    """Every tie of a case as shocks, at its level in a phase and one end of its figures.

    What lifts the measures of those who abstain stands before the first tie, with it and without:
    every world of a case holds each of its ties either on or off, so that none lacks it and none
    has it twice.
    """
    scenario = case.scenario
    base = Setting(
        world or case.world,
        scenario.targets,
        case.folder,
        end,
        value_of_day=scenario.value_of_day.at(end),
    )
    switches = {}
    for channel in scenario.ties:
        setting = base._replace(level=level_of(channel, phase, end))
        switches[channel.id] = switch_at(case, channel, setting, make)
    if scenario.abstain:
        standing = lift_of(case, base.world).standing
        first = scenario.ties[0].id
        switches[first] = switches[first].after(standing)
    return switches


def switch_at(case: Case, channel: Channel, setting: Setting, make: Make) -> Switch:
    """One tie as shocks. Raises `ScenarioError` naming the tie and a level that it cannot have."""
    try:
        switch = make(channel, setting)
        if setting.level > 1:
            apply_all(setting.world, switch.on)
    except (ScenarioError, ShockError) as error:
        raise ScenarioError(
            f"{case.name}, tie {channel.id} at {100 * setting.level:g} %: {error}"
        ) from None
    return switch


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


def lifted(case: Case, world: World | None = None) -> tuple[list[Shock], int, float]:
    """What undoes the pressure of a case, the maps it took and its largest relative gap.

    The part of those who abstain is not in it: `switches_of` has that, for every world.
    """
    lift = lift_of(case, world)
    return list(lift.rest), lift.maps, lift.error


def tied_world(phase: str, main: str) -> str:
    """How results name a phase's world with pressure and ties; the main phase needs no name."""
    return "pressure_ties" if phase == main else f"pressure_ties_{phase}"


def with_ties(case: Case) -> list[Phase]:
    """The phases with pressure and ties, in time order; the headline belongs to the first."""
    return case.scenario.tied_phases
