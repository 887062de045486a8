"""The evidence table of a case: every figure with its source, and where it enters."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tumen.errors import ScenarioError, nearest

FIELDS = (
    "id",
    "item",
    "low",
    "central",
    "high",
    "unit",
    "year",
    "publisher",
    "title",
    "date",
    "link",
    "reliability",
)
# How the figure enters the case, in words; worked out from what cites it where it is left out.
ENTERS = "enters"
RELIABILITY = {
    "A": "official or original",
    "B": "one reliable outlet",
    "C": "one weak source",
    "D": "derived from other figures",
    "M": "from memory, not checked",
    "N": "searched for, not found",
}
# Letters that claim a publication, which must then be named.
PUBLISHED = "ABC"


@dataclass(frozen=True)
class Evidence:
    """One figure and where it was published; reliability from A (official) to N (not found)."""

    id: str
    item: str
    low: str
    central: str
    high: str
    unit: str
    year: str
    publisher: str
    title: str
    date: str
    link: str
    reliability: str
    enters: str = ""

    @property
    def citation(self) -> str:
        """Publisher, title and date in one line."""
        return f"{self.publisher}: {self.title}" + (f" ({self.date})" if self.date else "")

    @property
    def span(self) -> str:
        """The figure as text: its centre, and its range in brackets where it has one."""
        ends = [end for end in (self.low, self.high) if end and end != self.central]
        reach = f" ({self.low or self.central} to {self.high or self.central})" if ends else ""
        return f"{self.central}{reach} {self.unit}".strip() if self.central else ""


def plain(text: str) -> float:
    """The number that a cell of the table holds; nan for a text, a list or nothing."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def fault_of(item: Evidence) -> tuple[str, str] | None:
    """The first field of a row that breaks a rule, and what is wrong; None for a good row."""
    if not item.id:
        return "id", "is empty; give the row an id to cite it by"
    if item.reliability not in RELIABILITY:
        near = nearest(item.reliability, RELIABILITY)
        return "reliability", f"{item.reliability!r} is no letter of reliability{near}"
    for name in ("publisher", "title"):
        if item.reliability in PUBLISHED and not getattr(item, name):
            return name, (
                f"is empty, but {item.reliability} is the letter of something published; name it, "
                "or mark the row D (derived), M (from memory) or N (not found)"
            )
    return fault_of_range(item)


def fault_of_range(item: Evidence) -> tuple[str, str] | None:
    """The first field of a row whose numbers are no range; texts and lists are none."""
    cells = [(name, plain(getattr(item, name))) for name in ("low", "central", "high")]
    numbers = [(name, number) for name, number in cells if math.isfinite(number)]
    for (name, number), (following, larger) in pairwise(numbers):
        if number > larger:
            return name, (
                f"{number:g} lies above {following}, {larger:g}; put the smallest number in low"
            )
    if numbers and numbers[0][1] < numbers[-1][1] and not item.unit:
        return "unit", "is empty; a range needs a unit"
    return None


def read_evidence(path: Path) -> dict[str, Evidence]:
    """Read the table, one row for each id.

    Raises `ScenarioError` naming file, line and field for an id that stands twice or is empty, a
    letter of reliability that is none, a low number above a higher one, a range without a unit,
    or a published figure (A to C) without publisher or title.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            given = reader.fieldnames or ()
            lacking = [name for name in FIELDS if name not in given]
            if lacking:
                raise ScenarioError(f"{path}, line 1: the column {lacking[0]!r} is missing")
            columns = (*FIELDS, ENTERS) if ENTERS in given else FIELDS
            table: dict[str, Evidence] = {}
            for row in reader:
                item = Evidence(**{name: (row[name] or "").strip() for name in columns})
                fault = fault_of(item)
                if item.id in table:
                    fault = "id", f"{item.id!r} stands twice; keep one row"
                if fault is not None:
                    where = f"{path}, line {reader.line_num}, field {fault[0]}"
                    raise ScenarioError(f"{where}: {fault[1]}")
                table[item.id] = item
    except OSError as error:
        raise ScenarioError(
            f"{path}: the evidence table cannot be read ({error.strerror})"
        ) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: the evidence table is not a CSV in UTF-8 ({error})") from None
    return table
