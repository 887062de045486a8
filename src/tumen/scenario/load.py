"""From a file to a checked scenario: every name resolved before anything runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tumen.errors import Fault, ScenarioError, TumenError, nearest
from tumen.scenario import yamlfile
from tumen.scenario.checks import check_all
from tumen.scenario.evidence import Evidence, read_evidence
from tumen.scenario.figure import Figure, Place, walk_figures
from tumen.scenario.locate import locate
from tumen.scenario.records import Record, read_records
from tumen.scenario.schema import Scenario
from tumen.scenario.shockfile import ShockFile
from tumen.world.embedded import load_world
from tumen.world.world import World

Model = TypeVar("Model", bound=BaseModel)


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


def validated(document: yamlfile.Document, model: type[Model]) -> Model:
    """Check the document against the schema; errors name file, line, field and remedy."""
    if not isinstance(document.value, dict):
        raise ScenarioError(f"{document.path}, line 1: a list of `field: value` lines is needed")
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        places, faults = faults_of(error, document, model)
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        message = f"{document.where(places[0])}: {faults[0].message}{more}"
        raise ScenarioError(message, faults) from None


# A file with more faults than this is no scenario at all.
MOST_FAULTS = 100


def faults_of(
    error: ValidationError, document: yamlfile.Document, model: type[BaseModel]
) -> tuple[list[Place], list[Fault]]:
    """Every fault that the schema finds, in plain words, and its place."""
    known: list[str] = []
    places, faults = [], []
    for one in error.errors(include_input=False, include_url=False)[:MOST_FAULTS]:
        place = fields_only(one["loc"], document)
        message = str(one["msg"]).removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            known = known or fields_of(model)
            message = f"unknown field{nearest(str(place[-1]), known)}"
        elif one["type"] == "missing":
            message = "this field is missing"
        places.append(place)
        faults.append(Fault(document.line_of(place), ".".join(map(str, place)), message))
    return places, faults


def fields_only(place: Place, document: yamlfile.Document) -> Place:
    """The place of an error without the tags of unions, which stand in no file."""
    fields = {name for known in document.lines for name in known if isinstance(name, str)}

    def is_tag(at: int) -> bool:
        part = place[at]
        if not isinstance(part, str):
            return False
        in_list = at >= 2 and place[at - 2] in ("effects", "shocks")
        return in_list or (part not in fields and part.endswith(("Spec", "]")))

    return tuple(part for at, part in enumerate(place) if not is_tag(at))


def fields_of(model: type[BaseModel]) -> list[str]:
    """Names of the fields that the schema knows anywhere: enough for a suggestion."""
    schema = model.model_json_schema()
    known = set(schema.get("properties", {}))
    for part in schema.get("$defs", {}).values():
        known |= set(part.get("properties", {}))
    return sorted(known)


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
    check_all(document, scenario, world, evidence, folder)
    records: list[Record] = []
    sha = hashlib.sha256(path.read_bytes())
    for record_file in sorted({measure.records for measure in scenario.pressure}):
        wanted = {item.id for item in scenario.pressure if item.records == record_file}
        records += read_records(folder / record_file, world, wanted)
        sha.update((folder / record_file).read_bytes())
    for table in tables_of(scenario, folder):
        sha.update(table.read_bytes())
    sha.update(world.digest.encode())
    label = folder.name if path.name == "case.yaml" else path.stem
    return Case(label, path, scenario, world, evidence, tuple(records), sha.hexdigest()[:16])


def tables_of(scenario: Scenario, folder: Path) -> list[Path]:
    """Tables beside the scenario that its answer depends on, besides the records.

    The evidence is one of them: its figures stand in the predictions of claims.
    """
    places = [folder] if scenario.evasion is None else [folder, folder / scenario.evasion.folder]
    wanted = [place / name for place in places for name in ("nodes.csv", "links.csv", "pairs.csv")]
    beside = [folder / name for name in ("potentials.csv", "claims.yaml")]
    if scenario.evidence is not None:
        beside.append(folder / scenario.evidence)
    return [path for path in (*beside, *wanted) if path.is_file()]


def world_name(name: str, folder: Path) -> str:
    """A world file named in a scenario is looked for beside the scenario."""
    beside = folder / name
    return str(beside) if name.endswith(".nc") and beside.is_file() else name


def load_shock_file(path: str | Path) -> ShockFile:
    """Read a file of shocks for `tumen solve`. Raises `ScenarioError`."""
    return validated(yamlfile.read(path), ShockFile)
