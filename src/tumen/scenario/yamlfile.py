"""Reading YAML with the line of every value, so that an error can point at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tumen.errors import ScenarioError

# A scenario is a page or two; anything beyond this is an accident or an attack. The limits are ten
# times the largest case that exists, and low enough that what breaks them is refused at once.
LARGEST_FILE = 400_000
MOST_VALUES = 20_000
DEEPEST = 40
LONGEST_NUMBER = 100
# What the safe loader raises for a value that is not what its tag says, such as `!!int ''`.
BAD_VALUE = (ValueError, IndexError, KeyError, AttributeError, TypeError, OverflowError)

Lines = dict[tuple[str | int, ...], int]


class Document:
    """A parsed file: its value and where each part of it stands."""

    def __init__(self, path: Path, value: Any, lines: Lines) -> None:
        self.path = path
        self.value = value
        self.lines = lines

    def line_of(self, place: tuple[str | int, ...]) -> int:
        """The line of the deepest part of the place that the file holds."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        return self.lines.get(known, 1)

    def where(self, place: tuple[str | int, ...]) -> str:
        """`file, line N, field a.b.c` for the deepest part of the place that the file holds."""
        field = ".".join(str(part) for part in place)
        return f"{self.path}, line {self.line_of(place)}" + (f", field {field}" if field else "")


class Loader(yaml.SafeLoader):
    """The safe loader, which stops at the first value beyond what a scenario can need.

    Counting while the text is read, not afterwards, is what makes a bomb cheap to refuse.
    """

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text)
        self.path, self.values, self.depth = path, 0, 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next value, counted. Raises `ScenarioError` for one too many or too deep."""
        self.values += 1
        self.depth += 1
        if self.values > MOST_VALUES or self.depth > DEEPEST:
            raise too_much(self.path, self.line + 1)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def too_much(path: Path, line: int) -> ScenarioError:
    """The error of a file that holds more than a scenario can need."""
    return ScenarioError(
        f"{path}, line {line}: more values or deeper nesting than a scenario can need; look for "
        "anchors that repeat themselves"
    )


def key_of(loader: Loader, node: yaml.Node) -> str:
    """The name of a field: a list or mapping is none. Raises `ScenarioError`."""
    if not isinstance(node, yaml.ScalarNode):
        raise ScenarioError(
            f"{loader.path}, line {node.start_mark.line + 1}: a field's name is a list or a "
            "mapping; write a plain word before the colon"
        )
    return str(scalar(loader, node))


def scalar(loader: Loader, node: yaml.ScalarNode) -> Any:
    """A plain value. Raises `ScenarioError` for a number longer than any can be."""
    if len(node.value) > LONGEST_NUMBER and not node.tag.endswith((":str", ":binary")):
        raise ScenarioError(
            f"{loader.path}, line {node.start_mark.line + 1}: a number or date of "
            f"{len(node.value):,} characters; put text in quotes"
        )
    try:
        return loader.construct_object(node)
    except BAD_VALUE:
        raise ScenarioError(
            f"{loader.path}, line {node.start_mark.line + 1}: {node.value[:60]!r} is no "
            f"{node.tag.rpartition(':')[2]}; write a plain value"
        ) from None


def plain(loader: Loader, node: yaml.Node, place: tuple[str | int, ...], lines: Lines) -> Any:
    """Turn a node into plain values, noting the line of each."""
    line = node.start_mark.line + 1
    lines[place] = line
    if len(lines) > MOST_VALUES or len(place) > DEEPEST:
        raise too_much(loader.path, line)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_of(loader, key_node)
            at = key_node.start_mark.line + 1
            if key in mapping:
                raise ScenarioError(
                    f"{loader.path}, line {at}, field {key}: the key stands twice; keep one"
                )
            mapping[key] = plain(loader, value_node, (*place, key), lines)
            lines[(*place, key)] = at
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            plain(loader, item, (*place, number), lines) for number, item in enumerate(node.value)
        ]
    assert isinstance(node, yaml.ScalarNode)
    return scalar(loader, node)


def read(path: str | Path) -> Document:
    """Read one YAML document, safely and with line numbers.

    Raises `ScenarioError` naming file and line when it is missing, too large or not YAML.
    """
    place = Path(path)
    try:
        if place.stat().st_size > 4 * LARGEST_FILE:  # UTF-8 takes up to four bytes a character
            raise ScenarioError(f"{place}: larger than {LARGEST_FILE:,} characters")
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
    loader: Loader | None = None
    try:
        loader = Loader(text, place)  # looks for characters that YAML forbids already
        node = loader.get_single_node()
        if node is None:
            raise ScenarioError(f"{place}, line 1: the file is empty")
        lines: Lines = {}
        value = plain(loader, node, (), lines)
    except ScenarioError:
        raise
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(
            f"{place}, line {line}: not valid YAML ({error.problem}); check indentation, colons "
            "and quotes there"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ScenarioError(f"{place}: not valid YAML ({error})") from None
    finally:
        if loader is not None:
            loader.dispose()
    return Document(place, value, lines)
