"""A converged result as an Excel workbook for people: what it is, then a sheet for each table."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
import xlsxwriter

from tumen.errors import OutputError
from tumen.results.result import Result
from tumen.results.words import names, shock_rows, stamp_rows
from tumen.vocabulary import ALIASES, FIRST_ORDER, RESULT, Variable, title

ROWS_IN_A_SHEET = 1_048_576
FORMATS = {"per cent": "0.000", "new/base": "0.0000", "million USD": "#,##0.0"}
WIDTHS = {"label": 12, "name": 34, "number": 15}
FLOW_BEFORE = f"Benchmark data, {RESULT['trade_flow'].unit}"
FLOW_AFTER = f"After the shocks, {RESULT['trade_flow'].unit}"

READ_ME = (
    "Results of one solve of the model, all against the same benchmark. Sheets: Regions, one row "
    "a region; Sectors, one row a region and sector; Trade, one row a flow of goods or services "
    "unless it is zero both before and after. The numbers are kept in full precision; the cells "
    "show fewer digits."
)
FIRST_ORDER_NOTE = (
    "Columns headed First order are an approximation for small changes: for large ones it can "
    "have the wrong size or even sign, and it does not add up to the exact real income. Where a "
    "region takes part in a full ban it does not exist, and the cell is empty."
)


class Column(NamedTuple):
    """One column of a sheet; numbers carry an Excel format, text none."""

    header: str
    cells: Sequence[Any]
    number_format: str = ""
    width: int = WIDTHS["number"]
    first_order: bool = False


class Styles:
    """The cell formats a workbook shares."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        head = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.header = book.add_format(head | {"bg_color": "#E8EDF2"})
        self.first_order = book.add_format(head | {"bg_color": "#F5EBDD", "italic": True})
        self.numbers = {code: book.add_format({"num_format": code}) for code in FORMATS.values()}


def headed(variable: Variable, prefix: str = "") -> str:
    """Header of a column of numbers: words, then the unit."""
    words = title(variable.name)
    words = f"{prefix}{words.lower()}" if prefix else words
    return f"{words}, {variable.unit}"


def number_column(variable: Variable, values: xr.DataArray, prefix: str = "") -> Column:
    """A column of numbers, in the order of the array."""
    return Column(
        headed(variable, prefix),
        np.asarray(values, dtype=float).ravel().tolist(),
        FORMATS[variable.unit],
        first_order=bool(prefix),
    )


def region_columns(result: Result) -> list[Column]:
    """One row a region: exact results, then the first-order parts."""
    called = names(result.world)
    national = [variable for variable in RESULT.values() if variable.dims == ("region",)]
    return [
        Column("Region", list(called), width=WIDTHS["label"]),
        Column("Name", list(called.values()), width=WIDTHS["name"]),
        *(number_column(variable, getattr(result, variable.name)) for variable in national),
        *(
            number_column(variable, result.first_order[name], "First order: ")
            for name, variable in FIRST_ORDER.items()
        ),
    ]


def sector_columns(result: Result) -> list[Column]:
    """One row a region and sector."""
    called = names(result.world, "sector")
    regions, sectors = result.world.regions, result.world.sectors
    sectoral = [variable for variable in RESULT.values() if variable.dims == ("region", "sector")]
    return [
        Column("Region", np.repeat(regions, len(sectors)).tolist(), width=WIDTHS["label"]),
        Column("Sector", sectors * len(regions), width=WIDTHS["label"]),
        Column("Name", [called[s] for s in sectors] * len(regions), width=WIDTHS["name"]),
        *(number_column(variable, getattr(result, variable.name)) for variable in sectoral),
    ]


def trade_columns(result: Result) -> list[Column]:
    """One row a flow that is not zero in the benchmark or in the result."""
    order = ("exporter", "importer", "sector")
    after = result.trade_flow.transpose(*order)
    before = result.world.trade_flow.transpose(*order).sel(after.indexes)
    where = np.nonzero((np.asarray(after) != 0) | (np.asarray(before) != 0))
    unit = RESULT["trade_flow"].unit
    return [
        *(
            Column(
                title(ALIASES.get(dim, dim)),
                np.asarray(after.indexes[dim].astype(str))[index].tolist(),
                width=WIDTHS["label"],
            )
            for dim, index in zip(order, where, strict=True)
        ),
        Column(FLOW_BEFORE, np.asarray(before)[where].tolist(), FORMATS[unit]),
        Column(FLOW_AFTER, np.asarray(after)[where].tolist(), FORMATS[unit]),
    ]


def write_sheet(
    book: xlsxwriter.Workbook, styles: Styles, name: str, columns: Sequence[Column], fixed: int
) -> None:
    """A table with a frozen header and `fixed` frozen columns, filters, and fit for paper."""
    rows = len(columns[0].cells)
    if rows >= ROWS_IN_A_SHEET:
        raise OutputError(
            f"an Excel sheet holds {ROWS_IN_A_SHEET - 1:,} rows and {name} has {rows:,}; use "
            "to_parquet, or aggregate the world first"
        )
    sheet = book.add_worksheet(name)
    sheet.set_row(0, 48)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        header = styles.first_order if column.first_order else styles.header
        sheet.write_string(0, number, column.header, header)
        if not column.number_format:
            for row, text in enumerate(column.cells, 1):
                sheet.write_string(row, number, str(text))
            continue
        style = styles.numbers[column.number_format]
        for row, value in enumerate(column.cells, 1):
            if np.isfinite(value):
                sheet.write_number(row, number, value, style)
            else:
                sheet.write_blank(row, number, None, style)
    sheet.freeze_panes(1, fixed)
    sheet.autofilter(0, 0, rows, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&F: &A&RPage &P of &N")


def write_read_me(book: xlsxwriter.Workbook, styles: Styles, result: Result) -> None:
    """The first sheet: what this is, the stamp, and every column in plain words."""
    sheet = book.add_worksheet("Read me")
    for number, width in enumerate((30, 44, 14, 74, 30)):
        sheet.set_column(number, number, width)
    sheet.write_string(0, 0, f"tumen: results for {result.world.name}", styles.title)
    for row, text in enumerate((READ_ME, FIRST_ORDER_NOTE), 1):
        sheet.merge_range(row, 0, row, 3, "", styles.wrapped)
        sheet.write_string(row, 0, text, styles.wrapped)
        sheet.set_row(row, 48)
    row = write_rows(sheet, styles, 4, ("Stamp", "Value", "", "Meaning"), stamp_cells(result))
    header = ("Column", "Symbol", "Unit", "Meaning", "Source")
    write_rows(sheet, styles, row + 1, header, legend())
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.activate()


def stamp_cells(result: Result) -> list[tuple[str, ...]]:
    """The stamp and the shocks; the third column belongs to the legend below."""
    rows = [*stamp_rows(result.stamp), *shock_rows(result.shocks)]
    return [(field, value, "", meaning) for field, value, meaning in rows]


def legend() -> list[tuple[str, ...]]:
    """Every column in plain words."""
    ends = [(title(alias), "", "", f"{name} of the flow", "") for name, alias in ALIASES.items()]
    flow = RESULT["trade_flow"]
    levels = [
        (FLOW_BEFORE, "M_nij", flow.unit, f"{flow.meaning}, in the data before any solve", ""),
        (FLOW_AFTER, flow.symbol, flow.unit, f"{flow.meaning}, in the solution", ""),
    ]
    exact = [
        (headed(v), v.symbol, v.unit, v.meaning, v.source)
        for v in RESULT.values()
        if v.dims != flow.dims
    ]
    approximate = [
        (headed(v, "First order: "), v.symbol, v.unit, v.meaning, v.source)
        for v in FIRST_ORDER.values()
    ]
    return [*exact, *approximate, *ends, *levels]


def write_rows(
    sheet: Any, styles: Styles, first: int, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> int:
    """A header and rows of text; returns the row after them. Text is never read as a formula."""
    for column, text in enumerate(header):
        sheet.write_string(first, column, text, styles.header)
    row = first
    for row, cells in enumerate(rows, first + 1):
        for column, text in enumerate(cells):
            sheet.write_string(row, column, text, styles.wrapped)
    return row + 1


def excel_bytes(result: Result) -> bytes:
    """All results as the bytes of a workbook.

    Sheets "Read me", "Regions", "Sectors" and "Trade" (flows that are not zero; the alias map of
    the vocabulary names their ends). Raises `SolveError` for a result that did not converge and
    `OutputError` when a sheet would have more rows than Excel opens.
    """
    tables = {
        "Regions": (region_columns(result), 2),
        "Sectors": (sector_columns(result), 3),
        "Trade": (trade_columns(result), 3),
    }
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties(
        {"title": f"tumen: {result.world.name}", "comments": f"scenario {result.scenario_hash}"}
    )
    styles = Styles(book)
    write_read_me(book, styles, result)
    for name, (columns, fixed) in tables.items():
        write_sheet(book, styles, name, columns, fixed)
    book.close()
    return buffer.getvalue()
