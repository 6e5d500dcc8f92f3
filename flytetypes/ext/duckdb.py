"""Relations of DuckDB: a query that is run when it is written, and read as one over the stored data.

A relation belongs to a connection. What is read is of the default one of the process, as `duckdb.sql` is, so that both
can be joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import duckdb

from flytetypes.data._dataset_transformer import register_frame
from flytetypes.data._formats import PARQUET
from flytetypes.data._frames import FrameAdapter, StoredFrame
from flytetypes.types import Registry

if TYPE_CHECKING:
    import pyarrow as pa


# As it is called since DuckDB 1.4, and before.
_TO_READER: Final = "to_arrow_reader" if hasattr(duckdb.DuckDBPyRelation, "to_arrow_reader") else "record_batch"


class RelationAdapter(FrameAdapter[duckdb.DuckDBPyRelation]):
    """`duckdb.DuckDBPyRelation`: written as a stream of batches."""

    cls = duckdb.DuckDBPyRelation

    def to_arrow(self, frame: duckdb.DuckDBPyRelation) -> pa.RecordBatchReader:
        # Asked of the class: a relation has its columns as attributes.
        return getattr(self.cls, _TO_READER)(frame)

    def schema(self, frame: duckdb.DuckDBPyRelation, names: Sequence[str]) -> pa.Schema:
        return self.to_arrow(frame.limit(0)).schema

    def from_arrow(self, table: pa.Table) -> duckdb.DuckDBPyRelation:
        return duckdb.from_arrow(table)

    def read(self, stored: StoredFrame) -> duckdb.DuckDBPyRelation:
        path = stored.single_path
        if path is None or stored.format != PARQUET:
            return super().read(stored)
        relation = duckdb.read_parquet(path, hive_partitioning=False)
        return relation.project(", ".join(_quoted(name) for name in stored.table_schema.names))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def register(registry: Registry) -> None:
    """Relations."""
    register_frame(RelationAdapter(), registry=registry)
