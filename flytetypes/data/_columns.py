"""What an annotation says of a dataset: its columns, its format, an external schema.

    Annotated[pd.DataFrame, kwtypes(name=str, age=int), "csv"]

Whether a frame has the columns is checked in `_frame_schema`, not here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final

from flytetypes import idl
from flytetypes._annotations import Annotation, hints_of, source_of
from flytetypes._record import Record
from flytetypes.errors import AnnotationError
from flytetypes.types import kwtypes

ARROW: Final = "arrow"

_SIMPLE: Final[dict[Any, Any]] = {
    int: idl.SimpleType.INTEGER,
    float: idl.SimpleType.FLOAT,
    str: idl.SimpleType.STRING,
    bool: idl.SimpleType.BOOLEAN,
    dt.datetime: idl.SimpleType.DATETIME,
    dt.timedelta: idl.SimpleType.DURATION,
}
# By name: numpy is not imported to find out.
_NUMPY: Final[dict[str, Any]] = {
    "int32": idl.SimpleType.INTEGER,
    "int64": idl.SimpleType.INTEGER,
    "uint32": idl.SimpleType.INTEGER,
    "uint64": idl.SimpleType.INTEGER,
    "float32": idl.SimpleType.FLOAT,
    "float64": idl.SimpleType.FLOAT,
    "bool": idl.SimpleType.BOOLEAN,
    "datetime64": idl.SimpleType.DATETIME,
    "timedelta64": idl.SimpleType.DURATION,
    "str": idl.SimpleType.STRING,
    "bytes": idl.SimpleType.STRING,
    "object": idl.SimpleType.STRING,
}
_ANNOTATIONS: Final = {simple: cls for cls, simple in _SIMPLE.items()}


class ExternalSchema(Record):
    """A schema in a language of its own, as a type has it.

    Attributes:
        language: `arrow`.
        text: In that language.
    """

    language: str
    text: bytes


class Column(Record):
    """One column, as declared.

    Attributes:
        name: With dots where it is a part of another column.
        annotation: `int`, `numpy.int32`, `list[str]`.
        literal_type: On the wire.
    """

    name: str
    annotation: Any
    literal_type: Any

    @property
    def source(self) -> str:
        """The annotation as errors show it."""
        return f"numpy.{self.numpy}" if self.numpy is not None else source_of(self.annotation)

    @property
    def numpy(self) -> str | None:
        """The name of the class of numpy that it is declared as."""
        return _numpy_name(self.annotation)


class Declared(Record):
    """All that an annotation says.

    Attributes:
        columns: In their order; empty where nothing is said.
        format: As it is written there; empty where nothing is said.
        external: What an Arrow schema is on the wire.
        schema: The Arrow schema itself, if it was given as one.
    """

    columns: tuple[Column, ...] = ()
    format: str = ""
    external: ExternalSchema | None = None
    schema: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns that are to be read; empty for all."""
        return tuple(self.schema.names) if self.schema is not None else tuple(column.name for column in self.columns)

    @property
    def key(self) -> tuple[Any, ...]:
        """Hashable; equal for what reads alike."""
        return (tuple((column.name, column.source) for column in self.columns), self.format, self.external)

    def fill(self, into: idl.StructuredDatasetType) -> None:
        """Write it as a type."""
        for column in self.columns:
            into.columns.add(name=column.name, literal_type=column.literal_type)
        into.format = self.format
        if self.external is not None:
            into.external_schema_type = self.external.language
            into.external_schema_bytes = self.external.text

    def literal_type(self) -> idl.LiteralType:
        """The LiteralType of a dataset of which this is known."""
        literal_type = idl.LiteralType()
        literal_type.structured_dataset_type.SetInParent()
        self.fill(literal_type.structured_dataset_type)
        return literal_type


def declared_in(annotation: Annotation) -> Declared:
    """What stands inside `Annotated`: columns as a dict or class, a format as a text, an Arrow schema.

    Of several sets of columns the outermost counts. What says nothing of datasets is left to others.

    Raises:
        AnnotationError: For two formats, and for a column of a class that cannot be one.
    """
    source = annotation.source
    columns: tuple[Column, ...] = ()
    formats: list[str] = []
    external, schema = None, None
    for extra in annotation.extras:
        if isinstance(extra, str):
            formats.append(extra)
        elif type(extra).__module__.partition(".")[0] == "pyarrow" and type(extra).__name__ == "Schema":
            external, schema = ExternalSchema(ARROW, str(extra).encode()), extra
        elif isinstance(extra, (Mapping, type)):
            columns = declared_columns(extra, source) or columns
    if len(formats) > 1:
        raise AnnotationError(f"`{source}` has {len(formats)} formats, {', '.join(map(repr, formats))}: keep one")
    return Declared(columns, formats[0] if formats else "", external, schema)


def declared_columns(columns: Mapping[str, Any] | type, source: str) -> tuple[Column, ...]:
    """Columns from a dict or a class with annotations; raises `AnnotationError`, which names `source`."""
    return tuple(_columns_of(columns, source, ""))


def _columns_of(told: Any, source: str, prefix: str) -> Iterator[Column]:
    entries = told if isinstance(told, Mapping) else hints_of(told)
    for name, hint in entries.items():
        full = f"{prefix}{name}"
        if not isinstance(name, str):
            raise AnnotationError(f"a column of `{source}` is called {name!r}: names of columns are text")
        if isinstance(hint, Mapping) or (isinstance(hint, type) and dataclasses.is_dataclass(hint)):
            yield from _columns_of(hint, source, f"{full}.")
            continue
        literal_type = _type_of(hint)
        if literal_type is None:
            raise AnnotationError(
                f"the column `{full}` of `{source}` is declared as {_shown(hint)}: a column is `int`, `float`, `bool`, "
                "`str`, `datetime`, `timedelta`, a class of numpy for one of those, or a list or dict of such. Any "
                "column may have nulls; one that is not declared may be of any type"
            )
        yield Column(full, hint, literal_type)


def _shown(hint: Any) -> str:
    is_annotation = isinstance(hint, type) or typing.get_origin(hint) is not None
    return f"`{source_of(hint)}`" if is_annotation else repr(hint)


def _type_of(hint: Any) -> idl.LiteralType | None:
    """The LiteralType of a column; None for what cannot be one."""
    numpy = _numpy_name(hint)
    simple = _NUMPY.get(numpy) if numpy is not None else _SIMPLE.get(hint) if isinstance(hint, type) else None
    if simple is not None:
        return idl.LiteralType(simple=simple)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    literal_type = idl.LiteralType()
    if origin is list and len(args) == 1 and (item := _type_of(args[0])) is not None:
        literal_type.collection_type.CopyFrom(item)
        return literal_type
    if origin is dict and len(args) == 2 and args[0] is str and (value := _type_of(args[1])) is not None:
        literal_type.map_value_type.CopyFrom(value)
        return literal_type
    return None


def _numpy_name(hint: Any) -> str | None:
    """`int32` of numpy.int32; None for what is not a class of numpy."""
    if isinstance(hint, type) and hint.__module__ == "numpy":
        return hint.__name__.rstrip("_")  # `bool_` before numpy 2, `bool` since
    return None


# --- back -------------------------------------------------------------------------------------------------------------


def declared_by(told: idl.StructuredDatasetType) -> Declared | None:
    """What a type on the wire says; None where it says of a column what no annotation can."""
    columns = []
    for column in told.columns:
        annotation = annotation_of(column.literal_type)
        if annotation is None:
            return None
        columns.append(Column(column.name, annotation, column.literal_type))
    has_external = told.external_schema_type or told.external_schema_bytes
    external = ExternalSchema(told.external_schema_type, told.external_schema_bytes) if has_external else None
    return Declared(tuple(columns), told.format, external)


def extras_of(told: idl.StructuredDatasetType) -> tuple[Any, ...] | None:
    """What stands inside `Annotated` for a type; None where no words are for it."""
    declared = declared_by(told)
    if declared is None or declared.external is not None or len(set(declared.names)) < len(declared.columns):
        return None
    columns = kwtypes(**{column.name: column.annotation for column in declared.columns})
    return tuple(extra for extra in (columns, declared.format) if extra)


def annotation_of(literal_type: idl.LiteralType) -> Any | None:
    """The annotation of a column; None for what is no column of anybody's."""
    match literal_type.WhichOneof("type"):
        case "simple":
            return _ANNOTATIONS.get(literal_type.simple)
        case "collection_type":
            item = annotation_of(literal_type.collection_type)
            return None if item is None else list[item]  # type: ignore[valid-type]  # made at run time
        case "map_value_type":
            value = annotation_of(literal_type.map_value_type)
            return None if value is None else dict[str, value]  # type: ignore[valid-type]
        case _:
            return None
