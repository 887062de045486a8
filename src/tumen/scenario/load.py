"""From a file to a checked scenario: every name resolved before anything runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tumen.codes import resolve
from tumen.errors import ScenarioError, TumenError, nearest
from tumen.scenario import yamlfile
from tumen.scenario.evidence import Evidence, read_evidence
from tumen.scenario.figure import Figure
from tumen.scenario.records import Record, read_records
from tumen.scenario.schema import (
    LabourEffect,
    ProductivityEffect,
    Scenario,
    TradeEffect,
    TransferEffect,
)
from tumen.scenario.shockfile import ShockFile
from tumen.world.embedded import load_world
from tumen.world.world import World

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Case:
    """A scenario with its world, evidence and records: all that a run needs."""

    name: str
    path: Path
    scenario: Scenario
    world: World
    evidence: dict[str, Evidence]
    records: tuple[Record, ...]
    digest: str

    def world_under(self, elasticities: str) -> World:
        """The same world with another set of trade elasticities."""
        return load_world(
            world_name(self.scenario.world, self.path.parent),
            elasticities=elasticities,
            floor=self.scenario.elasticity_floor,
        )

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Every figure of the scenario with the name of its place."""
        yield from walk_figures(self.scenario, ())


def library() -> list[str]:
    """Names of the shipped cases."""
    root = files("tumen.scenario") / "library"
    return sorted(item.name for item in root.iterdir() if (item / "case.yaml").is_file())


def locate(name: str | Path) -> Path:
    """The file of a shipped case, or the path itself. Raises `ScenarioError` with near names."""
    text = str(name)
    path = Path(text)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return path
    if (path / "case.yaml").is_file() and path.is_dir():
        return path / "case.yaml"
    if text in library():
        return Path(str(files("tumen.scenario") / "library" / text / "case.yaml"))
    raise ScenarioError(f"there is no case {text!r}{nearest(text, library())}")


def validated(document: yamlfile.Document, model: type[Model]) -> Model:
    """Check the document against the schema; errors name file, line, field and remedy."""
    if not isinstance(document.value, dict):
        raise ScenarioError(f"{document.path}, line 1: a list of `field: value` lines is needed")
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(
            part for part in first["loc"] if not (isinstance(part, str) and is_tag(part, document))
        )
        message = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = f"unknown field{nearest(str(place[-1]), fields_of(model))}"
        elif first["type"] == "missing":
            message = "this field is missing"
        more = len(error.errors()) - 1
        raise ScenarioError(
            f"{document.where(place)}: {message}" + (f" (and {more} more)" if more else "")
        ) from None


def is_tag(part: str, document: yamlfile.Document) -> bool:
    """Whether a part of an error's place is a union's tag rather than a field of the file."""
    fields = {name for place in document.lines for name in place if isinstance(name, str)}
    return part not in fields and (part.endswith(("Spec", "]")) or part in KINDS)


KINDS = {
    "transfer", "goods received", "trade", "productivity", "labour",
    "Tariff", "TradeCost", "Embargo", "MarketEntry", "Productivity", "LabourForce", "Transfer",
}  # fmt: skip


def fields_of(model: type[BaseModel]) -> list[str]:
    """Names of the fields that the schema knows anywhere: enough for a suggestion."""
    schema = model.model_json_schema()
    known = set(schema.get("properties", {}))
    for part in schema.get("$defs", {}).values():
        known |= set(part.get("properties", {}))
    return sorted(known)


def walk_figures(value: Any, place: Place) -> Iterator[tuple[str, Figure]]:
    """Every figure below a model, with its dotted place."""
    if isinstance(value, Figure):
        yield ".".join(map(str, place)), value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from walk_figures(getattr(value, name), (*place, name))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from walk_figures(item, (*place, number))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from walk_figures(item, (*place, name))


def check_labels(document: yamlfile.Document, scenario: Scenario, world: World) -> None:
    """Every region and sector that the scenario names is in the world."""
    wanted: list[tuple[Place, Any, str]] = [
        (("targets",), scenario.targets, "region"),
        (("senders",), scenario.senders, "region"),
        (("others",), scenario.others or None, "region"),
    ]
    for number, measure in enumerate(scenario.pressure):
        wanted.append((("pressure", number, "target"), measure.target, "region"))
        wanted.append((("pressure", number, "senders"), measure.senders, "region"))
    for number, item in enumerate(scenario.balance):
        wanted.append((("balance", number, "region"), item.region, "region"))
        wanted.append((("balance", number, "lender"), item.lender, "region"))
    if scenario.weapons is not None:
        wanted.append((("weapons", "region"), scenario.weapons.region, "region"))
    if scenario.market_entry is not None:
        for field in ("buyer", "seller"):
            value = getattr(scenario.market_entry, field)
            wanted.append((("market_entry", field), value, "region"))
    known = {channel.id for channel in scenario.ties}
    for number, question in enumerate(scenario.break_even):
        wanted.append((("break_even", number, "target"), question.target, "region"))
        for name in question.channels:
            if name not in known:
                raise ScenarioError(
                    f"{document.where(('break_even', number, 'channels'))}: there is no channel "
                    f"{name!r}{nearest(name, known)}"
                )
    for number, channel in enumerate(scenario.ties):
        for at, effect in enumerate(channel.effects):
            place: Place = ("ties", number, "effects", at)
            for field in ("payer", "receiver", "rest_to", "region", "home", "host", "between"):
                value = getattr(effect, field, None)
                if value == "everyone" and field == "payer":
                    continue
                wanted.append(((*place, field), value, "region"))
            if isinstance(effect, ProductivityEffect):
                wanted.append(((*place, "sector"), effect.sector, "sector"))
    for place, value, kind in wanted:
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


def check_sizes(document: yamlfile.Document, scenario: Scenario, world: World) -> None:
    """No transfer larger than the income of its payer, no trade tie without trade."""
    income = world.income
    for number, channel in enumerate(scenario.ties):
        for at, effect in enumerate(channel.effects):
            place: Place = ("ties", number, "effects", at)
            if isinstance(effect, TransferEffect) and effect.payer != "everyone":
                most = float(income.sel(region=effect.payer))
                if effect.gross.high >= most:
                    raise ScenarioError(
                        f"{document.where((*place, 'gross'))}: {effect.gross.high:,.6g} million "
                        f"USD a year is more than {effect.payer} spends ({most:,.6g}); check the "
                        "unit"
                    )
            if isinstance(effect, TradeEffect) and effect.flow_hat.low <= 0:
                raise ScenarioError(
                    f"{document.where((*place, 'flow_hat'))}: must be above zero; a tie that is "
                    "off is taken out by itself"
                )
            if isinstance(effect, LabourEffect) and effect.persons.high >= (
                effect.home_workforce.low
            ):
                raise ScenarioError(
                    f"{document.where((*place, 'persons'))}: more people leave than work at home"
                )
    seen: set[str] = set()
    for number, channel in enumerate(scenario.ties):
        if channel.id in seen:
            raise ScenarioError(
                f"{document.where(('ties', number, 'id'))}: the id {channel.id!r} stands twice"
            )
        seen.add(channel.id)


def check_evidence(
    document: yamlfile.Document, scenario: Scenario, evidence: dict[str, Evidence]
) -> None:
    """Every id that the scenario names is in the evidence table."""
    named: list[tuple[str, list[str]]] = [
        (place, figure.evidence) for place, figure in walk_figures(scenario, ())
    ]
    named += [
        (f"pressure.{number}", measure.evidence) for number, measure in enumerate(scenario.pressure)
    ]
    for place, ids in named:
        for key in ids:
            if key not in evidence:
                parts = tuple(int(part) if part.isdigit() else part for part in place.split("."))
                raise ScenarioError(
                    f"{document.where((*parts, 'evidence'))}: there is no evidence {key!r}"
                    f"{nearest(key, evidence)}"
                )


def load_case(name: str | Path) -> Case:
    """Read, validate and resolve a scenario. Raises `ScenarioError` or `WorldError`."""
    path = locate(name)
    document = yamlfile.read(path)
    scenario = validated(document, Scenario)
    folder = path.parent
    try:
        world = load_world(
            world_name(scenario.world, folder),
            elasticities=scenario.elasticities,
            floor=scenario.elasticity_floor,
        )
    except TumenError as error:
        field = "elasticities" if "unknown elasticities" in str(error) else "world"
        raise ScenarioError(f"{document.where((field,))}: {error}") from None
    evidence = read_evidence(folder / scenario.evidence) if scenario.evidence else {}
    check_labels(document, scenario, world)
    check_sizes(document, scenario, world)
    check_evidence(document, scenario, evidence)
    records: list[Record] = []
    sha = hashlib.sha256(path.read_bytes())
    for record_file in sorted({measure.records for measure in scenario.pressure}):
        wanted = {item.id for item in scenario.pressure if item.records == record_file}
        records += read_records(folder / record_file, world, wanted)
        sha.update((folder / record_file).read_bytes())
    sha.update(world.digest.encode())
    label = folder.name if path.name == "case.yaml" else path.stem
    return Case(label, path, scenario, world, evidence, tuple(records), sha.hexdigest()[:16])


def world_name(name: str, folder: Path) -> str:
    """A world file named in a scenario is looked for beside the scenario."""
    beside = folder / name
    return str(beside) if name.endswith(".nc") and beside.is_file() else name


def load_shock_file(path: str | Path) -> ShockFile:
    """Read a file of shocks for `tumen solve`. Raises `ScenarioError`."""
    return validated(yamlfile.read(path), ShockFile)
