"""A figure or table as a page shows it, with all that a reader needs to use and to check it.

Under each stand its sources, the elasticities, the data and the solver's word; its numbers as CSV
and JSON; the picture as PNG and SVG; the same in Python and as YAML; and how to cite it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from fastapi import Request

from tumen._version import __version__
from tumen.app.pages.texts import text
from tumen.report.case_sources import NAMED
from tumen.report.document import Block, Figure, Source, Table, prepared

# What the line under a figure says of its making, in this order, where it is known.
TOLD = ("status", "residual", "closure", "elasticities", "data_version", "scenario_hash")

Numbers: TypeAlias = "tuple[list[str], list[list[Any]]]"


@dataclass(frozen=True)
class Shown:
    """A block of the report on a page.

    `stamp` says what it was made of (status, residual, elasticities, data_version, scenario_hash).
    `link` is the address of its numbers without an ending, `query` the state of the page; `python`
    and `yaml` are the lines that give the same. `exact` are header and rows of its numbers as they
    were solved, where the block itself holds them rounded.
    """

    name: str
    block: Figure | Table
    stamp: Mapping[str, Any]
    link: str
    query: str = ""
    python: str = ""
    yaml: str = ""
    number: int = 1
    exact: Numbers | None = None

    @property
    def numbers(self) -> Numbers:
        """Header and rows of its numbers."""
        return self.exact or numbers_of(self.block)

    @property
    def folded(self) -> Sequence[Source]:
        """Its sources where they are so many that they are folded away."""
        return self.block.sources if len(self.block.sources) > NAMED else ()

    @property
    def view(self) -> dict[str, Any]:
        """What the template needs of the block itself."""
        block = replace(self.block, sources=()) if self.folded else self.block
        return prepared(block, {"figure": self.number, "table": self.number})

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
        key = "citation_of_data" if self.stamp.get("data_version") else "citation_of_code"
        key = "citation" if self.stamp.get("scenario_hash") else key
        return text(
            f"shown.{key}",
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


def numbers_of(block: Figure | Table) -> Numbers:
    """Header and rows: of a figure those of the table under it, of a table its own."""
    if isinstance(block, Figure):
        table = block.figure.layout.meta["table"]
        return list(table["columns"]), [list(row) for row in table["rows"]]
    header = [f"{one.title}, {one.unit}" if one.unit else one.title for one in block.columns]
    rows = [list(row) for row in block.rows if isinstance(row, list | tuple)]
    return header, [*rows, *([list(block.total)] if block.total else [])]


def csv_text(shown: Shown) -> str:
    """The numbers as CSV, what made them in lines with a number sign before."""
    header, rows = shown.numbers
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
    header, rows = shown.numbers
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
        return self.next_of(block.kind)

    def next_of(self, kind: str) -> int:
        """The number of the next one of a kind."""
        self.seen[kind] = self.seen.get(kind, 0) + 1
        return self.seen[kind]


def query_text(request: Request) -> str:
    """The state of a page as its link has it."""
    return str(request.url.query)
