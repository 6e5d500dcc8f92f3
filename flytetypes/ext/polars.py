"""Frames of polars. Parquet is written by polars itself; everything else goes through Arrow, without a copy.

A `LazyFrame` stays lazy: it is sunk into the file batch by batch, and what is read is a scan, of which nothing is
loaded before somebody collects it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import polars as pl
from polars.io.plugins import register_io_source

from flytetypes.data._dataset_transformer import register_frame
from flytetypes.data._formats import PARQUET, Format
from flytetypes.data._frame_schema import arrow
from flytetypes.data._frames import FrameAdapter, StoredFrame
from flytetypes.errors import ConversionError
from flytetypes.types import Registry

if TYPE_CHECKING:
    import pyarrow as pa


# Besides what every library reads from a file as from Arrow.
_READ_ALIKE: Final = ("duration", "fixed_size_list", "float16", "null", "time32")


# What is the same whether it was written by polars, and read, or has been Arrow's.
_ALIKE: Final = frozenset(
    {
        *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Float32, pl.Float64),
        *(pl.Boolean, pl.String, pl.Binary, pl.Date, pl.Time, pl.Datetime, pl.Duration, pl.Decimal),
    }
)


class DataFrameAdapter(FrameAdapter[pl.DataFrame]):
    """`pl.DataFrame`."""

    cls = pl.DataFrame
    holds = True
    held_for = pl.DataFrame

    def to_arrow(self, frame: pl.DataFrame) -> pa.Table:
        _check_dtypes(frame.schema)
        return frame.to_arrow(compat_level=pl.CompatLevel.oldest())

    def from_arrow(self, table: pa.Table) -> pl.DataFrame:
        return pl.DataFrame(pl.from_arrow(table))

    def schema(self, frame: pl.DataFrame, names: Sequence[str]) -> pa.Schema:
        return self.to_arrow(frame.head(0)).schema

    def write(self, frame: pl.DataFrame, format: Format, sink: BinaryIO) -> None:  # noqa: A002
        if format.name == PARQUET:
            _check_dtypes(frame.schema)
            frame.write_parquet(sink)
        else:
            super().write(frame, format, sink)

    def held(self, frame: pl.DataFrame) -> pa.Table | None:
        return self.to_arrow(frame) if all(map(_is_alike, frame.dtypes)) else None

    def read(self, stored: StoredFrame) -> pl.DataFrame:
        path = stored.single_path(*_READ_ALIKE)
        if path is None or stored.format != PARQUET:
            return super().read(stored)
        return pl.read_parquet(path, columns=stored.table_schema.names, hive_partitioning=False, glob=False)


class LazyFrameAdapter(FrameAdapter[pl.LazyFrame]):
    """`pl.LazyFrame`."""

    cls = pl.LazyFrame

    def __init__(self, frames: DataFrameAdapter) -> None:
        self._frames = frames

    def to_arrow(self, frame: pl.LazyFrame) -> pa.Table:
        return self._frames.to_arrow(frame.collect())

    def from_arrow(self, table: pa.Table) -> pl.LazyFrame:
        return self._frames.from_arrow(table).lazy()

    def schema(self, frame: pl.LazyFrame, names: Sequence[str]) -> pa.Schema:
        return self._frames.schema(pl.DataFrame(schema=frame.collect_schema()), names)

    def write(self, frame: pl.LazyFrame, format: Format, sink: BinaryIO) -> None:  # noqa: A002
        if format.name == PARQUET:
            _check_dtypes(frame.collect_schema())
            frame.clone().sink_parquet(sink)  # one object cannot be sunk twice at a time
        else:
            super().write(frame, format, sink)

    def read(self, stored: StoredFrame) -> pl.LazyFrame:
        path = stored.single_path(*_READ_ALIKE)
        if path is None or stored.format != PARQUET:
            return _scan(stored)
        return pl.scan_parquet(path, hive_partitioning=False, glob=False).select(stored.table_schema.names)

    def parts(self, stored: StoredFrame) -> Iterator[pl.LazyFrame]:
        return (part.lazy() for part in self._frames.parts(stored))


def _scan(stored: StoredFrame) -> pl.LazyFrame:
    """A scan that reads through our store: columns that nobody asks for are not fetched, and rows come in batches."""
    schema = pl.DataFrame(pl.from_arrow(stored.table_schema.empty_table())).schema

    def batches(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = rows
        for batch in stored.of(columns if columns is not None else stored.columns).batches():
            part = pl.DataFrame(pl.from_arrow(arrow().Table.from_batches([batch])))
            part = part if left is None else part.head(left)
            left = None if left is None else left - len(part)
            yield part if predicate is None else part.filter(predicate)
            if left == 0:
                return

    return register_io_source(batches, schema=schema)


def _is_alike(dtype: Any) -> bool:
    """Whether a column goes through Arrow as it does through a file of polars."""
    if isinstance(dtype, pl.List):
        return _is_alike(dtype.inner)
    if isinstance(dtype, pl.Struct):
        return bool(dtype.fields) and all(_is_alike(field.dtype) for field in dtype.fields)
    return dtype.base_type() in _ALIKE


def _check_dtypes(schema: Mapping[str, Any]) -> None:
    """Raise `ConversionError` for columns of Python objects."""
    objects = [name for name, dtype in schema.items() if dtype == pl.Object]
    if objects:
        raise ConversionError(
            "a frame of polars whose columns are of its own types",
            got=f"Python objects in {', '.join(f'`{name}`' for name in objects)}",
        )


def register(registry: Registry) -> None:
    """Both."""
    frames = DataFrameAdapter()
    register_frame(frames, registry=registry)
    register_frame(LazyFrameAdapter(frames), registry=registry)
