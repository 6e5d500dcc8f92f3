"""Relations of DuckDB: a query that is run when it is written, and read as one over the stored data.

A relation belongs to a connection. What is read is of the default one of the process, as `duckdb.sql` is, so that both
can be joined.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, Final

import duckdb

from flytetypes.data._dataset_transformer import register_frame
from flytetypes.data._formats import PARQUET, Format
from flytetypes.data._frames import FrameAdapter, StoredFrame
from flytetypes.types import Registry

if TYPE_CHECKING:
    import pyarrow as pa


# As it is called since DuckDB 1.4, and before.
_TO_READER: Final = "to_arrow_reader" if hasattr(duckdb.DuckDBPyRelation, "to_arrow_reader") else "record_batch"


# A connection runs one query at a time, and most relations are of the default one.
_ALONE: Final = threading.Lock()

# What DuckDB takes for a pattern of paths.
_PATTERN: Final = frozenset("*?[")


class RelationAdapter(FrameAdapter[duckdb.DuckDBPyRelation]):
    """`duckdb.DuckDBPyRelation`: written as a stream of batches."""

    cls = duckdb.DuckDBPyRelation

    def to_arrow(self, frame: duckdb.DuckDBPyRelation) -> pa.RecordBatchReader:
        # Asked of the class: a relation has its columns as attributes.
        return getattr(self.cls, _TO_READER)(frame)

    def schema(self, frame: duckdb.DuckDBPyRelation, names: Sequence[str]) -> pa.Schema:
        # On a connection of its own: that of the relation may be busy with another one, which is being written.
        columns = zip(frame.columns, frame.types, strict=True)
        typed = (f"CAST(NULL AS {kind}) AS {_quoted(name)}" for name, kind in columns)
        try:
            with duckdb.connect() as connection:
                return self.to_arrow(connection.sql(f"SELECT {', '.join(typed)}").limit(0)).schema
        except duckdb.Error:  # a type that only its own connection knows
            return self.to_arrow(frame.limit(0)).schema

    def write(self, frame: duckdb.DuckDBPyRelation, format: Format, sink: BinaryIO) -> None:  # noqa: A002
        with _ALONE:
            super().write(frame, format, sink)

    def from_arrow(self, table: pa.Table) -> duckdb.DuckDBPyRelation:
        return duckdb.from_arrow(table)

    def read(self, stored: StoredFrame) -> duckdb.DuckDBPyRelation:
        path = stored.single_path("date32")
        if path is None or stored.format != PARQUET or _PATTERN.intersection(path):
            table = stored.table()
            with _ALONE:
                return self.from_arrow(table)
        names = ", ".join(_quoted(name) for name in stored.table_schema.names)
        with _ALONE:
            return duckdb.read_parquet(path, hive_partitioning=False).project(names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def register(registry: Registry) -> None:
    """Relations."""
    register_frame(RelationAdapter(), registry=registry)
