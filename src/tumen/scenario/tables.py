"""A table beside a case as it stands: what is made of it is kept until its content changes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tumen.errors import ScenarioError


class Table(NamedTuple):
    """A file and what it holds; equal only where both are."""

    path: Path
    content: bytes


def table(path: Path) -> Table:
    """Read a file. Raises `ScenarioError` where it cannot be."""
    try:
        return Table(path, path.read_bytes())
    except OSError as error:
        raise ScenarioError(f"{path}: the table cannot be read ({error.strerror})") from None
