"""Checking files that came, and showing each fault beside its line."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tumen.app.checking import Finding
from tumen.app.uploads.child import WORLD
from tumen.app.uploads.readers import READERS
from tumen.store.request import CASE

Kind = Literal["scenario", "world"]
LONG, AROUND = 120, 6  # lines above which only those around a fault are shown
WIDEST = 400  # characters of a line that are shown
HUNG = "it could not be checked within a few seconds; it may be damaged, or too large for here"
CRASHED = "it cannot be read: its reader broke off; the file is damaged, write it again"


@dataclass(frozen=True)
class Checked:
    """What was sent, what is wrong with it, and what it holds where nothing is."""

    kind: Kind
    files: Mapping[str, bytes]
    errors: list[Finding] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether it can be used; faults then are none that stand in the way."""
        return bool(self.found)


@dataclass(frozen=True)
class Line:
    """A line of a file that was sent, with what is wrong in it; a gap stands for lines left out."""

    number: int
    text: str
    faults: list[Finding]
    gap: bool = False


def kind_of(files: Mapping[str, bytes]) -> Kind:
    """A world where that is all that came, else a scenario."""
    return "world" if len(files) == 1 and next(iter(files)).endswith(".nc") else "scenario"


def checked(files: Mapping[str, bytes]) -> Checked:
    """Check what came, by the code that checks files on the command line."""
    kind = kind_of(files)
    if kind == "scenario" and CASE not in files:
        missing = Finding(CASE, None, "", "the scenario itself is missing; send it along")
        return Checked(kind, files, [missing])
    with tempfile.TemporaryDirectory(prefix="tumen-upload-") as name:
        folder = Path(name)
        for at, content in files.items():
            place = folder / (WORLD if kind == "world" else at)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        told = in_child(folder, kind)
    errors = [Finding(**one) for one in told["errors"]]
    return Checked(kind, files, errors, told["found"])


def in_child(folder: Path, kind: Kind) -> dict[str, Any]:
    """What the process that reads the files says, or why it says nothing."""
    said = READERS.ask(folder, kind)
    if isinstance(said, dict):
        return said
    words = HUNG if said == "hung" else CRASHED
    return {"errors": [Finding("", None, "", words)._asdict()], "found": {}}


def beside_lines(made: Checked) -> dict[str, list[Line]]:
    """The files with faults that have a line, each line numbered, the faults beside theirs."""
    by_file: dict[str, dict[int, list[Finding]]] = {}
    for one in made.errors:
        if one.line is not None and one.file in made.files:
            by_file.setdefault(one.file, {}).setdefault(one.line, []).append(one)
    return {name: lines_of(made.files[name], faults) for name, faults in by_file.items()}


def lines_of(content: bytes, faults: Mapping[int, list[Finding]]) -> list[Line]:
    """The lines of a text; of a long one those near a fault."""
    texts = content.decode("utf-8", errors="replace").splitlines() or [""]
    last = len(texts)
    placed: dict[int, list[Finding]] = {}
    for number, listed in faults.items():
        placed.setdefault(min(max(number, 1), last), []).extend(listed)
    near = {n for at in placed for n in range(at - AROUND, at + AROUND + 1)}
    found: list[Line] = []
    for number, text in enumerate(texts, 1):
        if last <= LONG or number in near:
            found.append(Line(number, text[:WIDEST], placed.get(number, [])))
        elif found and not found[-1].gap:
            found.append(Line(number, "", [], gap=True))
    return found


def without_line(made: Checked) -> list[Finding]:
    """Faults that stand in no line of a file that came."""
    return [one for one in made.errors if one.line is None or one.file not in made.files]
