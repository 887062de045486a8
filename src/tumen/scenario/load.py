"""From a file to a checked scenario: every name resolved before anything runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tumen.errors import Fault, ScenarioError, TumenError, nearest
from tumen.scenario import yamlfile
from tumen.scenario.checks import check_all, check_changes
from tumen.scenario.evidence import Evidence, read_evidence
from tumen.scenario.extension import Extension, extended
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
    """A scenario with its world, evidence and records: all that a run needs.

    `path` is the file it was loaded from, `folder` where its tables stand: for a case that extends
    another, the other's folder. `base` is the case it varies; `changes` what was varied in memory,
    so that `case_at` gives the same case again from its path.
    """

    name: str
    path: Path
    folder: Path
    scenario: Scenario
    world: World
    evidence: dict[str, Evidence]
    records: tuple[Record, ...]
    digest: str
    base: Case | None = None
    changes: tuple[str, ...] = ()

    def world_under(self, elasticities: str) -> World:
        """The same world with another set of trade elasticities."""
        name = world_name(self.scenario.world, self.folder)
        return world_once(name, stamp(Path(name)), elasticities, self.scenario.elasticity_floor)

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Every figure of the scenario with the name of its place."""
        yield from walk_figures(self.scenario, ())

    @property
    def root(self) -> Case:
        """The case that all variations began with; itself where it varies none."""
        return self if self.base is None else self.base.root


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
    return opened(locate(name), ())


# Cases kept by their path, with the state of their files when they were read.
KEPT: dict[Path, tuple[tuple[object, ...], Case]] = {}
MOST_KEPT, KEEPING = 16, Lock()


def kept_case(name: str | Path) -> Case:
    """The same, read again only where a file of it has changed since."""
    path = locate(name).resolve()
    known = KEPT.get(path)
    if known is not None and known[0] == stamps(known[1]):
        return known[1]
    case = load_case(name)
    with KEEPING:
        while len(KEPT) >= MOST_KEPT:
            KEPT.pop(next(iter(KEPT)))
        KEPT[path] = stamps(case), case
    return case


def stamps(case: Case) -> tuple[object, ...]:
    """When and how large each file is that a case is read from; None for one that is not there."""
    files = [case.path, *beside_of(case)]
    while case.base is not None:
        case = case.base
        files.append(case.path)
    return tuple(stamp(path) for path in files)


def stamp(path: Path) -> tuple[int, int] | None:
    """Time of the last change, and size."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def beside_of(case: Case) -> list[Path]:
    """Every table that the case reads or would read, and its world where that is a file."""
    scenario, folder = case.scenario, case.folder
    records = [folder / measure.records for measure in scenario.pressure]
    return [*records, *tables(scenario, folder), Path(world_name(scenario.world, folder))]


def case_at(path: str | Path, changes: Iterable[str]) -> Case:
    """The case of a file with what was varied in memory, as `Case.changes` has it."""
    case = load_case(path)
    for text in changes:
        given = Extension.model_validate({"extends": case.name, **json.loads(text)})
        case = changed(case, given, yamlfile.Document(case.path, {}, {}))
    return case


def opened(path: Path, before: tuple[Path, ...]) -> Case:
    """A case from its file; `before` are the files that extend it, one by one."""
    document = yamlfile.read(path)
    if not (isinstance(document.value, dict) and "extends" in document.value):
        return whole(document)
    change = validated(document, Extension)
    place = base_path(document, change.extends)
    chain = (*before, path.resolve())
    if place.resolve() in chain:
        raise ScenarioError(
            f"{document.where(('extends',))}: {change.extends!r} leads back to a file that "
            "extends it; name a case with fields of its own"
        )
    made = changed(opened(place, chain), change, document)
    return replace(made, name=label_of(path), path=path, changes=())


def base_path(document: yamlfile.Document, name: str) -> Path:
    """The file of the case that a document extends: beside it, or a shipped one."""
    beside = document.path.parent / name
    try:
        return locate(beside if beside.exists() else name)
    except ScenarioError as error:
        raise ScenarioError(f"{document.where(('extends',))}: {error}") from None


def label_of(path: Path) -> str:
    """The name of a case: its folder's where the file is `case.yaml`, else the file's."""
    return path.parent.name if path.name == "case.yaml" else path.stem


def changed(base: Case, change: Extension, document: yamlfile.Document) -> Case:
    """A case with changes, which are checked; errors point into the document that states them."""
    scenario = extended(base.scenario, change)
    world = base.world
    named = ("elasticities", "elasticity_floor")
    if any(getattr(scenario, name) != getattr(base.scenario, name) for name in named):
        world = world_of(document, scenario, base.folder)
    check_changes(document, change, scenario, world, base.evidence)
    stated = change.changes
    if not stated:
        return replace(base, base=base)
    sha = hashlib.sha256(f"{base.digest} {stated}".encode())
    return replace(
        base,
        scenario=scenario,
        world=world,
        digest=sha.hexdigest()[:16],
        base=base,
        changes=(*base.changes, stated),
    )


def world_of(document: yamlfile.Document, scenario: Scenario, folder: Path) -> World:
    """The world of a scenario. Raises `ScenarioError` naming the field that it fails on."""
    try:
        name = world_name(scenario.world, folder)
        return world_once(name, stamp(Path(name)), scenario.elasticities, scenario.elasticity_floor)
    except TumenError as error:
        field = "world"
        if "elasticities" in str(error) and "elasticities" in document.value:
            field = "elasticities"
        raise ScenarioError(f"{document.where((field,))}: {error}") from None


def whole(document: yamlfile.Document) -> Case:
    """A case that stands on its own."""
    path = document.path
    scenario, folder = validated(document, Scenario), path.parent
    world = world_of(document, scenario, folder)
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
    digest = sha.hexdigest()[:16]
    return Case(label_of(path), path, folder, scenario, world, evidence, tuple(records), digest)


def tables_of(scenario: Scenario, folder: Path) -> list[Path]:
    """Tables beside the scenario that its answer depends on, besides the records.

    The evidence is one of them: its figures stand in the predictions of claims.
    """
    return [path for path in tables(scenario, folder) if path.is_file()]


def tables(scenario: Scenario, folder: Path) -> list[Path]:
    """The same, whether they are there or not."""
    places = [folder] if scenario.evasion is None else [folder, folder / scenario.evasion.folder]
    wanted = [place / name for place in places for name in ("nodes.csv", "links.csv", "pairs.csv")]
    beside = [folder / name for name in ("potentials.csv", "claims.yaml")]
    if scenario.evidence is not None:
        beside.append(folder / scenario.evidence)
    return [*beside, *wanted]


@lru_cache(maxsize=16)
def world_once(
    name: str, _: tuple[int, int] | None, elasticities: str | None, floor: float | None
) -> World:
    """A world, read once while its file stays as it is: variations of a case share it."""
    return load_world(name, elasticities=elasticities, floor=floor)


def world_name(name: str, folder: Path) -> str:
    """A world file named in a scenario is looked for beside the scenario."""
    beside = folder / name
    return str(beside) if name.endswith(".nc") and beside.is_file() else name


def load_shock_file(path: str | Path) -> ShockFile:
    """Read a file of shocks for `tumen solve`. Raises `ScenarioError`."""
    return validated(yamlfile.read(path), ShockFile)
