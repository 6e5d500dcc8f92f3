"""Frames that stay in memory between tasks of one process, as the table that a Parquet file of them would give.

What Parquet gives back as it was is copied; every other column goes through Parquet, in memory. So a frame that is made
of the table is the one that would have been read, and nobody who has the one that was written can change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from flytetypes._record import Record
from flytetypes.data._columns import Declared
from flytetypes.data._formats import PARQUET, Format, OpenedFile, format_named, read_parquet
from flytetypes.data._frame_files import StoredFile
from flytetypes.data._frame_schema import arrow
from flytetypes.data._frames import FrameAdapter, StoredFrame
from flytetypes.storage import ObjectStore

if TYPE_CHECKING:
    import pyarrow as pa

# Types of Arrow's that come back of Parquet with the same values, the same metadata, and the same name.
_PLAIN: Final = (
    *("boolean", "integer", "float32", "float64", "string", "large_string", "binary", "large_binary"),
    *("date32", "time64", "duration", "decimal128"),
)


class HeldTable(Record):
    """What is held of a frame.

    Attributes:
        table: As reading gives it; nobody changes it.
        of: The only class that it may be read as; None for all that can be held.
    """

    table: pa.Table
    of: type | None


def held_table(adapter: FrameAdapter[Any], frame: Any, max_bytes: int) -> HeldTable | None:
    """A frame as what is held of it; None for one that is to be written.

    Raises:
        ConversionError: For a frame that could not be written as Parquet either.
    """
    found = adapter.held(frame)
    if found is None or found.nbytes > max_bytes:
        return None
    table = _as_read(found)
    return None if table is None or table.nbytes > max_bytes else HeldTable(table, adapter.held_for)


def frame_of(
    adapter: FrameAdapter[Any], held: HeldTable, uri: str, columns: Sequence[str], declared: Declared
) -> Any | None:
    """A frame as reading gives it; None for one that is to be read. Raises as `FrameAdapter.read`."""
    if not adapter.holds or held.of not in (None, adapter.cls):
        return None
    return adapter.read(_HeldFrame(held.table, uri, columns, declared, with_index=adapter.with_index))


def write_held(adapter: FrameAdapter[Any], held: HeldTable, sink: BinaryIO) -> None:
    """Write the file after all."""
    parquet = _parquet()
    if held.of is None:
        parquet.write(held.table, sink)
    else:
        adapter.write(adapter.from_arrow(held.table), parquet, sink)


class _HeldFrame(StoredFrame):
    """A dataset of one Parquet file, of which there is only the table."""

    def __init__(
        self, table: pa.Table, uri: str, columns: Sequence[str], declared: Declared, *, with_index: bool
    ) -> None:
        super().__init__(_NOWHERE, uri, format=PARQUET, columns=columns, declared=declared, with_index=with_index)
        self._table = table

    @cached_property
    def files(self) -> list[StoredFile]:
        return [StoredFile(self.store, self.uri)]

    @cached_property
    def _opened(self) -> list[OpenedFile]:
        return [_OpenedTable(self._table)]

    def single_path(self, *also: str) -> str | None:  # noqa: ARG002 - of a StoredFrame
        return None


_NOWHERE: Final[ObjectStore] = None  # type: ignore[assignment]  # nothing asks it


class _OpenedTable(OpenedFile):
    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self.schema = table.schema

    def read(self, columns: Sequence[str] | None) -> pa.Table:
        if columns is None:
            return self._table
        names = set(self.schema.names)
        return self._table.select(list(dict.fromkeys(n if n in names else n.partition(".")[0] for n in columns)))

    def batches(self, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        yield from self.read(columns).to_batches()


def _as_read(table: pa.Table) -> pa.Table | None:
    """What a Parquet file of a table gives, which shares nothing with it; None where only a file can tell."""
    names = table.schema.names
    if not names or len(set(names)) < len(names):
        return None
    others = [index for index, field in enumerate(table.schema) if not _is_plain(field)]
    if not others:
        return _copied(table)
    stored = _through_parquet(table.select(others))
    plain = [index for index in range(len(names)) if index not in others]
    parts = [_copied(table.select(plain)), stored] if plain else [stored]
    columns = {name: part.column(name) for part in parts for name in part.schema.names}
    fields = {field.name: field for part in parts for field in part.schema}
    schema = arrow().schema([fields[name] for name in names], stored.schema.metadata)
    return arrow().Table.from_arrays([columns[name] for name in names], schema=schema)


def _is_plain(field: pa.Field) -> bool:
    """Whether a column of a field comes back of Parquet as it was."""
    types = arrow().types
    kind = field.type
    if field.metadata or not field.nullable:  # whether no value is null is Parquet's to say
        return False
    if types.is_struct(kind):
        return kind.num_fields > 0 and all(map(_is_plain, kind))
    if types.is_timestamp(kind):
        return bool(kind.unit != "s")
    return any(bool(getattr(types, f"is_{plain}")(kind)) for plain in _PLAIN)


def _copied(table: pa.Table) -> pa.Table:
    """A table that shares no memory with another: Arrow's tables may be views of what numpy or pandas change."""
    pa = arrow()
    size = pa.MockOutputStream()
    with pa.ipc.new_stream(size, table.schema) as writer:
        writer.write_table(table)
    buffer = pa.allocate_buffer(size.size())
    with pa.ipc.new_stream(pa.FixedSizeBufferWriter(buffer), table.schema) as writer:
        writer.write_table(table)
    with pa.ipc.open_stream(buffer) as reader:
        return reader.read_all()


def _through_parquet(table: pa.Table) -> pa.Table:
    with arrow().BufferOutputStream() as sink:
        _parquet().write(table, sink)
        return read_parquet(sink.getvalue())


def _parquet() -> Format:
    found = format_named(PARQUET)
    assert found is not None  # noqa: S101 - it is there
    return found
