"""Draws on disk: a folder with a part for every chunk, and one file of them all.

A part appears whole or not at all; what is missing is drawn again. The one file is made from the
parts in the order of the draws and is the same, byte for byte, however often work was interrupted
and whoever did it.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tumen.errors import OutputError, SampleError
from tumen.files import beside, explain, write_atomically

SETTINGS = "sample.json"
# Draws that stand together in the one file: large enough to read fast, small enough to hold.
GROUP = 1024
TOLD = {
    "draw": pa.int64(),
    "status": pa.string(),
    "message": pa.string(),
    "residual": pa.float64(),
    "maps": pa.int64(),
}


def table_bytes(told: Mapping[str, Sequence[Any]], values: Sequence[Mapping[str, float]]) -> bytes:
    """A chunk as the bytes of a Parquet file: how each draw went, and its outcomes by name.

    A name that a draw lacks is missing there.
    """
    names = dict.fromkeys(name for one in values for name in one)
    columns: dict[str, Any] = {name: pa.array(told[name], kind) for name, kind in TOLD.items()}
    for name in names:
        column = np.array([one.get(name, np.nan) for one in values], dtype=float)
        columns[name] = pa.array(column)
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


class Parts:
    """The parts of one sample in a folder; made if it is not there.

    `settings` say which question the draws answer. Raises `SampleError` where the folder holds
    draws of another one.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain(folder, error) from None
        told = folder / SETTINGS
        if told.is_file():
            self.check(told, settings)
        else:
            text = json.dumps(dict(settings), indent=2, ensure_ascii=False)
            write_atomically(told, text.encode())

    @staticmethod
    def check(told: Path, settings: Mapping[str, Any]) -> None:
        """Refuse a folder whose draws were made under other settings."""
        try:
            held = json.loads(told.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise SampleError(f"{told}: cannot be read; choose another folder") from None
        for name, value in settings.items():
            if held.get(name) != value:
                raise SampleError(
                    f"{told}: the folder holds draws with {name} {held.get(name)!r}, not "
                    f"{value!r}; choose another folder or delete this one"
                )

    def place(self, kind: str, number: int) -> Path:
        """The file of a part."""
        return self.folder / f"{kind}-{number:06d}.parquet"

    def rows(self, kind: str, number: int) -> int:
        """How many draws a part holds; none where it is missing or cannot be read."""
        place = self.place(kind, number)
        if not place.is_file():
            return 0
        try:
            return int(pq.read_metadata(place).num_rows)
        except (OSError, pa.ArrowException):
            return 0

    def write(self, kind: str, number: int, content: bytes) -> None:
        """Put a part where it belongs, whole."""
        write_atomically(self.place(kind, number), content)

    def tables(self, kind: str, count: int, draws: int) -> Iterator[pa.Table]:
        """The parts in order, no further than `draws`."""
        left = draws
        for number in range(count):
            table = pq.read_table(self.place(kind, number))
            yield table.slice(0, left)
            left -= table.num_rows

    def schema(self, kind: str, count: int) -> pa.Schema:
        """Every column of the parts, in the order in which they are met."""
        fields: dict[str, pa.Field] = {}
        for number in range(count):
            for field in pq.read_schema(self.place(kind, number)):
                fields.setdefault(field.name, field)
        return pa.schema(list(fields.values()))

    def join(self, kind: str, count: int, draws: int, more: Mapping[str, np.ndarray]) -> Path:
        """Write the one file of a kind, with more columns [draw] beside the parts'.

        Raises `OutputError` where it cannot be written.
        """
        schema = self.schema(kind, count)
        whole = pa.schema([*schema, *(pa.field(name, pa.float64()) for name in more)])
        goal = self.folder / f"{kind}.parquet"
        temporary = beside(self.folder)
        try:
            with pq.ParquetWriter(temporary, whole, compression="zstd") as writer:
                first = 0
                for table in grouped(self.tables(kind, count, draws), schema):
                    last = first + table.num_rows
                    added = {name: column[first:last] for name, column in more.items()}
                    writer.write_table(with_columns(table, added), row_group_size=GROUP)
                    first = last
            temporary.replace(goal)
        except OSError as error:
            raise explain(goal, error) from None
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        return goal


def with_columns(table: pa.Table, columns: Mapping[str, np.ndarray]) -> pa.Table:
    """The table with more columns at its end."""
    for name, column in columns.items():
        table = table.append_column(name, pa.array(column))
    return table


def grouped(tables: Iterator[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows in tables of `GROUP`, each with every column of the schema."""
    held: list[pa.Table] = []
    for table in tables:
        absent = {
            field.name: np.full(table.num_rows, np.nan)
            for field in schema
            if field.name not in table.column_names
        }
        held.append(with_columns(table, absent).select(schema.names))
        if sum(one.num_rows for one in held) >= GROUP:
            yield pa.concat_tables(held).combine_chunks()
            held = []
    if held:
        yield pa.concat_tables(held).combine_chunks()


class Columns(Mapping[str, np.ndarray]):
    """Columns of a file of draws, each read once, when it is asked for; what is missing is nan."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # A file has thousands of columns: its description is dear to read, so it is kept.
        self.metadata = pq.read_metadata(path)
        schema = self.metadata.schema.to_arrow_schema()
        self.names = [field.name for field in schema if field.name not in TOLD]
        self.known = frozenset(self.names)
        self.kept: dict[str, np.ndarray] = {}

    def __contains__(self, name: object) -> bool:
        return name in self.known

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.known:
            raise KeyError(name)
        return self.told(name)

    def told(self, name: str) -> np.ndarray:
        """Any column of the file, outcomes and how draws went alike."""
        if name not in self.kept:
            try:
                with pq.ParquetFile(self.path, metadata=self.metadata) as file:
                    column = file.read(columns=[name]).column(name)
            except OSError as error:
                raise OutputError(f"{self.path}: cannot be read ({error})") from None
            self.kept[name] = np.asarray(column.to_numpy(zero_copy_only=False))
            self.kept[name].setflags(write=False)
        return self.kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Under(Mapping[str, np.ndarray]):
    """Columns whose names begin alike, by the rest of their names; none is read before its time."""

    def __init__(self, columns: Mapping[str, np.ndarray], start: str) -> None:
        self.columns, self.start = columns, start

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[self.start + name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.start + name in self.columns

    def __iter__(self) -> Iterator[str]:
        return (
            name.removeprefix(self.start) for name in self.columns if name.startswith(self.start)
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)
