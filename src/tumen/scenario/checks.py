"""What a scenario must agree with: its world, its evidence, the tables beside it, its own sums."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tumen.codes import resolve
from tumen.errors import ScenarioError, TumenError, nearest
from tumen.scenario import yamlfile
from tumen.scenario.change_checks import check_abstain, check_levels
from tumen.scenario.effects import (
    EntryEffect,
    LabourEffect,
    ProductionEffect,
    RoutesEffect,
    TradeEffect,
    TransferEffect,
)
from tumen.scenario.evidence import Evidence
from tumen.scenario.extension import Extension
from tumen.scenario.figure import Place
from tumen.scenario.network import Link, changed_tracks
from tumen.scenario.network_file import read_network
from tumen.scenario.potentials import read_potentials
from tumen.scenario.schema import Scenario
from tumen.scenario.support import check_cited, check_evidence, check_support, written
from tumen.world.horizon import check_years
from tumen.world.world import World

Wanted = tuple[Place, Any, str]
# Parts of a deficit agree with it to half a million USD: figures are given in whole millions.
RESIDUAL_TOLERANCE = 0.5
REGION_FIELDS = (
    "payer", "receiver", "rest_to", "region", "home", "host", "between", "importer", "exporter",
)  # fmt: skip


def effects_of(scenario: Scenario) -> Iterator[tuple[Place, Any]]:
    """Every effect with its place in the file."""
    for number, channel in enumerate(scenario.ties):
        for at, effect in enumerate(channel.effects):
            yield ("ties", number, "effects", at), effect


def labels_of_questions(scenario: Scenario) -> Iterator[Wanted]:
    """Regions that the questions of a case name."""
    for number, test in enumerate(scenario.backtests):
        yield ("backtests", number, "region"), test.region, "region"
    if scenario.weapons is not None:
        yield ("weapons", "region"), scenario.weapons.region, "region"
    for name in ("market_entry", "supply"):
        question = getattr(scenario, name)
        for field in ("buyer", "seller") if question is not None else ():
            yield (name, field), getattr(question, field), "region"
    for number, asked in enumerate(scenario.break_even):
        yield ("break_even", number, "target"), asked.target, "region"


def labels(scenario: Scenario) -> Iterator[Wanted]:
    """Every region and sector that the scenario names, with its place."""
    yield ("targets",), scenario.targets, "region"
    yield ("senders",), scenario.senders, "region"
    yield ("others",), scenario.others or None, "region"
    for number, measure in enumerate(scenario.pressure):
        yield ("pressure", number, "target"), measure.target, "region"
        yield ("pressure", number, "senders"), measure.senders, "region"
    for number, item in enumerate(scenario.balance):
        yield ("balance", number, "region"), item.region, "region"
        yield ("balance", number, "lender"), item.lender, "region"
    for number, channel in enumerate(scenario.ties):
        yield ("ties", number, "third"), channel.third, "region"
    yield from labels_of_questions(scenario)
    for place, effect in effects_of(scenario):
        for field in REGION_FIELDS:
            value = getattr(effect, field, None)
            if value == "everyone" and field == "payer":
                continue
            yield (*place, field), value, "region"
        yield (*place, "sector"), getattr(effect, "sector", None), "sector"
        for at, part in enumerate(getattr(effect, "paid_in", ())):
            yield (*place, "paid_in", at, "sector"), part.sector, "sector"


def check_labels(document: yamlfile.Document, scenario: Scenario, world: World) -> None:
    """Every region and sector that the scenario names is in the world."""
    for place, value, kind in labels(scenario):
        if value is None:
            continue
        try:
            resolve(
                value,
                world.regions if kind == "region" else world.sectors,
                world.members if kind == "region" else None,
                field=kind,
            )
        except TumenError as error:
            raise ScenarioError(f"{document.where(place)}: {error}") from None


def check_names(document: yamlfile.Document, scenario: Scenario) -> None:
    """Ids are unique, and groups and channels that are named exist."""

    def unique(field: str, ids: list[str]) -> None:
        for number, name in enumerate(ids):
            if name in ids[:number]:
                raise ScenarioError(
                    f"{document.where((field, number, 'id'))}: the id {name!r} stands twice"
                )

    channels = [channel.id for channel in scenario.ties]
    groups = [group.id for group in scenario.groups]
    unique("ties", channels)
    unique("groups", groups)
    for number, channel in enumerate(scenario.ties):
        where = document.where(("ties", number, "group"))
        if channel.group is not None and channel.group not in groups:
            raise ScenarioError(
                f"{where}: there is no group {channel.group!r} under `groups`"
                f"{nearest(channel.group, groups)}"
            )
        if channel.group is None and channel.id in groups:
            raise ScenarioError(
                f"{document.where(('ties', number, 'id'))}: {channel.id!r} is the id of a group "
                "too; give one of them another"
            )
    measures = [measure.id for measure in scenario.pressure]
    for number, test in enumerate(scenario.backtests):
        for name in test.measures:
            if name not in measures:
                raise ScenarioError(
                    f"{document.where(('backtests', number, 'measures'))}: there is no measure "
                    f"{name!r}{nearest(name, measures)}"
                )
    for number, question in enumerate(scenario.break_even):
        for name in question.channels:
            if name not in channels:
                raise ScenarioError(
                    f"{document.where(('break_even', number, 'channels'))}: there is no channel "
                    f"{name!r}{nearest(name, channels)}"
                )


def check_changes(
    document: yamlfile.Document,
    change: Extension,
    scenario: Scenario,
    world: World,
    evidence: dict[str, Evidence],
) -> None:
    """What a case changes in its base; `scenario` is the outcome. Raises `ScenarioError`."""
    ties = [tie.id for tie in scenario.ties]
    for name in change.levels:
        if name not in ties:
            raise ScenarioError(
                f"{document.where(('levels', name))}: there is no tie {name!r}{nearest(name, ties)}"
            )
    check_levels(document, scenario)
    check_horizons(document, scenario)
    check_abstain(document, scenario, world)
    check_support(document, change)
    check_cited(document, written(document, change), evidence)


def check_sizes(document: yamlfile.Document, scenario: Scenario, world: World) -> None:
    """No transfer larger than the income of its payer, no trade tie without trade."""
    for place, effect in effects_of(scenario):
        if isinstance(effect, TransferEffect) and effect.payer != "everyone":
            most = float(world.income.sel(region=effect.payer))
            if effect.gross.high >= most:
                raise ScenarioError(
                    f"{document.where((*place, 'gross'))}: {effect.gross.high:,.6g} million "
                    f"USD a year is more than {effect.payer} spends ({most:,.6g}); check the unit"
                )
        if isinstance(effect, ProductionEffect):
            most = float(world.dataset["value_added"].sel(region=effect.region))
            if effect.value.high * effect.home_cost.high >= most:
                raise ScenarioError(
                    f"{document.where((*place, 'value'))}: making it takes more than "
                    f"{effect.region} earns ({most:,.6g} million USD a year); check the unit"
                )
        if isinstance(effect, TradeEffect) and effect.flow_hat.low <= 0:
            raise ScenarioError(
                f"{document.where((*place, 'flow_hat'))}: must be above zero; a tie that is "
                "off is taken out by itself"
            )
        if isinstance(effect, LabourEffect) and effect.persons.high >= effect.home_workforce.low:
            raise ScenarioError(
                f"{document.where((*place, 'persons'))}: more people leave than work at home"
            )


def check_tables(document: yamlfile.Document, scenario: Scenario, folder: Path) -> None:
    """Links and potentials that effects name stand in the tables beside the case."""
    for place, effect in effects_of(scenario):
        try:
            if isinstance(effect, EntryEffect) and effect.of_potential is not None:
                check_potential(effect, folder)
            if isinstance(effect, RoutesEffect):
                network = read_network(folder)
                for change in effect.changes:
                    same = None if change.open else 1.0
                    link = Link(change.a, change.b, change.mode, open=change.open, factor=same)
                    changed_tracks(network, [link])
        except TumenError as error:
            raise ScenarioError(f"{document.where(place)}: {error}") from None


def check_potential(effect: EntryEffect, folder: Path) -> None:
    """The pair stands in potentials.csv."""
    pair = (effect.importer, effect.exporter)
    if pair not in {(item.importer, item.exporter) for item in read_potentials(folder)}:
        raise ScenarioError(
            f"of_potential: potentials.csv names no sale of {pair[1]} to {pair[0]}; add it, or "
            "give `share` or `sales`"
        )


def check_balance(document: yamlfile.Document, scenario: Scenario, world: World) -> None:
    """What pays for a recorded deficit adds up to it with the residual that is stated."""
    for number, item in enumerate(scenario.balance):
        if item.residual is None:
            continue
        deficit = float(world.dataset["transfer"].sel(region=item.region))
        held = [part.value.central for part in item.items]
        for _, effect in effects_of(scenario):
            if isinstance(effect, TransferEffect):
                sign = (effect.receiver == item.region) - (effect.payer == item.region)
                held.append(sign * effect.in_benchmark.central)
        rest = deficit - sum(held)
        if abs(rest - item.residual) > RESIDUAL_TOLERANCE:
            raise ScenarioError(
                f"{document.where(('balance', number, 'residual'))}: the parts leave {rest:,.1f} "
                f"million USD of {item.region}'s recorded deficit of {deficit:,.1f} unexplained, "
                f"not {item.residual:,.1f}; state what they leave, or mend the parts"
            )


def check_horizons(document: yamlfile.Document, scenario: Scenario) -> None:
    """Every horizon lies in its range and stands once; a backtest needs one."""
    if scenario.backtests and not scenario.horizons:
        raise ScenarioError(
            f"{document.where(('backtests',))}: a backtest is made at horizons; name some under "
            "`horizons`"
        )
    for number, years in enumerate(scenario.horizons):
        where = document.where(("horizons", number))
        try:
            check_years(years)
        except TumenError as error:
            raise ScenarioError(f"{where}: {error}") from None
        if years in scenario.horizons[:number]:
            raise ScenarioError(f"{where}: the horizon {years:g} stands twice")


def check_all(
    document: yamlfile.Document,
    scenario: Scenario,
    world: World,
    evidence: dict[str, Evidence],
    folder: Path,
) -> None:
    """Everything at once. Raises `ScenarioError` naming file, line, field and remedy."""
    check_names(document, scenario)
    check_levels(document, scenario)
    check_horizons(document, scenario)
    check_labels(document, scenario, world)
    check_abstain(document, scenario, world)
    check_sizes(document, scenario, world)
    check_support(document, scenario)
    check_evidence(document, scenario, evidence, folder)
    check_tables(document, scenario, folder)
    check_balance(document, scenario, world)
