"""The evidence table of a case: every figure with its source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from tumen.errors import ScenarioError

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

    @property
    def citation(self) -> str:
        """Publisher, title and date in one line."""
        return f"{self.publisher}: {self.title}" + (f" ({self.date})" if self.date else "")


def read_evidence(path: Path) -> dict[str, Evidence]:
    """Read the table. Raises `ScenarioError` naming file and line for a bad or repeated row."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            lacking = [name for name in FIELDS if name not in (reader.fieldnames or ())]
            if lacking:
                raise ScenarioError(f"{path}, line 1: the column {lacking[0]!r} is missing")
            table: dict[str, Evidence] = {}
            for row in reader:
                key = row["id"]
                if key in table:
                    raise ScenarioError(
                        f"{path}, line {reader.line_num}, field id: {key!r} stands twice"
                    )
                table[key] = Evidence(**{name: (row[name] or "").strip() for name in FIELDS})
    except OSError as error:
        raise ScenarioError(
            f"{path}: the evidence table cannot be read ({error.strerror})"
        ) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: the evidence table is not a CSV in UTF-8 ({error})") from None
    return table
