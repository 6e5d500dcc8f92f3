"""Frames of Arrow: tables, and streams and batches of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar
from weakref import WeakSet

import pyarrow as pa

from flytetypes.data._dataset_transformer import register_frame
from flytetypes.data._frames import FrameAdapter, StoredFrame
from flytetypes.errors import ConversionError
from flytetypes.types import Registry


class TableAdapter(FrameAdapter[pa.Table]):
    """`pa.Table`: as it is, with its metadata."""

    cls = pa.Table
    holds = True

    def to_arrow(self, frame: pa.Table) -> pa.Table:
        return frame

    def from_arrow(self, table: pa.Table) -> pa.Table:
        return table


class BatchAdapter(FrameAdapter[pa.RecordBatch]):
    """`pa.RecordBatch`: a table in one piece; what `iter()` of a dataset gives without a copy."""

    cls = pa.RecordBatch
    holds = True

    def to_arrow(self, frame: pa.RecordBatch) -> pa.Table:
        return pa.Table.from_batches([frame])

    def from_arrow(self, table: pa.Table) -> pa.RecordBatch:
        batches = table.combine_chunks().to_batches()
        if len(batches) > 1:
            raise ConversionError("a dataset of one batch", got=f"one of {table.num_rows} rows", reason="read a table")
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)

    def parts(self, stored: StoredFrame) -> Iterator[pa.RecordBatch]:
        return stored.batches()


class ReaderAdapter(FrameAdapter[pa.RecordBatchReader]):
    """`pa.RecordBatchReader`: a stream, in constant memory in both directions. One that was read is used up."""

    cls = pa.RecordBatchReader

    _written: ClassVar[WeakSet[pa.RecordBatchReader]] = WeakSet()

    def to_arrow(self, frame: pa.RecordBatchReader) -> pa.RecordBatchReader:
        if frame in self._written:
            raise ConversionError(
                "a `RecordBatchReader` that was not read yet",
                got="one that was written before",
                reason="a stream can be written once: read it as a table by `read_all()`, and write that",
            )
        self._written.add(frame)
        return frame

    def schema(self, frame: pa.RecordBatchReader, names: object) -> pa.Schema:
        return frame.schema

    def from_arrow(self, table: pa.Table) -> pa.RecordBatchReader:
        return table.to_reader()

    def read(self, stored: StoredFrame) -> pa.RecordBatchReader:
        return stored.reader()

    def parts(self, stored: StoredFrame) -> Iterator[pa.RecordBatchReader]:
        for batch in stored.batches():
            yield pa.RecordBatchReader.from_batches(batch.schema, [batch])


def register(registry: Registry) -> None:
    """All three."""
    for adapter in (TableAdapter(), BatchAdapter(), ReaderAdapter()):
        register_frame(adapter, registry=registry)
