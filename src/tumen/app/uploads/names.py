"""Which files may come, what they may be called, and how large they may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tumen.errors import ScenarioError
from tumen.store.request import CASE

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
LONGEST, DEEPEST, MOST_FILES = 80, 2, 20
# What stands beside a scenario under a name of its own; others are named in the scenario.
KNOWN = frozenset(
    {
        CASE,
        "claims.yaml",
        "evidence.csv",
        "recorded.csv",
        "goods.csv",
        "nodes.csv",
        "links.csv",
        "pairs.csv",
        "potentials.csv",
    }
)
ENDINGS = (".yaml", ".yml", ".csv", ".nc")


def tidy(sent: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Files by the names they get; a scenario that came alone under another name is the case.

    A folder that all files came in is left out. Raises `ScenarioError` for names and numbers that
    are not taken.
    """
    listed = [(name.replace("\\", "/"), content) for name, content in sent if name]
    if not listed:
        raise ScenarioError("no file came; choose case.yaml and the tables beside it")
    if len(listed) > MOST_FILES:
        raise ScenarioError(f"{len(listed)} files came; a scenario has at most {MOST_FILES}")
    first = {name.split("/")[0] for name, _ in listed if "/" in name}
    if len(first) == 1 and all("/" in name for name, _ in listed):
        listed = [(name.split("/", 1)[1], content) for name, content in listed]
    found: dict[str, bytes] = {}
    for name, content in listed:
        check(name)
        if name.casefold() in {known.casefold() for known in found}:
            raise ScenarioError(f"{name}: two files of this name came; send one")
        found[name] = content
    texts = [name for name in found if name.endswith((".yaml", ".yml")) and name != "claims.yaml"]
    if CASE not in found and len(texts) == 1:
        found[CASE] = found.pop(texts[0])
    return found


def check(name: str) -> None:
    """Refuse a name that is not taken. Raises `ScenarioError`."""
    parts = name.split("/")
    plain = all(NAME.fullmatch(part) for part in parts)
    if not plain or len(name) > LONGEST or len(parts) > DEEPEST:
        raise ScenarioError(
            f"{name[:120]!r} is no name for a file of a scenario; use letters, digits, '.', '_' "
            "and '-', in one folder at most"
        )
    if not name.endswith(ENDINGS):
        raise ScenarioError(
            f"{name}: files of a scenario end in .yaml or .csv, a world in .nc; this one is neither"
        )


def unknown(files: Iterable[str], scenario: Mapping[str, Any]) -> list[str]:
    """Files that no scenario reads and that this one does not name."""
    from tumen.app.jobs.asking import named

    asked = {text for _, text in named(dict(scenario)) if isinstance(text, str)}
    folders = {text.rstrip("/") for text in asked}
    return [
        name
        for name in files
        if name not in asked
        and name not in KNOWN
        and not (name.rpartition("/")[0] in folders and name.rpartition("/")[2] in KNOWN)
    ]
