"""From a case to a request: the settings of each kind of run, and the files that it depends on."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from tumen._version import __version__
from tumen.errors import ScenarioError, StoreError, nearest
from tumen.scenario import yamlfile
from tumen.scenario.figure import Strict
from tumen.store.request import CASE, KINDS, Request

if TYPE_CHECKING:
    from tumen.scenario.load import Case

MOST_DRAWS = 1_000_000
# Stands for the folder above the scenario's: cases may share tables with those beside them.
SIBLINGS = "_siblings"


class CaseSettings(Strict):
    """Settings of a full run of a case; those of `tumen run`."""

    draws: int = Field(default=256, ge=1, le=MOST_DRAWS, strict=True)
    seed: int = Field(default=0, ge=0, lt=2**32, strict=True)
    channels: bool = Field(default=False, strict=True)
    total_effects: int | None = Field(default=None, ge=1, le=2**16, strict=True)


class SampleSettings(Strict):
    """Settings of a sample of draws; those of `tumen.sample`."""

    draws: int = Field(default=1000, ge=1, le=MOST_DRAWS, strict=True)
    seed: int = Field(default=0, ge=0, lt=2**32, strict=True)
    dear: int | None = Field(default=None, ge=0, le=MOST_DRAWS, strict=True)


class PathSettings(Strict):
    """Settings of a case's path over the years: there are none."""


class FrontierSettings(Strict):
    """Settings of a frontier of coalitions; those of `tumen.frontier`."""

    target: str | None = None
    members: list[str] | None = Field(default=None, min_length=1, max_length=12)


# Kinds that are not here take settings of their own, which their work checks.
SETTINGS: dict[str, type[Strict]] = {
    "case": CaseSettings,
    "sample": SampleSettings,
    "path": PathSettings,
    "frontier": FrontierSettings,
}


def settled(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a kind of run, those not given at their defaults. Raises `StoreError`."""
    if kind not in KINDS:
        raise StoreError(f"unknown kind of run {kind!r}{nearest(kind, KINDS)}")
    if kind not in SETTINGS:
        return dict(given)
    model = SETTINGS[kind]
    try:
        return model.model_validate(dict(given)).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        if first["type"] == "extra_forbidden":
            message = f"no such setting of a {kind}{nearest(name, model.model_fields)}"
        else:
            message = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        raise StoreError(f"{name}: {message}") from None


def request_of(
    case: Case,
    kind: str,
    settings: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Request:
    """A loaded case as a question to the store; its files are looked for unless they are given.

    Raises `StoreError` for settings it cannot take.
    """
    return Request(
        kind=kind,
        title=case.scenario.title,
        scenario=case.name,
        files=files_of(case) if files is None else files,
        settings=settled(kind, settings or {}),
        scenario_hash=case.digest,
        data_version=f"{case.world.name} {case.world.version}",
        code_version=__version__,
    )


def files_of(case: Case) -> dict[str, bytes]:
    """Every file that the answer to a case depends on, by its name beside the scenario.

    Of a case that extends another these are the other's too, unless it comes with tumen.
    """
    folder = case.path.parent
    found = {CASE: case.path.read_bytes()}
    for path in sorted(set(needed(case)) - {case.path}):
        name = stored_as(os.path.relpath(path, folder))
        if name is None:
            raise ScenarioError(
                f"{case.path}: {path} lies outside the scenario's folder; copy it there"
            )
        found[name] = path.read_bytes()
    return found


def needed(case: Case) -> Iterator[Path]:
    """The files of those that a case extends, one after the other, and the tables of the last."""
    from tumen.scenario.load import tables_of

    while case.base is not None:
        case = case.base
        if is_shipped(case):
            return
        yield case.path
    yield from (case.folder / measure.records for measure in case.scenario.pressure)
    yield from tables_of(case.scenario, case.folder)
    if case.scenario.world.endswith(".nc"):
        yield case.folder / case.scenario.world


def is_shipped(case: Case) -> bool:
    """Whether a case is one that comes with tumen."""
    from tumen.scenario.locate import library, locate

    return case.name in library() and case.path == locate(case.name)


def stored_as(path: str) -> str | None:
    """The name of a file of a request, from its path as the scenario names it.

    Tables may lie in the scenario's folder or in one beside it; None for those anywhere else.
    """
    name = posixpath.normpath(path.replace(os.sep, "/"))
    if name.startswith("../"):
        name = f"{SIBLINGS}/{name.removeprefix('../')}"
    elif name.split("/")[0] == SIBLINGS:
        return None
    return None if name.startswith("/") or ".." in name.split("/") else name


def laid_out(scenario: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files of a request by where they lie below the folder that holds the scenario's own."""
    siblings = f"{SIBLINGS}/"
    return {
        name.removeprefix(siblings) if name.startswith(siblings) else f"{scenario}/{name}": content
        for name, content in files.items()
    }


def named(value: Any) -> Iterator[tuple[str, str]]:
    """Fields of a scenario that name files, with what they name; not what comes with tumen."""
    if not isinstance(value, dict):
        return
    from tumen.scenario.locate import library
    from tumen.world.embedded import list_worlds

    pressure, evasion = value.get("pressure"), value.get("evasion")
    yield "evidence", value.get("evidence", "")
    for number, measure in enumerate(pressure if isinstance(pressure, list) else []):
        if isinstance(measure, dict):
            yield f"pressure.{number}.records", measure.get("records", "")
    if isinstance(evasion, dict):
        yield "evasion.folder", evasion.get("folder", "")
    for field, shipped in (("world", list_worlds), ("extends", library)):
        text = value.get(field)
        if isinstance(text, str) and text not in shipped():
            yield field, text


def check_inside(value: Any, files: Mapping[str, bytes], within: str = "") -> None:
    """Refuse a scenario that names a file which did not come with it.

    A server reads scenarios of people who may not read its disk. `within` is the folder of the
    file, where that is not the scenario's own. Raises `ScenarioError`.
    """
    folders = {str(place) for name in files for place in Path(name).parents}
    for field, name in named(value):
        if not isinstance(name, str) or not name:
            continue
        place = stored_as(posixpath.join(within, name))
        if place not in (folders if field == "evasion.folder" else files):
            raise ScenarioError(
                f"{posixpath.join(within, CASE)}, field {field}: {name!r:.80} did not come with "
                "the scenario; send it along"
            )


def check_files(place: Path, files: Mapping[str, bytes]) -> None:
    """The same of a scenario in a folder and of every file that it extends, one after the other."""
    at = CASE
    for _ in files:
        value, within = yamlfile.read(place / at).value, posixpath.dirname(at)
        check_inside(value, files, within)
        base = value.get("extends") if isinstance(value, dict) else None
        at = posixpath.join(within, base) if isinstance(base, str) else ""
        if stored_as(at) not in files:
            return
