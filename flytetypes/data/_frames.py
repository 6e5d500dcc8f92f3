"""Frames: the classes that hold a dataset in memory, how each is written and read, and which way is taken.

A class of frames has an *adapter*, which converts it to and from Arrow; so it has every format that Arrow has, and what
one class wrote another one reads. Besides, a *writer* or *reader* may be registered for a class, a protocol (the scheme
of the URI) and a format. This order decides, for reading and for writing:

    1. for the class, exactly this protocol and this format
    2. for the class, this protocol and any format
    3. for the class, any protocol and this format
    4. for the class, any protocol and any format
    5. the class's adapter, in the formats of Arrow

The format is the one that the data has; for data that is yet to be written the declared one, else the adapter's own. A
way for another format than that is never taken.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final, Generic, TypeVar

from flytetypes import idl
from flytetypes._record import Record
from flytetypes.data._columns import Declared
from flytetypes.data._formats import (
    FILE_NAME,
    PARQUET,
    Format,
    OpenedFile,
    batches_of,
    format_named,
    format_names,
    pandas_index,
)
from flytetypes.data._frame_files import StoredFile, files_of
from flytetypes.data._frame_schema import arrow, check_columns, reads_alike, selected, widened, with_parts
from flytetypes.errors import ConversionError, FlyteTypesError, told
from flytetypes.storage import ObjectStore, basename, scheme_of

if TYPE_CHECKING:
    import pyarrow as pa

F = TypeVar("F")

_FILES_AT_A_TIME: Final = 8
NOTHING: Final = Declared()
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")


class StoredFrame:
    """A dataset in a store, as a reader of frames gets it. Files are listed and opened when they are asked for.

    Attributes:
        store: Where it is.
        uri: Of the dataset: a directory, or one file.
        format: As its literal says, in lower case; where nothing says it, by the ending of the URI, else `parquet`.
        columns: The names of those to read, in their order; empty for all.
        declared: What the columns have to be.
        with_index: Whether the index of a frame of pandas is read with them.
    """

    def __init__(
        self,
        store: ObjectStore,
        uri: str,
        *,
        format: str = "",  # noqa: A002 - the field's word: flyteidl/core/types.proto, StructuredDatasetType.format
        columns: Sequence[str] = (),
        declared: Declared = NOTHING,
        with_index: bool = False,
    ) -> None:
        self.store = store
        self.uri = uri
        self.format = (format or format_of_file(uri.rstrip("/")) or PARQUET).lower()
        self.columns = tuple(columns)
        self.declared = declared
        self.with_index = with_index

    @cached_property
    def files(self) -> list[StoredFile]:
        """Its files; raises `StorageError` when there are none."""
        return files_of(self.store, self.uri)

    @cached_property
    def _opened(self) -> list[OpenedFile]:
        found = format_named(self.format)
        if found is None:
            raise _unknown_format(self.format, self.uri, [])
        return _each(lambda file: found.open(file, self.declared), self.files)

    @cached_property
    def schema(self) -> pa.Schema:
        """Of all files together: a column that some of them lack is null there, and of several types the widest counts.

        Raises:
            StorageError: When a file cannot be read.
            ConversionError: When one is of another format, when two do not go together, and when the columns are not
                those that are declared.
        """
        pa = arrow()
        schemas = [opened.schema for opened in self._opened]
        schema = schemas[0]
        if len(schemas) > 1:
            try:
                schema = pa.unify_schemas(schemas, promote_options="permissive")
            except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
                raise ConversionError(
                    f"files with columns that go together at `{self.uri}`", got="others", reason=str(error)
                ) from error
            schema = schema.with_metadata(schemas[0].metadata)
        for name, kind in self._partition_types.items():
            if name not in schema.names:
                schema = schema.append(pa.field(name, kind))
        check_columns(schema, self.declared, f"a dataset at `{self.uri}`")
        return schema

    @cached_property
    def _partition_types(self) -> dict[str, Any]:
        """The columns in the names of directories: integers where all of them are, else text, unless declared."""
        pa = arrow()
        values: dict[str, list[str]] = {}
        for file in self.files:
            for name, value in file.partition:
                found = values.setdefault(name, [])
                if value is not None:
                    found.append(value)
        text = {c.name for c in self.declared.columns if c.literal_type.simple == idl.SimpleType.STRING}
        return {
            name: pa.int64() if name not in text and all(map(_INTEGER.fullmatch, found)) else pa.string()
            for name, found in values.items()
        }

    @cached_property
    def _wanted(self) -> list[str] | None:
        """The columns to read, an index of pandas with them; None for all."""
        if not self.columns:
            return None
        wanted = selected(self.schema.names, self.columns, self.uri)
        index = pandas_index(self.schema) if self.with_index else []
        return [*wanted, *(name for name in index if name not in wanted)]

    def table(self) -> pa.Table:
        """The whole, as a table of Arrow.

        Raises:
            StorageError: When it cannot be read.
            ConversionError: When it is of another format, or has other columns than those that are declared.
        """
        schema = self.schema
        parts = _each(self._part, list(zip(self._opened, self.files, strict=True)))
        table = parts[0]
        if len(parts) > 1:
            table = arrow().concat_tables(parts, promote_options="permissive")
            table = table.select([name for name in schema.names if name in table.schema.names])
            table = table.replace_schema_metadata(schema.metadata)
        return widened(self._in_order(table), self.declared)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The whole in parts, one after the other: what is held at a time does not grow with it. Raises as `table`."""
        yield from self.reader()

    @property
    def table_schema(self) -> pa.Schema:
        """Of `table`, of which nothing is read for that but the schemas of the files. Raises as `schema`."""
        schema: pa.Schema = widened(self._in_order(self.schema.empty_table()), self.declared).schema
        return schema

    def single_path(self, *also: str) -> str | None:
        """The one file on this machine that it is, to be read as it is by others than Arrow.

        None where that would not give `table`: for several files, for parts of columns, for integers that are to be
        floats, and for types that others may read in another way than Arrow.

        Args:
            also: Types that the library in question reads as Arrow does, besides those that all do: `duration`.
        """
        file = self.files[0]
        if len(self.files) > 1 or file.partition or file.path is None:
            return None
        names = set(self.table_schema.names)
        plain = [field for field in self.schema if field.name in names]
        wanted = {field.name: field.type for field in self.table_schema}
        is_whole = all(name in self.schema.names for name in self.columns)
        is_same = all(wanted[field.name] == field.type and reads_alike(field.type, also) for field in plain)
        return file.path if is_whole and is_same else None

    def of(self, columns: Sequence[str]) -> StoredFrame:
        """The same with other columns."""
        return StoredFrame(
            self.store,
            self.uri,
            format=self.format,
            columns=columns,
            declared=self.declared,
            with_index=self.with_index,
        )

    def reader(self) -> pa.RecordBatchReader:
        """`batches` as Arrow's stream, with their schema. Raises as `table`; what fails later, while it is read."""
        schema = self.table_schema
        return arrow().RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        pa = arrow()
        for opened, file in zip(self._opened, self.files, strict=True):
            for batch in opened.batches(self._names_in(opened)):
                table = self._with_partition(pa.Table.from_batches([batch]), file)
                table = widened(self._in_order(table), self.declared)
                if len(self._opened) > 1:
                    table = pa.concat_tables([schema.empty_table(), table], promote_options="permissive")
                yield from (part for part in table.cast(schema).to_batches() if part.num_rows)

    def _part(self, opened_and_file: tuple[OpenedFile, StoredFile]) -> pa.Table:
        opened, file = opened_and_file
        return self._with_partition(opened.read(self._names_in(opened)), file)

    def _names_in(self, opened: OpenedFile) -> list[str] | None:
        """Which columns to read of one file."""
        if self._wanted is None:
            return None
        there = set(opened.schema.names)
        if self.format == PARQUET:  # which reads parts of columns
            return [name for name in self._wanted if name in there or name.partition(".")[0] in there]
        tops = dict.fromkeys(name if name in there else name.partition(".")[0] for name in self._wanted)
        return [name for name in tops if name in there]

    def _with_partition(self, table: pa.Table, file: StoredFile) -> pa.Table:
        pa = arrow()
        for name, value in file.partition:
            if name not in table.schema.names and (self._wanted is None or name in self._wanted):
                kind = self._partition_types[name]
                typed = int(value) if value is not None and pa.types.is_integer(kind) else value
                table = table.append_column(pa.field(name, kind), pa.repeat(pa.scalar(typed, kind), table.num_rows))
        return table

    def _in_order(self, table: pa.Table) -> pa.Table:
        """With the columns as they are wanted, whichever way they stand in the file."""
        if self._wanted is None:
            return table
        names = table.schema.names
        tops = dict.fromkeys(name if name in names else name.partition(".")[0] for name in self._wanted)
        order = [name for name in tops if name in names]
        table = table if order == names else table.select(order)
        for top in order:
            if top not in self._wanted:
                table = with_parts(table, top, [name[len(top) + 1 :] for name in self._wanted if _is_part(name, top)])
        return table

    def __repr__(self) -> str:
        return f"StoredFrame({self.uri!r}, format={self.format!r}, columns={self.columns!r})"


def _is_part(name: str, top: str) -> bool:
    return name.startswith(f"{top}.")


def format_of_file(uri: str) -> str | None:
    """The format that the ending of a file's name says; None for a directory, and for another ending."""
    name = "" if uri.endswith("/") else basename(uri)
    stem, _, ending = name.rpartition(".")
    return ending.lower() if stem and format_named(ending) is not None else None


def _each(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """The results for all items, several at a time; of errors the first."""
    if len(items) == 1:
        return [function(items[0])]
    from concurrent.futures import ThreadPoolExecutor  # dear to import, and most datasets are one file

    with ThreadPoolExecutor(_FILES_AT_A_TIME, thread_name_prefix="flytetypes-frame") as threads:
        return list(threads.map(function, items))


class FrameAdapter(ABC, Generic[F]):
    """How frames of one class become Arrow's, and back. Without I/O of its own; used by several threads at a time.

    Attributes:
        cls: The class, exactly.
        default_format: What is written where nobody says more.
        with_index: Whether it has the index of a frame of pandas, so that this is read too.
        holds: Whether frames may stay in memory between tasks of one process, as tables of Arrow: `held` gives those,
            and `read` makes frames of what is not stored anywhere.
        held_for: The class that may be made of such a table, where another writer than Arrow's would make a file that
            others may read in another way; None for all.
    """

    cls: type[F]
    default_format: ClassVar[str] = PARQUET
    with_index: ClassVar[bool] = False
    holds: ClassVar[bool] = False
    held_for: ClassVar[type | None] = None

    @abstractmethod
    def to_arrow(self, frame: F) -> pa.Table | pa.RecordBatchReader:
        """A frame as a table, or as a stream of batches; raises `ConversionError` for one that Arrow cannot hold."""

    @abstractmethod
    def from_arrow(self, table: pa.Table) -> F:
        """A frame of a table; raises `ConversionError` for a table that no frame of the class can be."""

    def schema(self, frame: F, names: Sequence[str]) -> pa.Schema:  # noqa: ARG002 - for overriding
        """The schema that a frame will be written with, at least that of the named columns as far as they are there.

        Asked where columns are declared, before anything is written. Cheaper than `to_arrow` where that is not lazy.
        """
        return self.to_arrow(frame).schema

    def write(self, frame: F, format: Format, sink: BinaryIO) -> None:  # noqa: A002
        """Write one file in one of Arrow's formats."""
        format.write(self.to_arrow(frame), sink)

    def held(self, frame: F) -> pa.Table | None:
        """The table that `write` would write as Parquet; None for a frame that is to be written. Raises as `write`.

        What the table shares with the frame is copied by who asks.
        """
        writes_as_arrow = type(self).write is FrameAdapter.write
        return self.to_arrow(frame) if self.holds and writes_as_arrow else None

    def read(self, stored: StoredFrame) -> F:
        """A stored dataset as one frame."""
        return self.from_arrow(stored.table())

    def parts(self, stored: StoredFrame) -> Iterator[F]:
        """A stored dataset as several frames, one after the other."""
        for batch in stored.batches():
            yield self.from_arrow(arrow().Table.from_batches([batch]))

    def split(self, frame: F) -> Iterator[F]:
        """A frame in memory as several frames."""
        for batch in batches_of(self.to_arrow(frame)):
            yield self.from_arrow(arrow().Table.from_batches([batch]))


WriteFrame = Callable[[Any, BinaryIO], object]
ReadFrame = Callable[[StoredFrame], Any]


class _Ways(Record):
    """Adapters, writers and readers; replaced as a whole, so that who looks something up needs no lock."""

    adapters: dict[type, FrameAdapter[Any]]
    writers: dict[tuple[type, str, str], WriteFrame]
    readers: dict[tuple[type, str, str], ReadFrame]


class FrameTable:
    """What is registered for the classes of frames."""

    def __init__(self) -> None:
        self._ways = _Ways({}, {}, {})

    def add(self, adapter: FrameAdapter[Any]) -> None:
        """Have an adapter for its class, in place of an older one."""
        ways = self._ways
        self._ways = _Ways({**ways.adapters, adapter.cls: adapter}, ways.writers, ways.readers)

    def add_writer(self, cls: type, protocol: str, format: str, write: WriteFrame) -> None:  # noqa: A002
        """Have a writer; an empty text means any."""
        ways = self._ways
        key = cls, protocol.lower(), format.lower()
        self._ways = _Ways(ways.adapters, {**ways.writers, key: write}, ways.readers)

    def add_reader(self, cls: type, protocol: str, format: str, read: ReadFrame) -> None:  # noqa: A002
        """Have a reader; an empty text means any."""
        ways = self._ways
        key = cls, protocol.lower(), format.lower()
        self._ways = _Ways(ways.adapters, ways.writers, {**ways.readers, key: read})

    def adapter(self, cls: type) -> FrameAdapter[Any] | None:
        """The adapter of a class, exactly; None for a class that is not known."""
        return self._ways.adapters.get(cls)

    @property
    def classes(self) -> tuple[type, ...]:
        """All that have an adapter."""
        return tuple(self._ways.adapters)

    def writer(self, adapter: FrameAdapter[Any], protocol: str, format: str) -> WriteFrame:  # noqa: A002
        """What writes frames; raises `ConversionError` where nothing writes the format."""
        writer: WriteFrame | None = _first(self._ways.writers, adapter.cls, protocol, format)
        if writer is not None:
            return writer
        found = format_named(format)
        if found is None:
            raise _unknown_format(format, "", self._formats(self._ways.writers, adapter.cls), adapter.cls)
        arrow()  # says now what is missing, and not when everything else has been written
        return lambda frame, sink: adapter.write(frame, found, sink)

    def is_plain(self, adapter: FrameAdapter[Any], protocol: str, format: str) -> bool:  # noqa: A002
        """Whether frames are written and read by their adapter, and as Parquet."""
        ways = self._ways
        return format.lower() == PARQUET and not any(
            _first(others, adapter.cls, protocol, format) for others in (ways.writers, ways.readers)
        )

    def read(self, adapter: FrameAdapter[F], stored: StoredFrame) -> F:
        """A dataset as one frame.

        Raises:
            StorageError: When it cannot be read.
            ConversionError: When nothing reads its format, or it is no frame of the class.
        """
        read = self._reader(adapter, stored) or adapter.read
        return self.reading(adapter, stored.uri, lambda: read(stored))

    @staticmethod
    def reading(adapter: FrameAdapter[F], uri: str, read: Callable[[], F]) -> F:
        """What a function reads of a dataset; what it raises as ours."""
        try:
            return read()
        except (FlyteTypesError, OSError, MemoryError):
            raise
        except BaseException as error:  # it is the frame's library, or somebody's own reader
            if not is_failure(error):
                raise
            raise ConversionError(
                f"a dataset that can be read as `{adapter.cls.__name__}`",
                got=f"that at `{uri}`",
                reason=told(error),
            ) from error

    def parts(self, adapter: FrameAdapter[F], stored: StoredFrame) -> Iterator[F]:
        """A dataset as several frames, one after the other; raises as `read`, also while it goes on."""
        if self._reader(adapter, stored) is not None:
            return adapter.split(self.read(adapter, stored))
        return adapter.parts(stored)

    def _reader(self, adapter: FrameAdapter[Any], stored: StoredFrame) -> ReadFrame | None:
        """The reader that is registered for a dataset; None where the adapter reads it."""
        reader: ReadFrame | None = _first(self._ways.readers, adapter.cls, scheme_of(stored.uri), stored.format)
        if reader is None and format_named(stored.format) is None:
            raise _unknown_format(
                stored.format, stored.uri, self._formats(self._ways.readers, adapter.cls), adapter.cls
            )
        return reader

    @staticmethod
    def _formats(ways: dict[tuple[type, str, str], Any], cls: type) -> list[str]:
        return [format for of, _, format in ways if of is cls and format]  # noqa: A001


def is_failure(error: BaseException) -> bool:
    """Whether an error is one of a library, and not a request to stop: a panic in polars is no `Exception`."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def file_name(format: str) -> str:  # noqa: A002
    """How the file of a dataset is called in a format."""
    found = format_named(format)
    return FILE_NAME if found is None else found.file_name


def _first(ways: dict[tuple[type, str, str], Any], cls: type, protocol: str, format: str) -> Any | None:  # noqa: A002
    order = ((protocol, format.lower()), (protocol, ""), ("", format.lower()), ("", ""))
    return next((ways[cls, *key] for key in order if (cls, *key) in ways), None)


def _unknown_format(format: str, uri: str, others: Sequence[str], cls: type | None = None) -> ConversionError:  # noqa: A002
    formats = ", ".join(f"`{name}`" for name in dict.fromkeys([*format_names(), *others]))
    where = f" at `{uri}`" if uri else ""
    verb, register = ("written", "register_frame_writer()") if not uri else ("read", "register_frame_reader()")
    what = "a dataset" if cls is None else f"a `{cls.__name__}`"
    return ConversionError(
        f"{what} in a format that can be {verb}: {formats}",
        got=f"`{format}`{where}",
        reason=f"for another one use `{register}`",
    )
