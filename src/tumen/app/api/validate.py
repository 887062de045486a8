"""Checking a scenario or a list of shocks without running it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from tumen.app.api.models import Asked, Given, problems
from tumen.app.server.problems import Problem
from tumen.scenario.yamlfile import LARGEST_FILE

router = APIRouter(tags=["scenarios"])

MOST_FILES = 20
SHOCKS = """world: tumen-31
shocks:
  - {kind: Embargo, importer: west, exporter: RUS, sector: [OGS, PET]}
"""


class ToCheck(Asked):
    """A text to be checked, and the tables that belong to it."""

    kind: Annotated[
        Literal["scenario", "shocks"],
        Field(description="a case as for `tumen run`, or shocks as for `tumen solve`"),
    ] = "scenario"
    text: Annotated[str, Field(max_length=LARGEST_FILE, description="YAML", examples=[SHOCKS])]
    files: dict[str, str] = Field(
        default_factory=dict,
        max_length=MOST_FILES,
        description="tables beside it, by file name, as text",
    )


class Wrong(Given):
    """One thing that is wrong: the file, the line from 1, the field, and what to do."""

    file: str
    line: int | None
    field: str
    message: str


class Verdict(Given):
    """Whether a text is valid; if not, what is wrong; if so, what it holds."""

    valid: bool
    errors: list[Wrong]
    found: dict[str, Any]


def encoded(name: str, text: str) -> bytes:
    """A text as a file. Raises `Problem` for half a character, which no file can hold."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Problem(422, f"{name}: not a text; character {error.start + 1} is broken") from None


@router.post("/validate", summary="Check a scenario or shocks", responses=problems())
def validate(asked: ToCheck) -> Verdict:
    """Check a text without running it. It may name what comes with tumen or stands in `files`."""
    from tumen.app.checking import checked_files
    from tumen.store.request import CASE

    files = {name: encoded(name, text) for name, text in asked.files.items()}
    errors, found = checked_files(asked.kind, files | {CASE: encoded("text", asked.text)})
    return Verdict(
        valid=not errors, errors=[Wrong(**error._asdict()) for error in errors], found=found
    )
