"""Do the columns of a frame fit what is declared? Names and types, in Arrow's words.

A declared column fits when each of its values, or null, is one of the declared class. Narrower types fit wider ones:

    int       every integer                    float     every float, and every integer that is one exactly
    str       text, and categories of text     datetime  timestamps of any unit, with a zone or without
    numpy.int32 and so on                      those of that width or less

Columns that are not declared are nobody's business here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from flytetypes import idl
from flytetypes._lazy import require
from flytetypes.data._columns import Column, Declared
from flytetypes.errors import ConversionError

if TYPE_CHECKING:
    import pyarrow as pa

_INT32: Final = frozenset({"int8", "int16", "int32", "uint8", "uint16"})
_UINT32: Final = frozenset({"uint8", "uint16", "uint32"})
_FLOAT32: Final = frozenset({"halffloat", "float"})
# What Arrow calls the types whose values a class of numpy has, too.
_FITS_NUMPY: Final[dict[str, frozenset[str]]] = {
    "int32": _INT32,
    "int64": _INT32 | {"int64", "uint32"},
    "uint32": _UINT32,
    "uint64": _UINT32 | {"uint64"},
    "float32": _FLOAT32,
    "float64": _FLOAT32 | {"double"},
}


def arrow() -> Any:
    """The module pyarrow; raises `MissingPackageError`."""
    return require("pyarrow", extra="frames", purpose="reading and writing dataframes")


def check_columns(schema: pa.Schema, declared: Declared, expected: str) -> None:
    """Raise `ConversionError` where a frame of this schema lacks declared columns, or has them of other types.

    Args:
        schema: Of the frame.
        declared: What is wanted of it.
        expected: What the frame is, as errors begin: "`DataFrame`".
    """
    wanted: list[str] = []
    found: list[str] = []
    for name, source, field_type, fits in _compared(schema, declared):
        if not fits:
            wanted.append(f"`{name}` as {source}")
            found.append(f"`{field_type}` in `{name}`" if field_type is not None else f"no `{name}`")
    if wanted:
        columns = ", ".join(f"`{name}`" for name in schema.names[:_SHOWN]) or "none"
        more = f" and {len(schema.names) - _SHOWN} more" if len(schema.names) > _SHOWN else ""
        plural = "column" if len(wanted) == 1 else "columns"
        raise ConversionError(
            f"{expected} with the {plural} {', '.join(wanted)}",
            got=", ".join(found),
            reason=f"its columns are {columns}{more}",
        )


_SHOWN: Final = 20


def _compared(schema: pa.Schema, declared: Declared) -> Iterable[tuple[str, str, Any, bool]]:
    """Name, what is declared, the type that is there or None, and whether it fits; of each declared column."""
    if declared.schema is not None:
        for field in declared.schema:
            there = field_at(schema, field.name)
            yield field.name, f"Arrow's `{field.type}`", there, there is not None and there.equals(field.type)
    for column in declared.columns:
        there = field_at(schema, column.name)
        yield column.name, f"`{column.source}`", there, there is not None and _fits(there, column)


def field_at(schema: pa.Schema, name: str) -> pa.DataType | None:
    """The type of a column, or of a part of one: `a.x` is `x` in the struct `a`, unless a column is called so."""
    if schema.names.count(name) == 1:
        return schema.field(name).type
    column, _, rest = name.partition(".")
    found = schema.field(column).type if rest and schema.names.count(column) == 1 else None
    types = arrow().types
    while found is not None and rest:
        if not types.is_struct(found):
            return None
        step = next((s for s in _steps(rest) if found.get_field_index(s) >= 0), None)
        if step is None:
            return None
        found, rest = found.field(found.get_field_index(step)).type, rest[len(step) + 1 :]
    return found


def _steps(path: str) -> Iterable[str]:
    """The whole path, then each shorter begin of it: names may have dots."""
    parts = path.split(".")
    return (".".join(parts[:count]) for count in range(len(parts), 0, -1))


def _fits(there: pa.DataType, column: Column) -> bool:
    numpy = column.numpy
    if numpy in _FITS_NUMPY:
        return str(there) in _FITS_NUMPY[numpy] or arrow().types.is_null(there)
    if numpy == "object":
        return True
    if numpy == "bytes":
        return _is_binary(there)
    return fits_type(there, column.literal_type)


def _is_binary(there: pa.DataType) -> bool:
    types = arrow().types
    is_view = getattr(types, "is_binary_view", lambda _: False)
    return bool(
        types.is_null(there)
        or types.is_binary(there)
        or types.is_large_binary(there)
        or types.is_fixed_size_binary(there)
        or is_view(there)
    )


def fits_type(there: pa.DataType, wanted: idl.LiteralType) -> bool:
    """Whether all values of an Arrow type are of a column's LiteralType."""
    types = arrow().types
    if types.is_dictionary(there):
        return fits_type(there.value_type, wanted)
    if types.is_null(there):
        return True
    match wanted.WhichOneof("type"):
        case "simple":
            return _fits_simple(there, wanted.simple)
        case "collection_type":
            return is_list(there) and fits_type(there.value_type, wanted.collection_type)
        case "map_value_type":
            return _fits_map(there, wanted.map_value_type)
        case _:
            return False


def _fits_simple(there: pa.DataType, simple: int) -> bool:
    types = arrow().types
    match simple:
        case idl.SimpleType.INTEGER:
            return bool(types.is_integer(there))
        case idl.SimpleType.FLOAT:
            return bool(types.is_floating(there) or types.is_integer(there))
        case idl.SimpleType.BOOLEAN:
            return bool(types.is_boolean(there))
        case idl.SimpleType.STRING:
            return is_text(there)
        case idl.SimpleType.DATETIME:
            return bool(types.is_timestamp(there))
        case idl.SimpleType.DURATION:
            return bool(types.is_duration(there))
        case _:
            return False


def is_text(there: pa.DataType) -> bool:
    """Whether it is one of Arrow's types of text."""
    types = arrow().types
    is_view = getattr(types, "is_string_view", lambda _: False)
    return bool(types.is_string(there) or types.is_large_string(there) or is_view(there))


def is_list(there: pa.DataType) -> bool:
    """Whether it is one of Arrow's types of lists."""
    types = arrow().types
    kinds = ("is_list", "is_large_list", "is_fixed_size_list", "is_list_view", "is_large_list_view")
    return any(getattr(types, kind, lambda _: False)(there) for kind in kinds)


def _fits_map(there: pa.DataType, value: idl.LiteralType) -> bool:
    types = arrow().types
    if types.is_map(there):
        return is_text(there.key_type) and fits_type(there.item_type, value)
    # What pandas makes of dicts.
    return bool(types.is_struct(there)) and all(fits_type(field.type, value) for field in there)


def reads_alike(there: pa.DataType, also: Sequence[str] = ()) -> bool:
    """Whether another library reads a column of a Parquet file as it takes it from Arrow.

    Args:
        there: The type of the column.
        also: What this library reads so besides, in the words of `pyarrow.types`.
    """
    types = arrow().types
    if types.is_timestamp(there):
        return there.unit in ("us", "ns")
    if types.is_dictionary(there):
        return is_text(there.value_type)
    if types.is_list(there) or types.is_large_list(there):
        return reads_alike(there.value_type, also)
    if types.is_struct(there):
        return all(reads_alike(field.type, also) for field in there)
    return any(getattr(types, f"is_{kind}")(there) for kind in (*_ALIKE, *also))


_ALIKE: Final = (
    "boolean",
    "integer",
    "float32",
    "float64",
    "string",
    "large_string",
    "binary",
    "large_binary",
    "time64",
    "decimal128",
)


def with_parts(table: pa.Table, name: str, paths: Sequence[str]) -> pa.Table:
    """A table whose column of structs has only the parts at these paths below it, in the order of the file."""
    index = table.schema.get_field_index(name)
    column = table.column(index)
    if not arrow().types.is_struct(column.type):
        return table
    chunks = [_with_parts(chunk, paths) for chunk in column.chunks] or [_with_parts(column.combine_chunks(), paths)]
    field = table.schema.field(index).with_type(chunks[0].type)
    return table.set_column(index, field, arrow().chunked_array(chunks, field.type))


def _with_parts(array: Any, paths: Sequence[str]) -> Any:
    pa = arrow()
    fields, parts = [], []
    for index, field in enumerate(array.type):
        below = [path.removeprefix(f"{field.name}.") for path in paths if path.startswith(f"{field.name}.")]
        if field.name not in paths and not below:
            continue
        part = array.field(index)
        if field.name not in paths and pa.types.is_struct(field.type):
            part = _with_parts(part, below)
        parts.append(part)
        fields.append(field.with_type(part.type))
    return pa.StructArray.from_arrays(parts, fields=fields, mask=array.is_null()) if parts else array


def widened(table: pa.Table, declared: Declared) -> pa.Table:
    """A table with integers as floats where floats are declared; raises `ConversionError` where that is not exact."""
    pa = arrow()
    for column in declared.columns:
        if column.literal_type.simple != idl.SimpleType.FLOAT or column.literal_type.WhichOneof("type") != "simple":
            continue
        index = table.schema.get_field_index(column.name)
        if index < 0 or not pa.types.is_integer(table.schema.field(index).type):
            continue
        try:
            values = table.column(index).cast(pa.float64())
        except pa.ArrowInvalid as error:
            raise ConversionError(
                f"floats in the column `{column.name}`", got="integers beyond them", reason=str(error)
            ) from None
        table = table.set_column(index, table.schema.field(index).with_type(pa.float64()), values)
    return table


def selected(names: Sequence[str], wanted: Sequence[str], uri: str) -> list[str]:
    """The columns to read, by their names in the file; raises `ConversionError` for those that it lacks."""
    there = set(names)
    tops = {name.partition(".")[0] for name in names}
    missing = [name for name in wanted if name not in there and name.partition(".")[0] not in tops]
    if missing:
        plural = "column" if len(missing) == 1 else "columns"
        shown = ", ".join(f"`{name}`" for name in missing)
        columns = ", ".join(f"`{name}`" for name in names[:_SHOWN]) or "none"
        raise ConversionError(f"the {plural} {shown} in `{uri}`", got=f"a dataset with the columns {columns}")
    return list(wanted)
