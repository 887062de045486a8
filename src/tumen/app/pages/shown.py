"""A figure or table as a page shows it, with all that a reader needs to use and to check it.

Under each stand its sources, the elasticities, the data and the solver's word; its numbers as CSV
and JSON; the picture as PNG and SVG; the same in Python and as YAML; and how to cite it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from tumen._version import __version__
from tumen.app.pages.texts import text
from tumen.report.document import Block, Figure, Table, prepared

# What the line under a figure says of its making, in this order, where it is known.
TOLD = ("status", "residual", "closure", "elasticities", "data_version", "scenario_hash")


@dataclass(frozen=True)
class Shown:
    """A block of the report on a page.

    `stamp` says what it was made of (status, residual, elasticities, data_version, scenario_hash).
    `link` is the address of its numbers without an ending, `query` the state of the page; `python`
    and `yaml` are the lines that give the same.
    """

    name: str
    block: Figure | Table
    stamp: Mapping[str, Any]
    link: str
    query: str = ""
    python: str = ""
    yaml: str = ""
    number: int = 1

    @property
    def view(self) -> dict[str, Any]:
        """What the template needs of the block itself."""
        return prepared(self.block, {"figure": self.number, "table": self.number})

    @property
    def told(self) -> str:
        """The line that says what made it."""
        return "; ".join(
            text(f"shown.{name}", value=stamp_text(name, self.stamp[name]))
            for name in TOLD
            if self.stamp.get(name) not in (None, "")
        )

    def address(self, ending: str) -> str:
        """Where its numbers are."""
        return f"{self.link}.{ending}" + (f"?{self.query}" if self.query else "")

    @property
    def citation(self) -> str:
        """How to cite it."""
        return text(
            "shown.citation",
            title=title_of(self.block).rstrip("."),
            version=__version__,
            data=self.stamp.get("data_version", ""),
            scenario=self.stamp.get("scenario_hash", ""),
        )


def stamp_text(name: str, value: Any) -> str:
    """A field of the stamp as a reader sees it."""
    return f"{value:.1e}" if name == "residual" else str(value)


def title_of(block: Block) -> str:
    """What a figure or table shows, in a line."""
    if isinstance(block, Figure):
        return str(block.figure.layout.meta["title"])
    assert isinstance(block, Table)
    return block.caption


def numbers_of(block: Figure | Table) -> tuple[list[str], list[list[Any]]]:
    """Header and rows: of a figure those of the table under it, of a table its own."""
    if isinstance(block, Figure):
        table = block.figure.layout.meta["table"]
        return list(table["columns"]), [list(row) for row in table["rows"]]
    header = [f"{one.title}, {one.unit}" if one.unit else one.title for one in block.columns]
    rows = [list(row) for row in block.rows if isinstance(row, list | tuple)]
    return header, [*rows, *([list(block.total)] if block.total else [])]


def csv_text(shown: Shown) -> str:
    """The numbers as CSV, what made them in lines with a number sign before."""
    header, rows = numbers_of(shown.block)
    buffer = io.StringIO()
    for name in TOLD:
        if name in shown.stamp:
            buffer.write(f"# {name}: {shown.stamp[name]}\n")
    buffer.write(f"# {title_of(shown.block)}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return buffer.getvalue()


def json_document(shown: Shown) -> dict[str, Any]:
    """The numbers, what made them and where they are from."""
    header, rows = numbers_of(shown.block)
    return {
        "title": title_of(shown.block),
        "stamp": dict(shown.stamp),
        "columns": header,
        "rows": rows,
        "sources": [{"label": one.label, "url": one.url} for one in shown.block.sources],
        "python": shown.python,
        "yaml": shown.yaml,
        "citation": shown.citation,
    }


@dataclass
class Counter:
    """Numbers figures and tables of a page, each kind from one."""

    seen: dict[str, int] = field(default_factory=dict)

    def next(self, block: Figure | Table) -> int:
        """The number of the next one of its kind."""
        self.seen[block.kind] = self.seen.get(block.kind, 0) + 1
        return self.seen[block.kind]


def query_text(request: Request) -> str:
    """The state of a page as its link has it."""
    return str(request.url.query)
