"""Frames of pandas, with their index and dtypes: Arrow's metadata tells most of them, and ours the rest.

What Arrow and Parquet have no place for is told in the metadata of the schema, under `flytetypes.pandas`: which columns
are of dtype `object` though their values are of one type, which times are in seconds, categories that are no text, and
the attributes of a frame.
"""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from flytetypes.data._dataset_transformer import register_frame
from flytetypes.data._formats import pandas_index
from flytetypes.data._frame_schema import arrow, is_text
from flytetypes.data._frames import FrameAdapter
from flytetypes.errors import ConversionError, told
from flytetypes.types import Registry

if TYPE_CHECKING:
    import pyarrow as pa

_KEY: Final = b"flytetypes.pandas"
_SERIES: Final = b"flytetypes.series"
_NO_NAME: Final = "0"
_OBJECT: Final = pd.Series(dtype=object).dtype


class DataFrameAdapter(FrameAdapter[pd.DataFrame]):
    """`pd.DataFrame`."""

    cls = pd.DataFrame
    with_index = True

    def to_arrow(self, frame: pd.DataFrame) -> pa.Table:
        _check_labels(frame)
        # Without a column nothing tells how many rows there are.
        preserve_index = True if len(frame.columns) == 0 and len(frame) else None
        with _refusing(frame):
            table = arrow().Table.from_pandas(frame, preserve_index=preserve_index)
        return _with_facts(table, frame)

    def from_arrow(self, table: pa.Table) -> pd.DataFrame:
        frame: pd.DataFrame = table.to_pandas()
        _restore(frame, table)
        return frame

    def schema(self, frame: pd.DataFrame, names: Sequence[str]) -> pa.Schema:
        tops = {name.partition(".")[0] for name in names}.union(names)
        wanted = [name for name in frame.columns if name in tops]
        if len(set(wanted)) < len(wanted):
            _check_labels(frame)
        pa = arrow()
        with _refusing(frame):
            told = {field.name: field for field in pa.Schema.from_pandas(frame[wanted], preserve_index=False)}
            for level, name in enumerate(frame.index.names):
                if isinstance(name, str) and name not in told:
                    told[name] = pa.field(name, pa.array(frame.index.get_level_values(level)[:0]).type)
        # Of the others only the names are told, where one is missing.
        names = [*map(str, frame.columns), *(name for name in frame.index.names if isinstance(name, str))]
        return pa.schema([told.get(name, pa.field(str(name), pa.null())) for name in dict.fromkeys(names)])


class SeriesAdapter(FrameAdapter[pd.Series]):
    """`pd.Series`: a frame of one column, and its name."""

    cls = pd.Series
    with_index = True

    def __init__(self, frames: DataFrameAdapter) -> None:
        self._frames = frames

    def to_arrow(self, frame: pd.Series) -> pa.Table:
        table = self._frames.to_arrow(self._one_column(frame))
        return table.replace_schema_metadata({**table.schema.metadata, _SERIES: json.dumps(frame.name).encode()})

    def schema(self, frame: pd.Series, names: Sequence[str]) -> pa.Schema:
        return self._frames.schema(self._one_column(frame), names)

    def from_arrow(self, table: pa.Table) -> pd.Series:
        frame = self._frames.from_arrow(table)
        if len(frame.columns) != 1:
            raise ConversionError("a dataset of one column, for a `Series`", got=f"one of {len(frame.columns)} columns")
        series: pd.Series = frame.iloc[:, 0]
        name = (table.schema.metadata or {}).get(_SERIES)
        return series.rename(None if name is not None and json.loads(name) is None else series.name)

    @staticmethod
    def _one_column(series: pd.Series) -> pd.DataFrame:
        if not (series.name is None or isinstance(series.name, str)):
            raise ConversionError("a `Series` whose name is text or None", got=f"the name {series.name!r}")
        return series.to_frame(_NO_NAME if series.name is None else series.name)


def _check_labels(frame: pd.DataFrame) -> None:
    """Raise `ConversionError` for labels that would not come back: twice the same, or of mixed classes."""
    columns = frame.columns
    if not columns.is_unique:
        again = ", ".join(f"`{name}`" for name in dict.fromkeys(columns[columns.duplicated()]))
        raise ConversionError(
            "a `DataFrame` whose columns have names of their own", got=f"several that are called {again}"
        )
    names = [columns.name, *frame.index.names]
    if columns.inferred_type in ("string", "empty") and all(name is None or isinstance(name, str) for name in names):
        return
    empty = frame.iloc[:0]
    with warnings.catch_warnings(), _refusing(frame):
        warnings.simplefilter("ignore")  # of what is refused here
        back = arrow().Table.from_pandas(empty, preserve_index=True).to_pandas()
    if not (back.columns.equals(columns) and list(back.columns.names) == list(columns.names)):
        raise ConversionError(
            "a `DataFrame` whose columns are called by text",
            got=f"columns {list(columns)!r}",
            reason="they would come back as text: rename them by `frame.columns = frame.columns.map(str)`",
        )
    if list(back.index.names) != list(frame.index.names):
        raise ConversionError(
            "a `DataFrame` whose index is called by text",
            got=f"the index {list(frame.index.names)!r}",
            reason="it would come back as text: rename it by `frame.rename_axis(...)`",
        )


class _refusing:  # noqa: N801 - a block
    """Arrow's refusals of a frame in the block as ours."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, (arrow().ArrowException, TypeError, ValueError)) and not isinstance(
            error, ConversionError
        ):
            reason = "; ".join(map(str, error.args)) if error.args else told(error)
            raise ConversionError(
                "a `DataFrame` with columns that Arrow has", got=f"one of the shape {self._frame.shape}", reason=reason
            ) from error


# --- what Arrow does not tell -----------------------------------------------------------------------------------------

# Since then text has a dtype of its own; before, every column of text is of objects, and nothing has to be told.
_HAS_TEXT: Final = int(pd.__version__.partition(".")[0]) >= 3


def _with_facts(table: pa.Table, frame: pd.DataFrame) -> pa.Table:
    """A table whose metadata also tells what Arrow's does not; itself where there is nothing to tell."""
    pa = arrow()
    objects: list[str] = []
    seconds: list[str] = []
    categories: dict[str, str] = {}
    for field, dtype in zip(table.schema, frame.dtypes, strict=False):  # the index comes last
        if dtype == _OBJECT:
            if _is_inferred(field.type):
                objects.append(field.name)
        elif isinstance(dtype, pd.CategoricalDtype):
            if not is_text(field.type.value_type):
                categories[field.name] = _packed(dtype.categories)
        elif pa.types.is_timestamp(field.type) and field.type.unit == "s":
            seconds.append(field.name)
    facts = {"objects": objects, "seconds": seconds, "categories": categories, "attrs": _told_attrs(frame)}
    if not any(facts.values()):
        return table
    text = json.dumps({"version": 1, **facts}).encode()
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _KEY: text})


def _told_attrs(frame: pd.DataFrame) -> dict[str, Any]:
    """The attributes of a frame that JSON has; pyarrow tells them itself since its version 17."""
    try:
        attrs: dict[str, Any] = json.loads(json.dumps(frame.attrs))
    except (TypeError, ValueError):
        return {}
    return attrs


def _is_inferred(kind: pa.DataType) -> bool:
    """Whether what comes back of objects would be of a dtype for such values."""
    types = arrow().types
    if is_text(kind):
        return _HAS_TEXT
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


def _packed(values: pd.Index) -> str:
    """The values of categories as text: a stream of Arrow in base64."""
    pa = arrow()
    table = pa.table({"": pa.array(values)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return base64.b64encode(sink.getvalue()).decode()


def _unpacked(text: str) -> Any:
    with arrow().ipc.open_stream(base64.b64decode(text)) as reader:
        return pd.Index(reader.read_all().column(0).to_pandas().array)


def _restore(frame: pd.DataFrame, table: pa.Table) -> None:
    """Give columns the dtypes that they had."""
    found = (table.schema.metadata or {}).get(_KEY)
    facts = json.loads(found) if found is not None else {}
    if facts.get("version") != 1:  # a newer one says what this cannot understand
        return
    frame.attrs = frame.attrs or facts["attrs"]
    index = pandas_index(table.schema)
    names = [name for name in table.schema.names if name not in index]
    for position, name in enumerate(names):
        column = frame.iloc[:, position]
        if name in facts["objects"] and column.dtype != _OBJECT:
            values = table.column(name)
            objects = values.to_numpy(zero_copy_only=False) if is_text(values.type) else values.to_pylist()
            frame.isetitem(position, pd.Series(objects, index=frame.index, dtype=object))
        elif name in facts["seconds"]:
            frame.isetitem(position, column.dt.as_unit("s"))
        elif name in facts["categories"] and not isinstance(column.dtype, pd.CategoricalDtype):
            categories = _unpacked(facts["categories"][name])
            ordered = _is_ordered(table.schema, name)
            values = pd.Categorical(column.astype(categories.dtype, errors="ignore"), categories, ordered=ordered)
            frame.isetitem(position, pd.Series(values, index=frame.index))


def _is_ordered(schema: pa.Schema, name: str) -> bool:
    """Whether a column of categories had an order, as pandas' own metadata says."""
    columns = json.loads(schema.metadata[b"pandas"])["columns"]
    return any(column["field_name"] == name and bool((column["metadata"] or {}).get("ordered")) for column in columns)


def register(registry: Registry) -> None:
    """Both."""
    frames = DataFrameAdapter()
    register_frame(frames, registry=registry)
    register_frame(SeriesAdapter(frames), registry=registry)
