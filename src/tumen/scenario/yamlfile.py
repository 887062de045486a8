"""Reading YAML with the line of every value, so that an error can point at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tumen.errors import ScenarioError

# A scenario is a page or two; anything beyond this is an accident or an attack.
LARGEST_FILE = 2_000_000
MOST_VALUES = 50_000
DEEPEST = 40

Lines = dict[tuple[str | int, ...], int]


class Document:
    """A parsed file: its value and where each part of it stands."""

    def __init__(self, path: Path, value: Any, lines: Lines) -> None:
        self.path = path
        self.value = value
        self.lines = lines

    def where(self, place: tuple[str | int, ...]) -> str:
        """`file, line N, field a.b.c` for the deepest part of the place that the file holds."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        field = ".".join(str(part) for part in place)
        line = self.lines.get(known, 1)
        return f"{self.path}, line {line}" + (f", field {field}" if field else "")


def plain(
    loader: yaml.SafeLoader,
    node: yaml.Node,
    place: tuple[str | int, ...],
    lines: Lines,
    path: Path,
) -> Any:
    """Turn a node into plain values, noting the line of each."""
    lines[place] = node.start_mark.line + 1
    if len(lines) > MOST_VALUES or len(place) > DEEPEST:
        raise ScenarioError(
            f"{path}, line {node.start_mark.line + 1}: more values or deeper nesting than a "
            "scenario can need; look for anchors that repeat themselves"
        )
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                key = str(key)
            if key in mapping:
                raise ScenarioError(
                    f"{path}, line {key_node.start_mark.line + 1}, field {key}: the key stands "
                    "twice; keep one"
                )
            mapping[key] = plain(loader, value_node, (*place, key), lines, path)
            lines[(*place, key)] = key_node.start_mark.line + 1
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            plain(loader, item, (*place, number), lines, path)
            for number, item in enumerate(node.value)
        ]
    return loader.construct_object(node)


def read(path: str | Path) -> Document:
    """Read one YAML document, safely and with line numbers.

    Raises `ScenarioError` naming file and line when it is missing, too large or not YAML.
    """
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ScenarioError(f"{place}: there is no such file") from None
    except IsADirectoryError:
        raise ScenarioError(f"{place}: this is a folder; name the file in it") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(
            f"{place}: not a text file in UTF-8 (byte {error.start}); save it as UTF-8"
        ) from None
    except OSError as error:
        raise ScenarioError(f"{place}: cannot be read ({error.strerror})") from None
    if len(text) > LARGEST_FILE:
        raise ScenarioError(f"{place}: larger than {LARGEST_FILE:,} characters")
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ScenarioError(f"{place}, line 1: the file is empty")
        lines: Lines = {}
        value = plain(loader, node, (), lines, place)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(
            f"{place}, line {line}: not valid YAML ({error.problem}); check indentation, colons "
            "and quotes there"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ScenarioError(f"{place}: not valid YAML ({error})") from None
    finally:
        loader.dispose()
    return Document(place, value, lines)
