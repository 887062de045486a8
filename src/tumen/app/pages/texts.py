"""All words of the pages, in one folder a language, so that they can be translated."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "texts"
LANGUAGE = "en"


@cache
def texts(language: str = LANGUAGE) -> dict[str, Any]:
    """The words of a language: one file a page, `case.yaml` under the name `case`."""
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted((HERE / language).glob("*.yaml"))
    }


def text(name: str, /, **values: Any) -> str:
    """A text by its dotted name, with its blanks filled. Raises `KeyError` where there is none."""
    found: Any = texts()
    for part in name.split("."):
        found = found[part]
    return str(found).format(**values) if values else str(found)


def section(name: str) -> Any:
    """A whole part of the words, for a script or a list."""
    found: Any = texts()
    for part in name.split("."):
        found = found[part]
    return found
