"""The recorded changes of trade under a measure, one flow a row."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from tumen.errors import ScenarioError, nearest
from tumen.world.world import World

RECORD_FIELDS = ("measure", "importer", "exporter", "sector", "ratio", "treatment")
TREATMENTS = ("lift", "reopen", "exempt", "rose")


@dataclass(frozen=True)
class Record:
    """The recorded change of one flow under a measure, and what the case does with it."""

    measure: str
    importer: str
    exporter: str
    sector: str
    ratio: float
    treatment: str
    earlier_share: float | None = None  # of the buyer's spending, for a flow to be reopened
    source: str = ""


def read_number(text: str, where: str) -> float:
    """A number of a table. Raises `ScenarioError` naming its place."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ScenarioError(f"{where}: {text!r} is not a number")
    return value


def read_records(path: Path, world: World, measures: set[str]) -> tuple[Record, ...]:
    """Read recorded changes of flows. Raises `ScenarioError` naming file, line and field."""
    records = []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            lacking = [name for name in RECORD_FIELDS if name not in (reader.fieldnames or ())]
            if lacking:
                raise ScenarioError(f"{path}, line 1: the column {lacking[0]!r} is missing")
            for row in reader:
                line = f"{path}, line {reader.line_num}"
                if any(row[name] is None for name in RECORD_FIELDS):
                    raise ScenarioError(f"{line}: has not as many cells as the header")
                if row["measure"] not in measures:
                    continue
                for field in ("importer", "exporter", "sector"):
                    known = world.sectors if field == "sector" else world.regions
                    if row[field] not in known:
                        raise ScenarioError(
                            f"{line}, field {field}: unknown {row[field]!r}"
                            f"{nearest(row[field], known)}"
                        )
                if row["treatment"] not in TREATMENTS:
                    raise ScenarioError(
                        f"{line}, field treatment: {row['treatment']!r} is none of {TREATMENTS}"
                    )
                ratio = read_number(row["ratio"], f"{line}, field ratio")
                earlier = row.get("earlier_share") or ""
                share = read_number(earlier, f"{line}, field earlier_share") if earlier else None
                if share is not None and not 0 < share < 1:
                    raise ScenarioError(
                        f"{line}, field earlier_share: {share:g} must lie between 0 and 1"
                    )
                records.append(
                    Record(
                        row["measure"],
                        row["importer"],
                        row["exporter"],
                        row["sector"],
                        ratio,
                        row["treatment"],
                        share,
                        (row.get("source") or "").strip(),
                    )
                )
    except OSError as error:
        raise ScenarioError(f"{path}: the records cannot be read ({error.strerror})") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: the records are not a CSV in UTF-8 ({error})") from None
    return tuple(records)
