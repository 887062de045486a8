"""What is varied must be there: phases that have ties, senders who impose a measure."""

from __future__ import annotations

from tumen.codes import resolve
from tumen.errors import ScenarioError, TumenError, nearest
from tumen.scenario import yamlfile
from tumen.scenario.schema import Scenario
from tumen.world.world import World


def check_levels(document: yamlfile.Document, scenario: Scenario) -> None:
    """A level of a tie names a phase in which ties count."""
    known = [phase.id for phase in scenario.tied_phases]
    own = "ties" in document.value
    for number, channel in enumerate(scenario.ties):
        for phase in channel.levels:
            if phase in known:
                continue
            place = ("ties", number, "levels", phase) if own else ("levels", channel.id, phase)
            raise ScenarioError(
                f"{document.where(place)}: there is no phase {phase!r} with pressure and ties"
                f"{nearest(phase, known)}"
            )


def senders_of(scenario: Scenario, world: World) -> list[str]:
    """Every region that imposes a measure, in the world's order."""
    found: set[str] = set()
    for measure in scenario.pressure:
        found |= {*resolve(measure.senders, world.regions, world.members, field="senders")}
    return [region for region in world.regions if region in found]


def check_abstain(document: yamlfile.Document, scenario: Scenario, world: World) -> None:
    """Who takes no part would otherwise impose a measure."""
    senders = senders_of(scenario, world)
    for number, name in enumerate(scenario.abstain):
        where = document.where(("abstain", number))
        try:
            named = resolve(name, world.regions, world.members, field="abstain")
        except TumenError as error:
            raise ScenarioError(f"{where}: {error}") from None
        if others := [region for region in named if region not in senders]:
            who = f"{name!r}" if named == [name] else f"{others[0]!r} of {name!r}"
            raise ScenarioError(
                f"{where}: {who} is no sender of any measure and cannot abstain"
                f"{nearest(others[0], senders)}"
            )
