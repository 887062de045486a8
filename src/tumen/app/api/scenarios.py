"""The cases: what each asks, who takes part, and every tie with its level by phase."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from tumen.app.api.models import Given, Named, Range, problems
from tumen.app.api.worlds import elasticities_of
from tumen.app.server.shelf import shelf_of
from tumen.scenario.load import Case
from tumen.scenario.schema import Channel, Phase, level_of

router = APIRouter(tags=["scenarios"])


class ScenarioBrief(Given):
    """A case in a few words."""

    name: Annotated[str, Field(examples=["moscow-pyongyang"])]
    title: str
    summary: str
    targets: Annotated[list[Named], Field(description="who is under pressure")]


class ScenarioList(Given):
    """The cases that the server holds."""

    scenarios: list[ScenarioBrief]


class PhaseOf(Given):
    """A stretch of years of a case."""

    id: str
    title: str
    words: str
    first: int
    last: int
    pressure: bool
    ties: Annotated[str, Field(description="none, full, or lasting: what persists of each")]


class GroupOf(Given):
    """Ties that are attributed together."""

    id: str
    title: str


class TieOf(Given):
    """A tie between the states, and how much of it there is in each phase; 1 is all of it."""

    id: str
    title: str
    summary: str
    group: str | None
    levels: Annotated[
        dict[str, Range], Field(description="by phase with pressure and ties, as the case has it")
    ]


class LinkOf(Given):
    """A link of the case's network between two places, and when it opens if it is closed yet."""

    a: Named
    b: Named
    mode: str
    opens: date | None


class ScenarioPage(ScenarioBrief):
    """A case with all that a variation of it may change."""

    digest: Annotated[str, Field(description="changes when anything of the case does")]
    world: str
    closure: Annotated[str, Field(description="what is done with recorded deficits")]
    elasticities: Annotated[str, Field(description="the set of trade elasticities it takes")]
    elasticity_sets: Annotated[list[str], Field(description="sets that it can take instead")]
    horizons: Annotated[list[float], Field(description="years since the pressure")]
    senders: Annotated[list[Named], Field(description="who imposes a measure")]
    others: Annotated[list[Named], Field(description="who else is shown on their own")]
    phases: list[PhaseOf]
    groups: list[GroupOf]
    ties: list[TieOf]
    links: list[LinkOf]


def named(case: Case, selector: str | list[str] | None) -> list[Named]:
    """The regions that a selector means, with their names; none where it is empty."""
    from tumen.codes import resolve
    from tumen.world.names import name_of

    if not selector:
        return []
    world = case.world
    codes = resolve(selector, world.regions, world.members, field="region")
    return [Named(code=code, name=name_of(world, code)) for code in codes]


def senders_of(case: Case) -> list[str]:
    """Whoever imposes a measure of the case."""
    measures = [case.scenario.senders, *(measure.senders for measure in case.scenario.pressure)]
    return [code for one in measures for code in ([one] if isinstance(one, str) else one)]


def brief(name: str, case: Case) -> ScenarioBrief:
    """A case in a few words."""
    scenario = case.scenario
    return ScenarioBrief(
        name=name,
        title=scenario.title,
        summary=scenario.summary,
        targets=named(case, scenario.targets),
    )


def elasticity_sets(case: Case) -> list[str]:
    """Sets by which the case may be answered: its own, those it compares with, the published."""
    scenario = case.scenario
    own = scenario.elasticities or "own"
    return list(dict.fromkeys([own, *scenario.compare_elasticities, *elasticities_of(case.world)]))


def tie(channel: Channel, phases: list[Phase]) -> TieOf:
    """A tie and its levels."""
    return TieOf(
        id=channel.id,
        title=channel.title,
        summary=channel.summary,
        group=channel.group,
        levels={
            phase.id: Range(
                low=level_of(channel, phase, "low"),
                central=level_of(channel, phase, "central"),
                high=level_of(channel, phase, "high"),
            )
            for phase in phases
        },
    )


def links(case: Case) -> list[LinkOf]:
    """The links of the network beside the case; none where it has no network."""
    from tumen.scenario.network_file import read_network

    if not (case.folder / "nodes.csv").is_file():
        return []
    network = read_network(case.folder)
    places = {place.code: Named(code=place.code, name=place.name) for place in network.places}
    return [
        LinkOf(a=places[one.a], b=places[one.b], mode=one.mode, opens=one.opens)
        for one in network.tracks
    ]


@router.get("/scenarios", summary="The cases", responses=problems())
def scenarios(request: Request) -> ScenarioList:
    """All cases that the server holds, in a few words each."""
    shelf = shelf_of(request)
    return ScenarioList(scenarios=[brief(name, shelf.case(name)) for name in shelf.cases()])


@router.get("/scenarios/{name}", summary="One case", responses=problems())
def scenario(name: str, request: Request) -> ScenarioPage:
    """A case with its phases, its ties and all that a variation of it may change."""
    case = shelf_of(request).case(name)
    found = case.scenario
    return ScenarioPage(
        **brief(name, case).model_dump(),
        digest=case.digest,
        world=case.world.name,
        closure=found.closure,
        elasticities=found.elasticities or "own",
        elasticity_sets=elasticity_sets(case),
        horizons=found.horizons,
        senders=named(case, senders_of(case)),
        others=named(case, found.others),
        phases=[PhaseOf(**phase.model_dump()) for phase in found.phases],
        groups=[GroupOf(**group.model_dump()) for group in found.groups],
        ties=[tie(channel, found.tied_phases) for channel in found.ties],
        links=links(case),
    )
