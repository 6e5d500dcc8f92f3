"""Frames of pandas, with their index and dtypes: Arrow's metadata tells most of them, and ours the rest.

What Arrow and Parquet have no place for is told in the metadata of the schema, under `flytetypes.pandas`: which columns
are of dtype `object` though their values are of one type, which times are in seconds, categories that are no text, the
dtypes of an index, and the attributes of a frame. What would still come back as something else is refused.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from flytetypes._lazy import require
from flytetypes.data._dataset_transformer import register_frame
from flytetypes.data._formats import pandas_index
from flytetypes.data._frame_schema import arrow, is_list, is_text
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
    holds = True

    def to_arrow(self, frame: pd.DataFrame) -> pa.Table:
        _check_labels(frame)
        # Without a column nothing tells how many rows there are.
        preserve_index = True if len(frame.columns) == 0 and len(frame) else None
        with _refusing(frame):
            table = arrow().Table.from_pandas(frame, preserve_index=preserve_index)
        table = _with_facts(table, frame)
        empty = table.schema.empty_table()
        try:
            back = self.from_arrow(empty)
        except (TypeError, ValueError, NotImplementedError, arrow().ArrowException) as error:
            raise ConversionError(_AS_IT_IS, got="one that cannot be read back", reason=told(error)) from error
        _check_comes_back(frame, back)
        return table

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
    holds = True

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

_AS_IT_IS: Final = "a frame that comes back as it is"


def _with_facts(table: pa.Table, frame: pd.DataFrame) -> pa.Table:
    """A table whose metadata also tells what Arrow's does not; itself where there is nothing to tell.

    Raises:
        ConversionError: For values that would come back as others.
    """
    fields: dict[str, Any] = {}
    for position, (name, values) in enumerate(_parts(frame, table.schema)):
        found = _fact(name, values, table.column(position), in_index=position >= len(frame.columns))
        if found is not None:
            fields[name] = found
    facts = {"fields": fields, "attrs": _told_attrs(frame), "unique": not frame.flags.allows_duplicate_labels}
    if not any(facts.values()):
        return table
    metadata = dict(table.schema.metadata or {})
    exact = {name for name, found in fields.items() if found["as"] == "arrow"}
    if exact:  # pandas itself does not understand these names
        own = json.loads(metadata[b"pandas"])
        for column in own["columns"]:
            if column["field_name"] in exact:
                column["numpy_type"] = "object"
        metadata[b"pandas"] = json.dumps(own).encode()
    return table.replace_schema_metadata({**metadata, _KEY: json.dumps({"version": 1, **facts}).encode()})


def _parts(frame: pd.DataFrame, schema: pa.Schema) -> list[tuple[str, Any]]:
    """The columns of a frame and the levels of its index that are stored, by the names of their fields, in order."""
    columns = [(schema.names[position], frame.iloc[:, position]) for position in range(len(frame.columns))]
    levels = [
        (name, frame.index.get_level_values(level)) for level, name in enumerate(_levels(schema)) if name is not None
    ]
    return [*columns, *levels]


def _levels(schema: pa.Schema) -> list[str | None]:
    """The fields of the levels of an index; None for a range, which needs no field."""
    metadata = (schema.metadata or {}).get(b"pandas")
    found = json.loads(metadata).get("index_columns", []) if metadata is not None else []
    return [name if isinstance(name, str) else None for name in found]


def _told_attrs(frame: pd.DataFrame) -> dict[str, Any]:
    """The attributes of a frame that JSON has; pyarrow tells them itself since its version 17."""
    try:
        attrs: dict[str, Any] = json.loads(json.dumps(frame.attrs))
    except (TypeError, ValueError):
        return {}
    return attrs


def _fact(name: str, values: Any, column: pa.ChunkedArray, *, in_index: bool) -> dict[str, Any] | None:
    """What has to be known to make of a column what it was; None where nothing has.

    Args:
        name: Of its field.
        values: Of the frame: a `Series` or an `Index`.
        column: What Arrow made of them.
        in_index: Whether it is of the index, of which Arrow tells less.
    """
    types = arrow().types
    dtype = values.dtype
    if dtype == _OBJECT:
        return _fact_of_objects(name, values, column)
    if isinstance(dtype, pd.CategoricalDtype):
        return _fact_of_categories(name, values, column)
    in_seconds = types.is_timestamp(column.type) and column.type.unit == "s"
    if isinstance(dtype, pd.ArrowDtype):
        if in_index or in_seconds or _dtype_named(str(dtype)) != dtype or types.is_decimal(column.type):
            schema = arrow().schema([("", dtype.pyarrow_dtype)])
            return {"as": "arrow", "schema": base64.b64encode(schema.serialize()).decode()}
        return None
    is_python_text = isinstance(dtype, pd.StringDtype) and dtype.storage == "python"
    if in_index or in_seconds or is_python_text:
        text = next((text for text in (str(dtype), f"string[{_storage(dtype)}]") if _dtype_named(text) == dtype), None)
        return None if text is None else {"as": "dtype", "dtype": text}
    return None


def _storage(dtype: Any) -> str:
    return str(getattr(dtype, "storage", ""))


def _dtype_named(text: str) -> Any | None:
    """A dtype by its name; None for a name that pandas does not understand."""
    try:
        return pd.api.types.pandas_dtype(text)
    except (TypeError, NotImplementedError, ValueError):
        return None


def _fact_of_categories(name: str, values: Any, column: pa.ChunkedArray) -> dict[str, Any] | None:
    pa = arrow()
    dtype = values.dtype
    kind = column.type.value_type
    if pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
        raise ConversionError(
            _AS_IT_IS,
            got=f"categories of the dtype `{dtype.categories.dtype}` in the column `{name}`",
            reason="no format has such categories: make them text by `rename_categories(lambda one: str(one))`",
        )
    if is_text(kind) and column.null_count < len(column):
        return None
    return {
        "as": "categories",
        "values": _packed(dtype.categories),
        "dtype": str(dtype.categories.dtype),
        "ordered": bool(dtype.ordered),
    }


def _fact_of_objects(name: str, values: Any, column: pa.ChunkedArray) -> dict[str, Any] | None:
    kind = column.type
    types = arrow().types
    classes: set[type] = set(map(type, values[values.notna()]))
    if types.is_timestamp(kind) or types.is_duration(kind):
        return _fact_of_times(name, values, classes)
    if types.is_nested(kind):
        return _fact_of_nested(name, values, column, classes)
    expected = next((cls for fits, cls in _classes() if fits(kind)), None)
    if expected is None or classes <= {expected}:
        return {"as": "objects"} if _is_inferred(kind) else None
    of_numpy = next(iter(classes)) if len(classes) == 1 else expected
    if issubclass(of_numpy, np.generic) and np.dtype(of_numpy).type is of_numpy:
        return {"as": "objects", "class": np.dtype(of_numpy).str}
    raise _of_other_classes(name, classes, f"`{expected.__name__}`")


def _classes() -> list[tuple[Any, type]]:
    """What Arrow makes of its types."""
    types = arrow().types
    return [
        (is_text, str),
        (types.is_integer, int),
        (types.is_floating, float),
        (types.is_boolean, bool),
        (types.is_binary, bytes),
        (types.is_date, dt.date),
        (types.is_time, dt.time),
        (types.is_decimal, decimal.Decimal),
    ]


def _of_other_classes(name: str, classes: set[type], back: str) -> ConversionError:
    shown = " and ".join(sorted(f"`{cls.__name__}`" for cls in classes))
    return ConversionError(
        _AS_IT_IS,
        got=f"objects of {shown} in the column `{name}`",
        reason=f"they would come back as {back}: give the column a dtype by `astype`, or values of one class",
    )


def _fact_of_times(name: str, values: Any, classes: set[type]) -> dict[str, Any]:
    zones = {str(value.tzinfo) for value in values[values.notna()] if isinstance(value, dt.datetime)}
    if len(zones) > 1:
        raise _of_other_classes(name, classes, "times of one zone")
    if classes <= {dt.datetime} or classes <= {dt.timedelta}:
        return {"as": "objects"}
    if classes <= {pd.Timestamp} or classes <= {pd.Timedelta}:
        return {"as": "stamps"}
    raise _of_other_classes(name, classes, "such of one class")


def _fact_of_nested(name: str, values: Any, column: pa.ChunkedArray, classes: set[type]) -> dict[str, Any] | None:
    if is_list(column.type):
        has_nulls = any(chunk.flatten().null_count for chunk in column.chunks)
        if not has_nulls and not arrow().types.is_nested(column.type.value_type):
            return None
        if not has_nulls and not classes <= {list}:
            return None
    missing = values.isna()
    pairs = zip(column.to_pylist(), values, missing, strict=True)
    if all(back is None if is_missing else _is_same(back, value) for back, value, is_missing in pairs):
        return {"as": "objects"}
    raise _of_other_classes(name, classes, "others: dicts with all keys of all rows, and what is in them as Python's")


def _is_same(back: Any, value: Any) -> bool:
    """Whether a value of Python is what Arrow made of it, in all its parts."""
    if type(back) is not type(value):
        return False
    if isinstance(value, dict):
        return back.keys() == value.keys() and all(_is_same(back[key], value[key]) for key in value)
    if isinstance(value, list):
        return len(back) == len(value) and all(map(_is_same, back, value))
    return bool(back == value) or (back != back and value != value)


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


def _unpacked(found: dict[str, Any]) -> tuple[pa.ChunkedArray, pd.Index]:
    """The values of categories, for Arrow and for pandas."""
    with arrow().ipc.open_stream(base64.b64decode(found["values"])) as reader:
        column = reader.read_all().column(0)
    index = pd.Index(column.to_pandas().array)
    dtype = _dtype_named(found["dtype"])
    return column, index if dtype is None or dtype == index.dtype else index.astype(dtype)


def _restored(column: pa.ChunkedArray, found: dict[str, Any]) -> Any:
    """A column as it was: an array for pandas."""
    pa = arrow()
    match found["as"]:
        case "objects":
            objects = _objects(column)
            if "class" in found:
                cls = np.dtype(found["class"]).type
                objects = [None if value is None else cls(value) for value in objects]
            return _object_array(objects)
        case "stamps":
            return _object_array([None if value is pd.NaT else value for value in column.to_pandas()])
        case "categories":
            if pa.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            known, categories = _unpacked(found)
            compute = require("pyarrow.compute", extra="frames", purpose="reading and writing dataframes")
            codes = compute.index_in(column, value_set=known.cast(column.type).combine_chunks(), skip_nulls=True)
            codes = codes.fill_null(-1).to_numpy()
            return pd.Categorical.from_codes(codes, categories, ordered=found["ordered"])
        case "arrow":
            kind = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(found["schema"]))).field(0).type
            return pd.arrays.ArrowExtensionArray(column if column.type == kind else column.cast(kind))
        case "dtype":
            dtype = pd.api.types.pandas_dtype(found["dtype"])
            if hasattr(dtype, "__from_arrow__"):
                return dtype.__from_arrow__(column)
            return column.to_pandas().astype(dtype).array
        case _:  # of a newer version
            return column.to_pandas().array


def _objects(column: pa.ChunkedArray) -> Any:
    pa = arrow()
    if is_text(column.type):
        return column.to_numpy(zero_copy_only=False)
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", column.type.tz)).to_pylist()
    if pa.types.is_duration(column.type):
        return column.cast(pa.duration("us")).to_pylist()
    return column.to_pylist()


def _object_array(objects: Any) -> Any:
    array = np.empty(len(objects), dtype=object)
    for index, value in enumerate(objects):
        array[index] = value
    return array


def _restore(frame: pd.DataFrame, table: pa.Table) -> None:
    """Give columns and the index the dtypes that they had."""
    found = (table.schema.metadata or {}).get(_KEY)
    facts = json.loads(found) if found is not None else {}
    if facts.get("version") != 1:  # a newer one says what this cannot understand
        return
    frame.attrs = frame.attrs or facts["attrs"]
    if facts["unique"]:
        frame.flags.allows_duplicate_labels = False
    fields = {name: told for name, told in facts["fields"].items() if table.schema.names.count(name) == 1}
    if not fields:
        return
    index = pandas_index(table.schema)
    names = [name for name in table.schema.names if name not in index]
    _restore_index(frame, table, fields)
    for position, name in enumerate(names):
        if name in fields:
            array = _restored(table.column(name), fields[name])
            dtype = object if isinstance(array, np.ndarray) and array.dtype == _OBJECT else None
            frame.isetitem(position, pd.Series(array, index=frame.index, dtype=dtype))


def _restore_index(frame: pd.DataFrame, table: pa.Table, fields: dict[str, Any]) -> None:
    levels = _levels(table.schema)
    if len(levels) != frame.index.nlevels or not any(name in fields for name in levels):
        return
    arrays = [
        _level(_restored(table.column(name), fields[name])) if name in fields else frame.index.get_level_values(level)
        for level, name in enumerate(levels)
    ]
    names = frame.index.names
    frame.index = arrays[0].rename(names[0]) if len(arrays) == 1 else pd.MultiIndex.from_arrays(arrays, names=names)


def _level(array: Any) -> pd.Index:
    return pd.Index(array, dtype=object if isinstance(array, np.ndarray) and array.dtype == _OBJECT else None)


# --- would it come back? ----------------------------------------------------------------------------------------------


def _check_comes_back(frame: pd.DataFrame, back: pd.DataFrame) -> None:
    """Raise `ConversionError` where a frame would come back with other dtypes, or another index.

    Args:
        frame: As it is.
        back: What is read of it, without its rows.
    """
    for name, had, has in zip(frame.columns, frame.dtypes, back.dtypes, strict=True):
        _check_dtype(f"column `{name}`", had, has)
    index, other = frame.index, back.index
    if isinstance(index, pd.RangeIndex):
        return
    if type(index) is not type(other):
        _refuse("index", f"a `{type(index).__name__}`", f"a `{type(other).__name__}`")
    if list(index.names) != list(other.names):
        _refuse("index", f"names {list(index.names)!r}", f"{list(other.names)!r}")
    for level in range(index.nlevels):
        had, has = index.get_level_values(level).dtype, other.get_level_values(level).dtype
        _check_dtype("index" if index.nlevels == 1 else f"level {level} of the index", had, has)


def _check_dtype(where: str, had: Any, has: Any) -> None:
    if isinstance(had, pd.CategoricalDtype) and isinstance(has, pd.CategoricalDtype):
        # Of text they come with the rows.
        is_told = had.categories.equals(has.categories) or len(has.categories) == 0
        is_same = had.ordered == has.ordered and is_told
    else:
        is_same = had == has
    if not is_same:
        _refuse(where, f"dtype `{had!r}`", f"`{has!r}`")


def _refuse(where: str, had: str, has: str) -> None:
    raise ConversionError(
        _AS_IT_IS,
        got=f"{where}: {had} would come back as {has}",
        reason="convert it before, by `astype`, to one that pandas and Arrow have both",
    )


def register(registry: Registry) -> None:
    """Both."""
    frames = DataFrameAdapter()
    register_frame(frames, registry=registry)
    register_frame(SeriesAdapter(frames), registry=registry)
