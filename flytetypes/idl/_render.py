"""One line of text for a type or a value, as errors, graphs and `flytetypes show` print it.

The text is for people: two different types can read the same. To compare types use `diff_types`; to tell them apart in
a table use `fingerprint`.
"""

import heapq
import reprlib
from collections.abc import Iterable, Iterator
from itertools import islice

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from flytetypes._redact import shown
from flytetypes.idl._generated.literals_pb2 import Literal, Primitive, Scalar
from flytetypes.idl._generated.types_pb2 import (
    BlobType,
    LiteralType,
    SchemaType,
    SimpleType,
    StructuredDatasetType,
)
from flytetypes.idl._struct import read_struct

SHOWN_CHARACTERS = 160
SHOWN_ITEMS = 5

_SIMPLE = {
    SimpleType.NONE: "None",
    SimpleType.INTEGER: "int",
    SimpleType.FLOAT: "float",
    SimpleType.STRING: "str",
    SimpleType.BOOLEAN: "bool",
    SimpleType.DATETIME: "datetime",
    SimpleType.DURATION: "timedelta",
    SimpleType.BINARY: "bytes",
    SimpleType.ERROR: "error",
}
_COLUMN = {
    SchemaType.SchemaColumn.INTEGER: "int",
    SchemaType.SchemaColumn.FLOAT: "float",
    SchemaType.SchemaColumn.STRING: "str",
    SchemaType.SchemaColumn.BOOLEAN: "bool",
    SchemaType.SchemaColumn.DATETIME: "datetime",
    SchemaType.SchemaColumn.DURATION: "timedelta",
}


def render_type(literal_type: LiteralType) -> str:
    """A type as one line: `dict[str, union[int, None]]`, `struct Order`, `file(csv)`, `dataset(parquet; a: int)`.

    At most `SHOWN_CHARACTERS` long: what does not fit ends in `...`. A type with nothing set is `nothing`; a struct
    without a title is `dict`, or `array` where its schema says so.
    """
    return _shorten(_type_pieces(literal_type))


def render_literal(literal: Literal) -> str:
    """A value as one line: `[1, 2, 3]`, `{'a': None}`, `file(csv) s3://bucket/key`, `binary(msgpack, 12 bytes)`.

    At most `SHOWN_CHARACTERS` long, and at most `SHOWN_ITEMS` items of each list, and of each map in the order of its
    keys. A literal with nothing set is `nothing`. Bytes are never shown.
    """
    return _shorten(_literal_pieces(literal))


def _shorten(pieces: Iterable[str]) -> str:
    # The pieces come lazily, so a type or value of any size costs only what is shown of it.
    text = ""
    for piece in pieces:
        text += shown(piece)
        if len(text) > SHOWN_CHARACTERS:
            return f"{text[: SHOWN_CHARACTERS - 3]}..."
    return text


def _type_pieces(literal_type: LiteralType) -> Iterator[str]:
    match literal_type.WhichOneof("type"):
        case "simple" if literal_type.simple == SimpleType.STRUCT:
            title = _title(literal_type)
            yield f"struct {title}" if title else "array" if _is_array(literal_type) else "dict"
        case "simple":
            yield _SIMPLE.get(literal_type.simple, f"simple {literal_type.simple:d}")
        case "collection_type":
            yield "list["
            yield from _type_pieces(literal_type.collection_type)
            yield "]"
        case "map_value_type":
            yield "dict[str, "
            yield from _type_pieces(literal_type.map_value_type)
            yield "]"
        case "union_type":
            yield "union["
            for index, variant in enumerate(literal_type.union_type.variants):
                yield ", " if index else ""
                yield from _type_pieces(variant)
            yield "]"
        case "enum_type":
            yield "enum["
            for index, value in enumerate(literal_type.enum_type.values):
                yield f", {value!r}" if index else repr(value)
            yield "]"
        case "blob":
            yield _blob(literal_type.blob)
        case "structured_dataset_type":
            yield from _dataset_pieces(literal_type.structured_dataset_type)
        case "schema":
            yield "schema("
            for index, column in enumerate(literal_type.schema.columns):
                kind = _COLUMN.get(column.type, f"type {column.type:d}")
                yield f"{', ' if index else ''}{_one_line(column.name)}: {kind}"
            yield ")"
        case _:
            yield "nothing"


def _title(literal_type: LiteralType) -> str:
    # A recursive class has a `$ref` at its root, in place of a title: "#/$defs/Name", "#/definitions/Name".
    fields = literal_type.metadata.fields
    for name in ("title", "$ref"):
        if name in fields and fields[name].string_value:
            return _one_line(
                fields[name].string_value.rpartition("/")[2] if name == "$ref" else fields[name].string_value
            )
    return ""


def _is_array(literal_type: LiteralType) -> bool:
    fields = literal_type.metadata.fields
    return "type" in fields and fields["type"].string_value == "array"  # asking for a missing key would make it


def _blob(blob_type: BlobType) -> str:
    kind = "directory" if blob_type.dimensionality == BlobType.MULTIPART else "file"
    return f"{kind}({_one_line(blob_type.format)})" if blob_type.format else kind


def _dataset_pieces(dataset: StructuredDatasetType) -> Iterator[str]:
    yield "dataset"
    if not dataset.format and not dataset.columns:
        return
    yield f"({_one_line(dataset.format)}"
    for index, column in enumerate(dataset.columns):
        before = ", " if index else "; " if dataset.format else ""
        yield f"{before}{_one_line(column.name)}: "
        yield from _type_pieces(column.literal_type)
    yield ")"


def _literal_pieces(literal: Literal) -> Iterator[str]:
    match literal.WhichOneof("value"):
        case "scalar":
            yield from _scalar_pieces(literal.scalar)
        case "collection":
            literals = literal.collection.literals
            yield "["
            for index, item in enumerate(islice(literals, SHOWN_ITEMS)):
                yield ", " if index else ""
                yield from _literal_pieces(item)
            yield f"{_more(len(literals))}]"
        case "map":
            values = literal.map.literals
            yield "{"
            for index, key in enumerate(heapq.nsmallest(SHOWN_ITEMS, values)):
                yield f"{', ' if index else ''}{reprlib.repr(key)}: "
                yield from _literal_pieces(values[key])
            yield f"{_more(len(values))}}}"
        case "offloaded_metadata":
            stored = literal.offloaded_metadata
            yield f"offloaded({stored.size_bytes:,} bytes) {_one_line(stored.uri)}"
        case _:
            yield "nothing"


def _more(count: int) -> str:
    return f", ... {count - SHOWN_ITEMS:,} more" if count > SHOWN_ITEMS else ""


def _scalar_pieces(scalar: Scalar) -> Iterator[str]:
    match scalar.WhichOneof("value"):
        case "primitive":
            yield _primitive(scalar.primitive)
        case "none_type":
            yield "None"
        case "binary":
            tag = f"{_one_line(scalar.binary.tag)}, " if scalar.binary.tag else ""
            yield f"binary({tag}{len(scalar.binary.value):,} bytes)"
        case "blob":
            yield f"{_blob(scalar.blob.metadata.type)} {_one_line(scalar.blob.uri)}"
        case "structured_dataset":
            yield from _dataset_pieces(scalar.structured_dataset.metadata.structured_dataset_type)
            yield f" {_one_line(scalar.structured_dataset.uri)}"
        case "schema":
            yield f"schema {_one_line(scalar.schema.uri)}"
        case "generic":
            yield f"struct {reprlib.repr(read_struct(scalar.generic))}"
        case "union":
            yield from _literal_pieces(scalar.union.value)
        case "error":
            yield f"error({reprlib.repr(scalar.error.message)})"
        case _:
            yield "nothing"


def _primitive(primitive: Primitive) -> str:
    match primitive.WhichOneof("value"):
        case "integer":
            return str(primitive.integer)
        case "float_value":
            return repr(primitive.float_value)
        case "string_value":
            return reprlib.repr(primitive.string_value)
        case "boolean":
            return str(primitive.boolean)
        case "datetime":
            return _instant(primitive.datetime)
        case "duration":
            return _instant(primitive.duration)
        case _:
            return "nothing"


def _instant(value: Timestamp | Duration) -> str:
    try:
        return value.ToJsonString()
    except ValueError:  # outside of what its JSON can say; flytekit writes such durations
        return f"{value.seconds}s {value.nanos}ns"


def _one_line(text: str) -> str:
    return " ".join(text.split())
