"""Checking a scenario that somebody sent: its text and tables, in a folder of their own."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tumen.app.commands.checked import case_found, shocks_found
from tumen.app.jobs.asking import check_files
from tumen.app.jobs.sending import lay_out
from tumen.errors import ScenarioError, StoreError, TumenError
from tumen.scenario import yamlfile
from tumen.store.request import CASE

Kind = Literal["scenario", "shocks"]
# The folder that the scenario's own files stand in.
NAME = "scenario"
# How an error names its place: `case.yaml, line 3, field ties.0.id: what is wrong`.
PLACED = re.compile(
    r"(?P<file>[^\s,:]+)(?:, line (?P<line>\d+))?(?:, field (?P<field>.*?))?: (?P<message>.*)",
    re.DOTALL,
)


class Finding(NamedTuple):
    """One thing that is wrong with what was sent."""

    file: str
    line: int | None
    field: str
    message: str


class Checked(NamedTuple):
    """What checking found: faults, none of them in a good scenario, and what it holds."""

    errors: list[Finding]
    found: dict[str, Any]


def checked_files(kind: Kind, files: Mapping[str, bytes]) -> Checked:
    """Check a scenario or a list of shocks, `case.yaml` among files that stand together.

    It may name only what came with it or with tumen: nothing else of the disk is read.
    """
    with tempfile.TemporaryDirectory(prefix="tumen-") as folder:
        try:
            lay_out(Path(folder), NAME, files)
        except StoreError as error:
            return Checked([Finding(CASE, None, "files", str(error))], {})
        return checked_in(kind, Path(folder) / NAME, files)


def checked_in(kind: Kind, folder: Path, files: Mapping[str, bytes]) -> Checked:
    """The same of files that stand in a folder."""
    path = folder / CASE
    document: yamlfile.Document | None = None
    try:
        document = yamlfile.read(path)
        check_files(folder, files)
        if kind == "shocks":
            return Checked([], shocks_found(path))
        found = case_found(path, document)
    except TumenError as error:
        return Checked(findings(error, folder, document), {})
    unused = found.get("unused_evidence", [])
    return Checked([unused_finding(one) for one in unused], found)


def unused_finding(item: Mapping[str, str]) -> Finding:
    """A row of the evidence table that nothing in the case uses."""
    words = "nothing uses this evidence; cite it where it enters, or take it out"
    return Finding(CASE, None, "evidence", f"{item['id']}: {words}")


def findings(error: TumenError, folder: Path, document: yamlfile.Document | None) -> list[Finding]:
    """What an error says, with the folder it happened in left out."""
    if isinstance(error, ScenarioError) and error.faults:
        return [Finding(CASE, *fault) for fault in error.faults]
    text = " ".join(str(error).split()).replace(f"{folder}/", "")
    placed = PLACED.fullmatch(text)
    if placed is None:
        return [Finding(CASE, None, "", text)]
    line, field = placed["line"], placed["field"] or ""
    number = int(line) if line else None
    if number is None and field and document is not None:
        number = document.line_of(tuple(int(p) if p.isdigit() else p for p in field.split(".")))
    return [Finding(placed["file"], number, field, placed["message"])]
