"""Compile the evidence a case cites into its own table.

Reads the research table of sourced figures and keeps the rows whose ids the case names, with
publisher, title, date and link. Usage: python tools/compile_evidence.py CASE FIGURES.csv
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

LIBRARY = Path(__file__).parents[1] / "src/tumen/scenario/library"
KEPT = ("id", "item", "low", "central", "high", "unit", "year", "publisher", "title", "date",
        "link", "reliability")  # fmt: skip


def main() -> None:
    """Write evidence.csv beside the case."""
    folder = LIBRARY / sys.argv[1]
    cited = set(re.findall(r"\bF\d{3}\b", (folder / "case.yaml").read_text(encoding="utf-8")))
    with Path(sys.argv[2]).open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["id"] in cited]
    for row in rows:
        row["title"], _, row["link"] = (part.strip() for part in row["source"].rpartition(" | "))
        if row["link"] == "-":
            row["title"], row["link"] = "derived from the figures cited", ""
    with (folder / "evidence.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, KEPT, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} of {len(cited)} cited figures")


if __name__ == "__main__":
    main()
