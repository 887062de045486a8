"""What is asked of the store, and what it says of a run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

from tumen.errors import StoreError, nearest

Kind = Literal["case", "sample", "path", "frontier"]
Status = Literal["queued", "running", "finished", "failed", "cancelled"]
KINDS: tuple[str, ...] = get_args(Kind)
STATUSES: tuple[str, ...] = get_args(Status)
# The file that a run's scenario stands in, whatever it was called before.
CASE = "case.yaml"

ID = re.compile(r"[0-9a-f]{20}")
# One part of a path: no separator, no hidden name, nothing that a shell or a browser trips over.
PART = re.compile(r"\w[\w .()+-]{0,99}")
LONGEST_PATH = 200


def check_id(text: str) -> str:
    """The id of a run. Raises `StoreError` for what cannot be one."""
    if not (isinstance(text, str) and ID.fullmatch(text)):
        shown = repr(text)[:60]
        raise StoreError(f"{shown} is no run's id; ids have 20 of the characters 0 to 9 and a to f")
    return text


def check_name(name: str, what: str, *, folders: bool = False) -> str:
    """A name that is safe below a folder. Raises `StoreError` for any other."""
    parts = name.split("/") if folders else [name]
    if len(name.encode()) > LONGEST_PATH or not all(
        PART.fullmatch(part) and not part.endswith((".", " ")) for part in parts
    ):
        raise StoreError(
            f"{repr(name)[:120]} cannot be the name of {what}; take letters, digits, '-', '_' and "
            "'.', beginning with a letter or digit, at most 100 of them"
        )
    return name


def canonical(value: Any) -> str:
    """One text for one value: keys in order, no spaces. Raises `StoreError` where there is none."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(f"settings must be plain values: {error}") from None


@dataclass(frozen=True)
class Request:
    """A question: the scenario's files as they are, and the settings that the answer depends on.

    `files` maps names to bytes; the scenario itself is `case.yaml`, its tables stand beside it.
    `scenario` is what the case is called. Raises `StoreError` for names that are no safe ones.
    """

    kind: str
    title: str
    scenario: str
    files: Mapping[str, bytes]
    settings: Mapping[str, Any]
    scenario_hash: str
    data_version: str
    code_version: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise StoreError(f"unknown kind of run {self.kind!r}{nearest(self.kind, KINDS)}")
        check_name(self.scenario, "a scenario")
        if CASE not in self.files:
            raise StoreError(f"a run needs its scenario as {CASE} among its files")
        folded = {check_name(name, "a file", folders=True).casefold() for name in self.files}
        if len(folded) < len(self.files):
            raise StoreError("two files of the scenario differ in small and capital letters alone")
        for above in (str(place) for name in folded for place in PurePosixPath(name).parents):
            if above in folded:
                raise StoreError(f"{above!r} is a file and a folder of the scenario at once")
        canonical(dict(self.settings))

    @property
    def id(self) -> str:
        """The same for the same question, whoever asks it."""
        whole = {
            "kind": self.kind,
            "scenario_hash": self.scenario_hash,
            "data_version": self.data_version,
            "code_version": self.code_version,
            "settings": dict(self.settings),
            "files": {
                name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()
            },
        }
        return hashlib.sha256(canonical(whole).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Run:
    """A run as it stood when it was read. Times are UTC; those that have not come are None."""

    id: str
    kind: str
    title: str
    scenario: str
    settings: Mapping[str, Any]
    scenario_hash: str
    data_version: str
    code_version: str
    status: str
    created: str
    started: str | None
    ended: str | None
    heartbeat: str | None
    worker: str | None
    attempts: int
    done: int
    total: int
    message: str
    error: str | None
    size: int
    summary: Mapping[str, Any]

    @property
    def ends(self) -> bool:
        """Whether nothing more happens to it unless somebody asks."""
        return self.status not in ("queued", "running")


def run_of(row: Mapping[str, Any]) -> Run:
    """A run from its row."""
    told = {name: row[name] for name in Run.__dataclass_fields__}
    return Run(**told | {name: json.loads(told[name]) for name in ("settings", "summary")})
