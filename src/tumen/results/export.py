"""A converged result as NetCDF, Parquet and Excel files, each complete or not written at all.

Every file is made in memory first, so a full disk or a closed folder leaves an older file as it
was; and every file carries the stamp, so that a number can be traced to the question it answers.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr

from tumen.files import netcdf_bytes as dataset_bytes
from tumen.files import write_atomically
from tumen.results.result import Result
from tumen.results.words import shock_sentence

# The columns of the long table; a number leaves those empty that it has no label for.
LABELS = ("region", "importer", "exporter", "sector")


def to_netcdf(result: Result, path: str | Path) -> None:
    """Write all results to one NetCDF file. Raises `SolveError` or `OutputError`."""
    write_atomically(path, netcdf_bytes(result))


def to_parquet(result: Result, path: str | Path) -> None:
    """Write all results to one Parquet file, one row a number.

    Raises `SolveError` for a result that did not converge, `OutputError` when the file cannot be
    written.
    """
    write_atomically(path, parquet_bytes(result))


def to_excel(result: Result, path: str | Path) -> None:
    """Write all results to one workbook. Raises `SolveError` or `OutputError`."""
    from tumen.results.workbook import excel_bytes

    write_atomically(path, excel_bytes(result))


def netcdf_bytes(result: Result) -> bytes:
    """All results as the bytes of a NetCDF file; the stamp is in its attributes."""
    data = result.to_dataset()
    data.attrs |= {"shocks": shock_lines(result)}
    return dataset_bytes(data)


def shock_lines(result: Result) -> str:
    """The shocks in words, one a line."""
    return "\n".join(shock_sentence(shock) for shock in result.shocks)


def parquet_bytes(result: Result) -> bytes:
    """All results as the bytes of a Parquet file in long form.

    Columns: `variable`, `region`, `importer`, `exporter`, `sector`, `value`, `unit`. A value that
    does not exist (the first-order effect of a full ban) is null. The stamp is in the schema's
    metadata, key by key, and in the `attrs` of the frame that `pandas.read_parquet` returns.
    """
    data = result.to_dataset()
    tables = [long_table(str(name), data[name]) for name in data.data_vars]
    table = pa.concat_tables(tables).unify_dictionaries()
    stamp = {**result.stamp, "shocks": shock_lines(result)}
    metadata = {key: str(value) for key, value in stamp.items()}
    table = table.replace_schema_metadata(metadata | {"PANDAS_ATTRS": json.dumps(stamp)})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def long_table(name: str, array: xr.DataArray) -> pa.Table:
    """One variable in long form, one row a number, in the order of its dimensions."""
    where = np.indices(array.shape).reshape(array.ndim, array.size)
    labels = {
        str(dim): pa.DictionaryArray.from_arrays(
            pa.array(index, pa.int32()), pa.array(array.indexes[dim].astype(str), pa.string())
        )
        for dim, index in zip(array.dims, where, strict=True)
    }
    return pa.table(
        {
            "variable": repeated(name, array.size),
            **{dim: labels.get(dim, repeated(None, array.size)) for dim in LABELS},
            "value": pa.array(np.asarray(array, dtype=float).ravel(), from_pandas=True),
            "unit": repeated(str(array.attrs["units"]), array.size),
        }
    )


def repeated(word: str | None, count: int) -> pa.DictionaryArray:
    """One word, or nothing, in every row."""
    index = pa.array([None if word is None else 0] * count, pa.int32())
    return pa.DictionaryArray.from_arrays(index, pa.array([word or ""], pa.string()))
