"""A page of text, figures and tables in one file: works offline, prints well, loads nothing.

Everything is given as plain text and escaped; only a `markupsafe.Markup` is taken as it stands.
The page forbids itself the network and any script but its own (a content security policy with
their digests), so that a hostile label can neither run nor fetch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tumen._version import __version__
from tumen.errors import ReportError
from tumen.files import write_atomically
from tumen.report.assets import asset, environment, plotly_script, policy, script_json
from tumen.report.text import decimals_for, number

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

LONG = 16  # rows above which a table may be split between two sheets of paper

Cell: TypeAlias = "str | float | int | None"


@dataclass(frozen=True)
class Source:
    """Where something is from; a link is shown as one, and printed in full on paper."""

    label: str
    url: str = ""

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith(("https://", "http://")):
            raise ReportError(
                f"source {self.label!r}: {self.url!r} is no web address; it must begin with "
                "https:// or http://"
            )


@dataclass(frozen=True)
class Text:
    """Paragraphs."""

    paragraphs: Sequence[str]
    kind: str = "text"


@dataclass(frozen=True)
class Bullets:
    """A list of points."""

    items: Sequence[str]
    kind: str = "bullets"


@dataclass(frozen=True)
class Note:
    """A caveat set apart from the text."""

    text: str
    label: str = "Note"
    kind: str = "note"


@dataclass(frozen=True)
class Column:
    """A column of a table. Numbers are set flush right, with `decimals` or as many as they need."""

    title: str
    unit: str = ""
    numeric: bool = True
    decimals: int | None = None
    signed: bool = False


@dataclass(frozen=True)
class Heading:
    """A row over the whole width of a table, for the rows below it; `aside` is set back."""

    title: str
    text: str = ""
    aside: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption that says what it shows; `total` is a last row set apart."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell] | Heading]
    total: Sequence[Cell] = ()
    note: str = ""
    sources: Sequence[Source] = ()
    kind: str = "table"


@dataclass(frozen=True)
class Figure:
    """A figure of `tumen.report.figures` or `lines`; its numbers become a table under it."""

    figure: go.Figure
    caption: str = ""
    sources: Sequence[Source] = ()
    kind: str = "figure"


@dataclass(frozen=True)
class Stamp:
    """What produced the page: field, value and meaning, one a row."""

    rows: Sequence[tuple[str, str, str]]
    kind: str = "stamp"


Block: TypeAlias = "Text | Bullets | Note | Table | Figure | Stamp"


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; `new_page` begins a new sheet of paper."""

    title: str
    blocks: Sequence[Block]
    anchor: str = ""
    new_page: bool = False


@dataclass(frozen=True)
class Page:
    """A document: title, the answer in a sentence or two, sections, and the stamp for programs."""

    title: str
    answer: Sequence[str]
    sections: Sequence[Section]
    kicker: str = ""  # a line above the title: which case, which world
    stamp: Mapping[str, str | float | int] | None = None


def table_from_frame(
    frame: pd.DataFrame,
    caption: str,
    *,
    columns: Sequence[Column] | None = None,
    total: Sequence[Cell] = (),
    note: str = "",
    sources: Sequence[Source] = (),
) -> Table:
    """A table of the frame's columns (not its index), described by `columns` where given."""
    described = columns or [
        Column(str(name), numeric=frame[name].dtype.kind in "biuf") for name in frame
    ]
    if len(described) != frame.shape[1]:
        raise ReportError(
            f"{caption!r}: {len(described)} columns described for {frame.shape[1]} in the frame"
        )
    rows = frame.astype(object).to_numpy().tolist()
    return Table(caption, described, rows, total, note, sources)


def write(page: Page, path: str | Path) -> None:
    """Write the page to one HTML file, complete or not at all. Raises `OutputError`."""
    write_atomically(path, render(page).encode())


def render(page: Page) -> str:
    """The page as the text of one HTML file.

    Raises `ReportError` for a table whose rows do not fit its columns.
    """
    counts = {"figure": 0, "table": 0}
    sections = []
    for index, section in enumerate(page.sections, 1):
        blocks = []
        for block in section.blocks:
            if block.kind in counts:
                counts[block.kind] += 1
            blocks.append(prepared(block, counts))
        sections.append(
            {
                "title": section.title,
                "anchor": section.anchor or f"section-{index}",
                "new_page": section.new_page,
                "blocks": blocks,
            }
        )
    plots = counts["figure"] > 0
    scripts = [plotly_script(), asset("figures.js")] if plots else []
    return (
        environment()
        .get_template("page.html")
        .render(
            page=page,
            sections=sections,
            style=asset("style.css"),
            scripts=scripts,
            policy=policy(scripts),
            version=__version__,
        )
    )


def prepared(block: Block, counts: Mapping[str, int]) -> dict[str, Any]:
    """A block as the template takes it: numbers formatted, figures as JSON."""
    if isinstance(block, Table):
        return {"kind": "table", "number": counts["table"], "table": table_view(block)}
    if isinstance(block, Figure):
        return {"kind": "figure", "number": counts["figure"], **figure_view(block)}
    return {"kind": block.kind, "block": block}


def table_view(table: Table) -> dict[str, Any]:
    """Header and cells of a table as text, each with its alignment."""
    width = len(table.columns)
    plain = [row for row in table.rows if not isinstance(row, Heading)]
    for row in (*plain, *([table.total] if table.total else [])):
        if len(row) != width:
            raise ReportError(
                f"table {table.caption!r}: a row has {len(row)} cells for {width} columns"
            )
    places = [
        decimals_for(cell for row in plain if isinstance(cell := row[i], float | int))
        if column.decimals is None
        else column.decimals
        for i, column in enumerate(table.columns)
    ]

    def shown(row: Sequence[Cell]) -> list[tuple[str, bool]]:
        return [
            (cell_text(cell, column, decimals), column.numeric)
            for cell, column, decimals in zip(row, table.columns, places, strict=True)
        ]

    return {
        "caption": table.caption,
        "columns": [
            # The two words of the unit stay on one line.
            replace(column, unit=column.unit.replace("per cent", "per\u00a0cent"))
            for column in table.columns
        ],
        "rows": [
            {"heading": row} if isinstance(row, Heading) else {"cells": shown(row)}
            for row in table.rows
        ],
        "total": shown(table.total) if table.total else [],
        "note": table.note,
        "sources": table.sources,
        "long": len(table.rows) > LONG,
    }


def cell_text(cell: Cell, column: Column, decimals: int) -> str:
    """A cell as text. Text in a column of numbers stays text; a missing number reads "none"."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return number(None) if column.numeric else ""
    return number(float(cell), decimals, signed=column.signed) if column.numeric else str(cell)


def figure_view(block: Figure) -> dict[str, Any]:
    """A figure without its title, which becomes the heading above it, and its numbers."""
    from plotly.io.json import to_json_plotly

    meta = block.figure.layout.meta
    if not isinstance(meta, Mapping) or not {"title", "heading", "table"} <= set(meta):
        raise ReportError("a figure in a document must be made by tumen.report.figures or lines")
    bare = block.figure.to_dict()
    layout = bare["layout"]
    del layout["meta"]
    layout["title"]["text"] = ""
    layout["height"] -= meta["heading"]
    layout["margin"]["t"] -= meta["heading"]
    rows = meta["table"]["rows"]
    spoken = "; ".join(" ".join(map(str, row)) for row in rows[:8])
    more = f"; and {len(rows) - 8} more rows in the table below" if len(rows) > 8 else ""
    return {
        "title": meta["title"],
        "caption": block.caption,
        "sources": block.sources,
        "table": meta["table"],
        "label": f"{meta.get('kind', 'Bar chart')}. {meta['title']}. {spoken}{more}.",
        "height": layout["height"],
        "json": script_json(to_json_plotly(bare)),
    }
