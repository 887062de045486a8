"""Compile the evidence a case cites into its own table.

Reads the research table of sourced figures and keeps the rows whose ids the case names, with
publisher, title, date and link; those that its table of goods, its transport networks and its
claims name go to tables beside it. Sources read for one case alone stand in
tools/sources/CASE.csv, under ids with another letter than F, and are merged when cited.
Usage: python tools/compile_evidence.py CASE FIGURES.csv
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

LIBRARY = Path(__file__).parents[1] / "src/tumen/scenario/library"
SOURCES = Path(__file__).parent / "sources"
TABLES = ("nodes.csv", "links.csv", "pairs.csv")  # of transport networks
KEPT = ("id", "item", "low", "central", "high", "unit", "year", "publisher", "title", "date",
        "link", "reliability")  # fmt: skip


def main() -> None:
    """Write evidence.csv beside the case, and a table for each other file of it that cites."""
    folder = LIBRARY / sys.argv[1]
    with Path(sys.argv[2]).open(encoding="utf-8", newline="") as stream:
        figures = list(csv.DictReader(stream))
    if (own := SOURCES / f"{sys.argv[1]}.csv").exists():
        with own.open(encoding="utf-8", newline="") as stream:
            figures = [*csv.DictReader(stream), *figures]
    compile_table([folder / "case.yaml"], folder / "evidence.csv", figures)
    if networks := [path for name in TABLES for path in folder.rglob(name)]:
        compile_table(networks, folder / "routes_evidence.csv", figures)
    if (folder / "goods.csv").exists():
        compile_table([folder / "goods.csv"], folder / "goods_evidence.csv", figures)
    if (folder / "claims.yaml").exists():
        compile_table([folder / "claims.yaml"], folder / "claims_evidence.csv", figures)


def compile_table(citing: list[Path], table: Path, figures: list[dict[str, str]]) -> None:
    """Write the figures that the files cite."""
    texts = [path.read_text(encoding="utf-8") for path in citing]
    cited = {key for text in texts for key in re.findall(r"\b[A-Z]\d{3}\b", text)}
    rows = [dict(row) for row in figures if row["id"] in cited]
    for row in rows:
        if "source" not in row:
            continue
        row["title"], _, row["link"] = (part.strip() for part in row["source"].rpartition(" | "))
        if row["link"] == "-":
            row["title"], row["link"] = "derived from the figures cited", ""
        if row["reliability"] == "N":
            row["publisher"], row["title"], row["link"] = "none", "searched for, not found", ""
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, KEPT, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{table.name}: {len(rows)} of {len(cited)} cited figures")


if __name__ == "__main__":
    main()
