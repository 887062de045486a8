"""The files of a run, as bytes: report, workbook, tables, worlds and one JSON document."""

from __future__ import annotations

import io
import json

import pandas as pd
import xarray as xr

from tumen.analysis.case import CaseResult
from tumen.files import netcdf_bytes
from tumen.report.case_page import page
from tumen.report.document import render
from tumen.report.summary import document, long_table
from tumen.results import export, workbook
from tumen.results.result import Result
from tumen.scenario.citations import enters

NAMES = ("report.html", "results.xlsx", "results.parquet", "results.csv", "worlds.nc", "run.json")


def worlds_dataset(result: CaseResult) -> xr.Dataset:
    """All results of the four worlds at the central figures, along the dimension `world`."""
    solved = result.main.central.results
    data = xr.concat(
        [one.to_dataset() for one in solved.values()],
        dim=pd.Index(list(solved), name="world"),
        combine_attrs="drop",
    )
    whole = document(result)
    data.attrs = {
        key: value for key, value in whole.items() if isinstance(value, (str, float, int))
    }
    return data


def tables_workbook(result: CaseResult, table: pd.DataFrame) -> bytes:
    """The tables of the report as an Excel workbook."""
    whole = document(result)
    stamp = pd.DataFrame(
        [(key, value) for key, value in whole.items() if isinstance(value, (str, float, int))],
        columns=["field", "value"],
    )
    headline = pd.DataFrame(whole["headline"].items(), columns=["region", "answer"])
    channels = pd.json_normalize(whole["channels"])
    where = enters(result.case)
    evidence = pd.DataFrame(
        [vars(item) | {"enters": where[key]} for key, item in result.case.evidence.items()]
    )
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer, engine="xlsxwriter") as writer:
        for name, frame in {
            "Answer": headline,
            "Read me": stamp,
            "Real income": table,
            "Channels": channels,
            "Evidence": evidence,
        }.items():
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            sheet = writer.sheets[name]
            for number, column in enumerate(frame.columns):
                longest = max([len(str(column)), *(len(str(cell)) for cell in frame[column])])
                sheet.set_column(number, number, min(longest + 2, 60))
    return buffer.getvalue()


def bundle(result: CaseResult) -> dict[str, bytes]:
    """Every file of a case's run, by name."""
    table = long_table(result)
    whole = document(result, list(NAMES))
    parquet = io.BytesIO()
    table.to_parquet(parquet, index=False)
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    return dict(
        zip(
            NAMES,
            (
                render(page(result)).encode(),
                tables_workbook(result, table),
                parquet.getvalue(),
                table.to_csv(index=False).encode(),
                netcdf_bytes(worlds_dataset(result)),
                text.encode(),
            ),
            strict=True,
        )
    )


def result_bundle(result: Result) -> dict[str, bytes]:
    """Every file of a single solve, by name."""
    from tumen.report.single import page as single_page

    return {
        "report.html": render(single_page(result)).encode(),
        "results.xlsx": workbook.excel_bytes(result),
        "results.parquet": export.parquet_bytes(result),
        "results.nc": export.netcdf_bytes(result),
    }
