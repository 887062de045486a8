"""Compile the figures that a case cites into its evidence table.

Reads the research table of sourced figures and keeps the rows that the case cites anywhere: under
its figures and measures, in its claims, in its table of goods and its transport networks. Each row
says where it enters, in words made from the places that cite it. Sources read for one case alone
stand in tools/sources/CASE.csv, under ids with another letter than F, and are merged when cited.
Usage: python tools/compile_evidence.py CASE FIGURES.csv
"""

from __future__ import annotations

import csv
import sys
from functools import partial
from pathlib import Path

from tumen.scenario import yamlfile
from tumen.scenario.citations import citations
from tumen.scenario.claims import read_claims
from tumen.scenario.evidence import ENTERS, FIELDS, plain
from tumen.scenario.load import validated
from tumen.scenario.schema import Scenario
from tumen.world.embedded import load_world
from tumen.world.names import name_of

LIBRARY = Path(__file__).parents[1] / "src/tumen/scenario/library"
SOURCES = Path(__file__).parent / "sources"


def compiled(case: str, research: Path) -> list[dict[str, str]]:
    """The rows of a case's table. Ends with the cited ids that no table of sources holds."""
    folder = LIBRARY / case
    tables = [path for path in (SOURCES / f"{case}.csv",) if path.exists()]
    figures: list[dict[str, str]] = []
    for path in (*tables, research):
        with path.open(encoding="utf-8", newline="") as stream:
            figures += csv.DictReader(stream)
    scenario = validated(yamlfile.read(folder / "case.yaml"), Scenario)
    world = load_world(scenario.world)
    cited = citations(scenario, folder, read_claims(folder), partial(name_of, world))
    if lacking := sorted(set(cited) - {figure["id"] for figure in figures}):
        sys.exit(f"cited, but in no table of sources: {', '.join(lacking)}")
    return [
        row_of(figure) | {ENTERS: "; ".join(cited[figure["id"]])}
        for figure in figures
        if figure["id"] in cited
    ]


def main() -> None:
    """Write evidence.csv beside the case."""
    case, research = sys.argv[1], Path(sys.argv[2])
    rows = compiled(case, research)
    with (LIBRARY / case / "evidence.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, (*FIELDS, ENTERS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{case}: {len(rows)} figures")


def row_of(figure: dict[str, str]) -> dict[str, str]:
    """A row of the research table in the columns of a case's table."""
    row = dict(figure)
    # Falls are researched from the smallest to the largest; a table of ranges runs upwards.
    if plain(row["low"]) > plain(row["high"]):
        row["low"], row["high"] = row["high"], row["low"]
    if "source" in row:
        row["title"], _, row["link"] = (part.strip() for part in row["source"].rpartition(" | "))
        if row["link"] == "-":
            row["title"], row["link"] = "derived from the figures cited", ""
        if row["reliability"] == "N":
            row["publisher"], row["title"], row["link"] = "none", "searched for, not found", ""
    return {name: row[name] for name in FIELDS}


if __name__ == "__main__":
    main()
