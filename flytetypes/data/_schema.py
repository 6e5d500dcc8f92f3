"""`FlyteSchema`, what Flyte had before `StructuredDataset`: kept for programs that still have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.data._columns import Column, Declared, declared_columns, declared_in, extras_of
from flytetypes.data._dataset import OpenDataset, StructuredDataset
from flytetypes.data._dataset_transformer import DatasetConversion, dataset_in, transformer_in, type_of_schema
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import Converter, Inbox, OfType, Outbox, PlainCodec, Registry, TypeTransformer
from flytetypes.types._names import SCHEMA
from flytetypes.types._plain import Describing, Dumping, Loading, Schema, Undescribable
from flytetypes.types._tree import read_tree

if TYPE_CHECKING:
    from flytetypes.types import TypeEngine

_COLUMN = idl.SchemaType.SchemaColumn
_OF_SIMPLE: dict[Any, Any] = {
    idl.SimpleType.INTEGER: _COLUMN.INTEGER,
    idl.SimpleType.FLOAT: _COLUMN.FLOAT,
    idl.SimpleType.STRING: _COLUMN.STRING,
    idl.SimpleType.BOOLEAN: _COLUMN.BOOLEAN,
    idl.SimpleType.DATETIME: _COLUMN.DATETIME,
    idl.SimpleType.DURATION: _COLUMN.DURATION,
}


class FlyteSchema:
    """Rows and columns in Parquet, in a store. Deprecated: a `StructuredDataset` does more.

    `FlyteSchema[kwtypes(a=int)]` is one with declared columns. A frame is accepted in its place, and comes back as a
    schema, to be opened.

    Args:
        remote_path: Where the data is.
    """

    __module__ = "flytetypes.data"  # where users find it, and what is written of it

    declared: ClassVar[tuple[Column, ...]] = ()

    def __init__(self, remote_path: str | None = None) -> None:
        self._dataset = StructuredDataset(uri=remote_path)

    def __class_getitem__(cls, columns: Any) -> type[FlyteSchema]:
        told = columns[0] if isinstance(columns, tuple) else columns
        if not isinstance(told, Mapping):
            raise TypeError(f"FlyteSchema[...] takes columns, as in FlyteSchema[kwtypes(a=int)], got {told!r}")
        found = declared_columns(told, "FlyteSchema")
        name = f"FlyteSchema[{', '.join(f'{column.name}={column.source}' for column in found)}]"
        return type(name, (FlyteSchema,), {"declared": found, "__module__": cls.__module__})

    @classmethod
    def of(cls, dataset: StructuredDataset) -> FlyteSchema:
        """The schema of a dataset."""
        schema = cls()
        schema._dataset = dataset
        return schema

    @property
    def remote_path(self) -> str | None:
        """Where the data is."""
        return self._dataset.uri

    @property
    def dataset(self) -> StructuredDataset:
        """The same as a dataset."""
        return self._dataset

    def open(self, frame_class: type) -> OpenDataset[Any]:
        """As of `StructuredDataset`."""
        return self._dataset.open(frame_class)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FlyteSchema) and other._dataset == self._dataset

    def __hash__(self) -> int:
        return hash(self._dataset)

    def __repr__(self) -> str:
        return f"FlyteSchema({self.remote_path!r})"


class SchemaTransformer(TypeTransformer[FlyteSchema]):
    """`FlyteSchema`, `FlyteSchema[kwtypes(...)]`: `scalar.schema`."""

    name = SCHEMA

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[FlyteSchema]:
        """A schema with the declared columns."""
        cls = annotation.origin
        declared = Declared(declared_in(annotation).columns or cls.declared)
        frames = transformer_in(engine.registry).frames
        conversion = DatasetConversion(annotation, declared, None, frames, engine.registry)
        literal_type = idl.LiteralType()
        literal_type.schema.SetInParent()
        for column in declared.columns:
            literal_type.schema.columns.add(name=column.name, type=_schema_column(column, annotation.source))
        expected = f"`{annotation.source}`"

        def dataset_of(value: Any) -> StructuredDataset:
            if isinstance(value, FlyteSchema):
                return value.dataset
            if value is None or isinstance(value, (StructuredDataset, str, int, float, list, dict)):
                raise ConversionError(expected, value)
            return StructuredDataset(dataframe=value)

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            schema = into.scalar.schema
            schema.type.CopyFrom(literal_type.schema)
            schema.uri = conversion.place(dataset_of(value), out)

        def decode(literal: idl.Literal, inbox: Inbox) -> FlyteSchema:
            literal = inbox.open(literal)
            found = dataset_in(literal)
            if found is None:
                return load(*read_tree(literal, inbox, expected))
            return at(*found, inbox)

        def at(uri: str, told: idl.StructuredDatasetType, inbox: Inbox) -> FlyteSchema:
            if not uri:
                raise ConversionError(expected, got="one without a URI")
            schema: FlyteSchema = cls.of(StructuredDataset.at(uri, told, inbox.store, engine.registry))
            return schema

        def dump(value: Any, dumping: Dumping) -> dict[str, str]:
            return {"remote_path": conversion.place(dataset_of(value), dumping.out)}

        def load(tree: Any, loading: Loading) -> FlyteSchema:
            uri = tree.get("remote_path") if type(tree) is dict else None
            if type(uri) is not str:
                raise ConversionError(f"{expected} as a dict with its `remote_path`", tree)
            return at(uri, type_of_schema(literal_type.schema), loading.inbox)

        codec = PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=_undescribed,
            classes=(cls,),
            natives=(dict,),
            stored=True,
        )
        return Converter(
            annotation,
            self.name,
            literal_type=literal_type,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=(cls,),
            plain=codec,
            levels=5,  # Literal, Scalar, Schema, SchemaType, SchemaColumn
            offloads=_nothing,
        )

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002
        """`FlyteSchema`, with its columns."""
        if literal_type.WhichOneof("type") != "schema":
            return None
        extras = extras_of(type_of_schema(literal_type.schema))
        if extras is None:
            extras = (OfType(literal_type),)
        return Annotated[(FlyteSchema, *extras)] if extras else FlyteSchema


def _undescribed(_: Describing) -> Schema:
    raise Undescribable


def _nothing(_: idl.Literal) -> Iterator[str]:
    return iter(())


def _schema_column(column: Column, source: str) -> Any:
    simple = column.literal_type.simple if column.literal_type.WhichOneof("type") == "simple" else None
    found = _OF_SIMPLE.get(simple)
    if found is None:
        raise AnnotationError(f"the column `{column.name}` of `{source}` is a {column.source}, which a schema has not")
    return found


def register(registry: Registry) -> None:
    """`FlyteSchema` and those with columns."""
    registry.register(SchemaTransformer(), FlyteSchema)
