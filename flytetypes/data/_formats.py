"""Formats of datasets: Parquet, CSV, Arrow's own files (Feather) and ORC, written and read by Arrow.

A format writes one file from a table, or from a stream of batches in constant memory. It opens one file for its schema,
and then gives its columns as a table or as batches. What a dataset of several files is, is the subject of `_frames`.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from flytetypes import idl
from flytetypes._lazy import require
from flytetypes.data._columns import Declared
from flytetypes.data._frame_files import TAIL_BYTES, RangedFile, StoredFile
from flytetypes.data._frame_schema import arrow
from flytetypes.errors import ConversionError, MissingPackageError, StorageError
from flytetypes.storage import open_reader

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET: Final = "parquet"
FILE_NAME: Final = "00000"

# What is collected of a stream before it is written: row groups of a few rows would be slow to read.
_GROUP_ROWS: Final = 1 << 20
_GROUP_BYTES: Final = 64 << 20

_BUFFER_BYTES: Final = 1 << 20

# How many row groups are on their way while one is read, and how large they may be together.
_GROUPS_AHEAD: Final = 4
_AHEAD_BYTES: Final = 64 << 20

_PURPOSE: Final = "reading and writing dataframes"


class OpenedFile(ABC):
    """One file of a dataset, of which the schema is known.

    Attributes:
        schema: With the columns of the file, and Arrow's metadata.
    """

    schema: pa.Schema

    @abstractmethod
    def read(self, columns: Sequence[str] | None) -> pa.Table:
        """The columns of these names; None for all."""

    @abstractmethod
    def batches(self, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        """As `read`, in parts: what is held at a time does not grow with the file."""


class Format(ABC):
    """One format.

    Attributes:
        name: As it stands in types, in lower case.
        file_name: Of the file that is written.
    """

    name: str
    file_name = FILE_NAME

    @abstractmethod
    def write(self, data: pa.Table | pa.RecordBatchReader, sink: BinaryIO) -> None:
        """Write one file; raises `ConversionError` for columns that the format has not."""

    @abstractmethod
    def open(self, file: StoredFile, declared: Declared) -> OpenedFile:
        """Read the schema of a file.

        Args:
            file: Which.
            declared: What its columns should be, for formats that do not say it.

        Raises:
            StorageError: When it cannot be read.
            ConversionError: When it is of another format.
        """


def format_named(name: str) -> Format | None:
    """The format of a name, in whatever case; None for one that Arrow has not."""
    return _FORMATS.get(name.lower())


def format_names() -> list[str]:
    """Those that every class of frames has."""
    return list(_FORMATS)


@contextmanager
def reading(uri: str, name: str) -> Iterator[None]:
    """Arrow's errors in the block as ours."""
    try:
        yield
    except (StorageError, ConversionError):
        raise
    except (arrow().ArrowException, OSError, ValueError) as error:
        raise ConversionError(
            f"a dataset in the format `{name}` at `{uri}`",
            got="other bytes",
            reason=f"{_first_line(error)}; where it is in another format, say so: `StructuredDataset(uri=..., "
            'file_format="...")`, or a text inside `Annotated`',
        ) from error


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Arrow's refusals of columns in the block as ours."""
    pa = arrow()
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise ConversionError(
            f"a frame that can be written as `{name}`", got="one that cannot", reason=_first_line(error)
        ) from error


def _first_line(error: BaseException) -> str:
    text = "; ".join(map(str, error.args)) if error.args else type(error).__name__
    return text.splitlines()[0].rstrip(".")


class _Sink:
    """A file to write, as Arrow's buffer gets it; after a failure nothing more arrives in the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.closed = False

    def write(self, data: Any) -> int:
        return len(data) if self.closed else self._file.write(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


@contextmanager
def _buffered(file: BinaryIO) -> Iterator[Any]:
    """A file for Arrow to write many small pieces into: each would be a call of Python's."""
    pa = arrow()
    sink = _Sink(file)
    stream = pa.BufferedOutputStream(pa.PythonFile(sink, "w"), _BUFFER_BYTES)
    try:
        yield stream
        stream.flush()
    finally:
        sink.close()


def batches_of(data: pa.Table | pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches of either."""
    return iter(data.to_batches() if isinstance(data, arrow().Table) else data)


# --- Parquet ----------------------------------------------------------------------------------------------------------


class _Parquet(Format):
    name = PARQUET

    def write(self, data: pa.Table | pa.RecordBatchReader, sink: BinaryIO) -> None:
        pq = require("pyarrow.parquet", extra="frames", purpose=_PURPOSE)
        with writing(self.name), _buffered(sink) as file:
            if isinstance(data, arrow().Table):
                pq.write_table(data, file)
                return
            with pq.ParquetWriter(file, data.schema) as writer:
                for table in _groups(data):
                    writer.write_table(table)

    def open(self, file: StoredFile, declared: Declared) -> OpenedFile:  # noqa: ARG002 - the file says it all
        return _OpenedParquet(file)


def read_parquet(buffer: pa.Buffer) -> pa.Table:
    """What a file in memory gives."""
    pq = require("pyarrow.parquet", extra="frames", purpose=_PURPOSE)
    return pq.ParquetFile(arrow().BufferReader(buffer), pre_buffer=False).read()


def _groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The batches of a stream, collected to tables of a good size."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        waiting.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield arrow().Table.from_batches(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield arrow().Table.from_batches(waiting)


class _OpenedParquet(OpenedFile):
    def __init__(self, file: StoredFile) -> None:
        self._uri = file.uri
        self._source = file.open(whole=False)
        if isinstance(self._source, RangedFile):
            tail = min(TAIL_BYTES, self._source.size)
            self._source.fetch([(self._source.size - tail, tail)])
        pq = require("pyarrow.parquet", extra="frames", purpose=_PURPOSE)
        with reading(self._uri, PARQUET):
            self._file = pq.ParquetFile(self._source, pre_buffer=False)
            self.schema = self._file.schema_arrow

    def read(self, columns: Sequence[str] | None) -> pa.Table:
        if not isinstance(self._source, RangedFile):
            with reading(self._uri, PARQUET):
                return self._file.read(columns)
        tables = []
        for group in self._groups(columns):
            with reading(self._uri, PARQUET):
                tables.append(self._file.read_row_group(group, columns))
        if tables:
            return arrow().concat_tables(tables)
        table = self.schema.empty_table()
        return table if columns is None else table.select(columns)

    def batches(self, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        for group in self._groups(columns):
            parts = self._file.iter_batches(row_groups=[group], columns=columns)
            while True:
                with reading(self._uri, PARQUET):
                    batch = next(parts, None)
                if batch is None:
                    break
                yield batch

    def _groups(self, columns: Sequence[str] | None) -> Iterator[int]:
        """The row groups, in turn: what Arrow will read of one is at hand, and the next ones are on their way."""
        groups = range(self._file.metadata.num_row_groups)
        source = self._source
        if not isinstance(source, RangedFile):
            yield from groups
            return
        from concurrent.futures import Future, ThreadPoolExecutor  # dear to import, and most files are small or here

        wanted = [list(self._ranges(group, columns)) for group in groups]
        ahead: deque[Future[Any]] = deque()
        threads = ThreadPoolExecutor(_GROUPS_AHEAD, thread_name_prefix="flytetypes-frame")
        try:
            for group in groups:
                while len(ahead) < _GROUPS_AHEAD and group + len(ahead) < len(wanted):
                    coming = wanted[group : group + len(ahead) + 1]
                    if ahead and sum(length for ranges in coming for _, length in ranges) > _AHEAD_BYTES:
                        break
                    ahead.append(threads.submit(source.fetched, coming[-1]))
                source.keep(ahead.popleft().result())
                yield group
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _ranges(self, group: int, columns: Sequence[str] | None) -> Iterator[tuple[int, int]]:
        row_group = self._file.metadata.row_group(group)
        for index in range(row_group.num_columns):
            chunk = row_group.column(index)
            path = chunk.path_in_schema
            if columns is None or any(path == name or path.startswith(f"{name}.") for name in columns):
                starts = [at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at]
                yield min(starts), chunk.total_compressed_size


# --- Arrow ------------------------------------------------------------------------------------------------------------


class _Arrow(Format):
    def __init__(self, name: str, compression: str | None) -> None:
        self.name = name
        self._compression = compression

    def write(self, data: pa.Table | pa.RecordBatchReader, sink: BinaryIO) -> None:
        ipc = require("pyarrow.ipc", extra="frames", purpose=_PURPOSE)
        options = ipc.IpcWriteOptions(compression=self._compression)
        with writing(self.name), _buffered(sink) as file, ipc.new_file(file, data.schema, options=options) as writer:
            if isinstance(data, arrow().Table):
                writer.write_table(_unified(data))
            else:
                for batch in data:
                    writer.write_batch(batch)

    def open(self, file: StoredFile, declared: Declared) -> OpenedFile:  # noqa: ARG002
        return _OpenedArrow(file, self.name)


def _unified(table: pa.Table) -> pa.Table:
    """With one dictionary for each column: a file cannot replace them from batch to batch."""
    return table.unify_dictionaries()


class _OpenedArrow(OpenedFile):
    def __init__(self, file: StoredFile, name: str) -> None:
        self._uri, self._name = file.uri, name
        self._source = file.open()
        with reading(self._uri, name):
            self.schema = self._opened(None).schema

    def _opened(self, columns: Sequence[str] | None) -> Any:
        ipc = require("pyarrow.ipc", extra="frames", purpose=_PURPOSE)
        fields = [] if columns is None else [self.schema.get_field_index(name) for name in columns]
        self._source.seek(0)
        return ipc.open_file(self._source, options=ipc.IpcReadOptions(included_fields=fields))

    def read(self, columns: Sequence[str] | None) -> pa.Table:
        with reading(self._uri, self._name):
            return self._opened(columns).read_all() if columns != [] else _rows_of(self._opened(None).read_all())

    def batches(self, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        with reading(self._uri, self._name):
            file = self._opened(columns)
        for index in range(file.num_record_batches):
            with reading(self._uri, self._name):
                batch = file.get_batch(index)
            yield batch


def _rows_of(table: pa.Table) -> pa.Table:
    return table.select([])


# --- ORC --------------------------------------------------------------------------------------------------------------


def _orc() -> Any:
    try:
        return require("pyarrow.orc", extra="frames", purpose=_PURPOSE)
    except ImportError as error:
        if isinstance(error, MissingPackageError):
            raise
        raise MissingPackageError(
            "the format `orc` needs a pyarrow that was built with it: install the wheel of pyarrow, or use parquet"
        ) from error


class _Orc(Format):
    name = "orc"

    def write(self, data: pa.Table | pa.RecordBatchReader, sink: BinaryIO) -> None:
        refuse_index(data.schema, self.name)
        with writing(self.name), _buffered(sink) as file, _orc().ORCWriter(file) as writer:
            if isinstance(data, arrow().Table):
                writer.write(_plain(data))
            else:
                for table in _groups(data):
                    writer.write(_plain(table))

    def open(self, file: StoredFile, declared: Declared) -> OpenedFile:  # noqa: ARG002
        return _OpenedOrc(file)


class _OpenedOrc(OpenedFile):
    def __init__(self, file: StoredFile) -> None:
        self._uri = file.uri
        with reading(self._uri, "orc"):
            self._file = _orc().ORCFile(file.open())
            self.schema = self._file.schema

    def read(self, columns: Sequence[str] | None) -> pa.Table:
        with reading(self._uri, "orc"):
            return self._file.read(columns=None if columns is None else list(columns))

    def batches(self, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        for index in range(self._file.nstripes):
            with reading(self._uri, "orc"):
                batch = self._file.read_stripe(index, columns=None if columns is None else list(columns))
            yield batch


# --- CSV --------------------------------------------------------------------------------------------------------------

# As Arrow's own, without those that are floats.
_NULLS: Final = ("", "#N/A", "#N/A N/A", "#NA", "N/A", "NA", "NULL", "null")


class _Csv(Format):
    name = "csv"
    file_name = ".csv"  # what flytekit reads and writes

    def write(self, data: pa.Table | pa.RecordBatchReader, sink: BinaryIO) -> None:
        refuse_index(data.schema, self.name)
        csv = require("pyarrow.csv", extra="frames", purpose=_PURPOSE)
        schema = _plain(data.schema.empty_table()).schema
        with writing(self.name), _buffered(sink) as file, csv.CSVWriter(file, schema) as writer:
            if isinstance(data, arrow().Table):
                writer.write_table(_plain(data))
            else:
                for batch in data:
                    writer.write_table(_plain(arrow().Table.from_batches([batch])))

    def open(self, file: StoredFile, declared: Declared) -> OpenedFile:
        return _OpenedCsv(file, declared)


class _OpenedCsv(OpenedFile):
    def __init__(self, file: StoredFile, declared: Declared) -> None:
        self._file = file
        self._types = _csv_types(declared)
        self.schema = self._inferred()
        dates = [name for name in _times_in(declared) if name in self.schema.names and self._is_date(name)]
        if dates:  # without a time of day they look like dates
            self._types |= dict.fromkeys(dates, arrow().timestamp("us"))
            self.schema = self._inferred()

    def _inferred(self) -> pa.Schema:
        with self._stream(None) as stream:
            return stream.schema

    def _is_date(self, name: str) -> bool:
        return bool(arrow().types.is_date(self.schema.field(name).type))

    def read(self, columns: Sequence[str] | None) -> pa.Table:
        csv = require("pyarrow.csv", extra="frames", purpose=_PURPOSE)
        with reading(self._file.uri, "csv"):
            return csv.read_csv(self._file.open(), convert_options=self._options(columns))

    def batches(self, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        with self._stream(columns) as stream:
            while True:
                with reading(self._file.uri, "csv"):
                    try:
                        batch = stream.read_next_batch()
                    except StopIteration:
                        return
                    except arrow().ArrowInvalid as error:
                        raise _other_values(self._file.uri, error) from error
                yield batch

    @contextmanager
    def _stream(self, columns: Sequence[str] | None) -> Iterator[Any]:
        csv = require("pyarrow.csv", extra="frames", purpose=_PURPOSE)
        with open_reader(self._file.store, self._file.uri) as source:
            with reading(self._file.uri, "csv"):
                stream = csv.open_csv(source, convert_options=self._options(columns))
            with stream:
                yield stream

    def _options(self, columns: Sequence[str] | None) -> Any:
        csv = require("pyarrow.csv", extra="frames", purpose=_PURPOSE)
        return csv.ConvertOptions(
            column_types=self._types,
            include_columns=list(columns or ()),
            null_values=list(_NULLS),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )


def _other_values(uri: str, error: Exception) -> ConversionError:
    """Of a file read in parts, whose first part says the types where nothing else does."""
    return ConversionError(
        f"values of one type in every column of the dataset in the format `csv` at `{uri}`",
        got="others in a later part than in the first",
        reason=f"{_first_line(error)}; where a file is read in parts, its first says the types: declare the column, as "
        "`kwtypes(name=float)` or `kwtypes(name=str)` inside `Annotated`, or read the file as a whole",
    )


def _csv_types(declared: Declared) -> dict[str, Any]:
    """Arrow's types of the columns of which an annotation says more than the text of their values."""
    pa = arrow()
    if declared.schema is not None:
        return {field.name: field.type for field in declared.schema}
    by_simple = {
        idl.SimpleType.INTEGER: pa.int64(),
        idl.SimpleType.FLOAT: pa.float64(),
        idl.SimpleType.STRING: pa.string(),
        idl.SimpleType.BOOLEAN: pa.bool_(),
    }
    by_numpy = {"int32": pa.int32(), "uint32": pa.uint32(), "uint64": pa.uint64(), "float32": pa.float32()}
    types: dict[str, Any] = {}
    for column in declared.columns:
        found = by_numpy.get(column.numpy or "")
        if column.numpy == "bytes":
            found = pa.binary()
        elif found is None and column.literal_type.WhichOneof("type") == "simple":
            found = by_simple.get(column.literal_type.simple)
        if found is not None:
            types[column.name] = found
    return types


def _times_in(declared: Declared) -> list[str]:
    return [column.name for column in declared.columns if column.literal_type.simple == idl.SimpleType.DATETIME]


def refuse_index(schema: pa.Schema, name: str) -> None:
    """Raise `ConversionError` for a frame of pandas with an index that a format without metadata would lose."""
    index = pandas_index(schema)
    if index:
        shown = ", ".join(f"`{column}`" for column in index)
        raise ConversionError(
            f"a frame that `{name}` can hold",
            got=f"one with the index {shown}",
            reason="the format has columns only: make the index one by `reset_index()`, or use parquet",
        )


def pandas_index(schema: pa.Schema) -> list[str]:
    """The columns that pandas has as its index, in a file that it wrote."""
    metadata = (schema.metadata or {}).get(b"pandas")
    if metadata is None:
        return []
    try:
        index = json.loads(metadata).get("index_columns", [])
    except (ValueError, AttributeError):
        return []
    return [column for column in index if isinstance(column, str) and column in schema.names]


def _plain(table: pa.Table) -> pa.Table:
    """A table with categories as what they are of."""
    pa = arrow()
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            plain = field.with_type(field.type.value_type)
            table = table.set_column(index, plain, table.column(index).cast(plain.type))
    return table


_FORMATS: Final[dict[str, Format]] = {
    found.name: found for found in (_Parquet(), _Csv(), _Arrow("feather", "lz4"), _Arrow("arrow", None), _Orc())
}
