"""Lists: a collection of literals, one for each element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Fetch, Inbox, Outbox
from flytetypes.types._converter import Bulk, Converter, Typing, parse_literal
from flytetypes.types._depth import LIST_LEVELS
from flytetypes.types._plain import (
    Describing,
    Dumping,
    Loading,
    PlainCodec,
    Schema,
    any_codec,
    items_dumper,
    items_loader,
)
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._tree import load_tree, read_tree
from flytetypes.types.builtin.faces import collection_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

# Below this many elements a loop is faster than the bulk codecs, whose advantage is theirs on the wire.
_BULK_FROM = 64


class ListTransformer(TypeTransformer[list[Any]]):
    """`list[T]`. A bare `list` says nothing about its elements and is only possible inside structs."""

    name = _names.LIST

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[list[Any]]:
        """One converter for the list, around the one of its elements."""
        if not annotation.arguments(1):
            raise AnnotationError(f"`{annotation.source}` says nothing about its elements: annotate `list[T]`")
        item = engine.converter(annotation.args[0])
        plain = engine.plain(annotation) if item.plain is not None else None
        return collection_converter(
            annotation,
            self.name,
            list,
            _ListConverter(annotation.source, item, plain),
            item,
            engine,
            label="element",
            own_levels=LIST_LEVELS,
            literal_type=lambda typing: _collection_of(item.type_within(typing)),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[list[Any]]:
        """An array; without an argument, of anything plain."""
        item = engine.plain(annotation.args[0]) if annotation.arguments(1) else None
        return list_codec(annotation.source, self.name, item)

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """A collection; a list without an argument is left out."""
        item = engine.field_type(annotation.args[0], typing) if annotation.args else None
        return None if item is None else _collection_of(item)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """`list` of what its elements give."""
        if literal_type.WhichOneof("type") == "collection_type":
            return list[engine.guess(literal_type.collection_type)]  # type: ignore[misc]  # made at run time
        return None


def _collection_of(item: idl.LiteralType) -> idl.LiteralType:
    literal_type = idl.LiteralType()
    literal_type.collection_type.CopyFrom(item)
    return literal_type


class _ListConverter:
    """The functions of one `list[T]`, both faces, one by one and in bulk."""

    __slots__ = ("decode_item", "encode_item", "expected", "item", "plain", "read_item", "write_item")

    def __init__(self, source: str, item: Converter[Any], plain: PlainCodec[list[Any]] | None) -> None:
        self.expected = f"`{source}`"
        self.item = item
        self.plain = plain
        self.encode_item = item.encode
        self.decode_item = item.decode
        self.write_item = item.write
        self.read_item = item.read

    def encode(self, values: list[Any], into: idl.Literal, out: Outbox) -> None:
        if type(values) is not list:
            raise ConversionError(self.expected, values)
        into.collection.SetInParent()  # an empty list is still a list
        literals = into.collection.literals
        encode_item = self.encode_item
        try:
            for value in values:
                encode_item(value, literals.add(), out)
        except ConversionError as error:
            raise error.within(len(literals) - 1)  # noqa: B904 - the same error; the slot added last is the one that failed

    def decode(self, literal: idl.Literal, inbox: Inbox) -> list[Any]:
        literals = self._literals(literal, inbox)
        if literals is None:
            return self._decode_tree(literal, inbox)
        decode_item = self.decode_item
        values: list[Any] = []
        append = values.append
        try:
            for item in literals:
                append(decode_item(item, inbox))
        except ConversionError as error:
            raise error.within(len(values))  # noqa: B904
        return values

    def write(self, values: list[Any], out: Outbox) -> bytes:
        if type(values) is not list:
            raise ConversionError(self.expected, values)
        write_item = self.write_item
        parts: list[bytes] = []
        try:
            for value in values:
                body = write_item(value, out)
                size = len(body)
                parts.append(_ITEM_HEADERS[size] if size < 0x80 else b"\n" + idl.varint(size))
                parts.append(body)
        except ConversionError as error:
            raise error.within(len(parts) // 2)  # noqa: B904
        return idl.length_prefixed(idl.COLLECTION, b"".join(parts))

    def read(self, data: bytes, inbox: Inbox) -> list[Any]:
        body = idl.unwrap(data, idl.COLLECTION)
        items = None if body is None else idl.split_repeated(body)
        if items is None:
            return self.decode(parse_literal(data), inbox)
        read_item = self.read_item
        values: list[Any] = []
        try:
            for item in items:
                values.append(read_item(bytes(item), inbox))  # noqa: PERF401 - the length says where it failed
        except ConversionError as error:
            raise error.within(len(values))  # noqa: B904
        return values

    def encode_bulk(self, values: list[Any], into: idl.Literal, out: Outbox) -> None:
        if type(values) is list and len(values) >= _BULK_FROM:
            into.collection.MergeFromString(self._bulk_body(values))
        else:
            self.encode(values, into, out)

    def decode_bulk(self, literal: idl.Literal, inbox: Inbox) -> list[Any]:
        if len(literal.collection.literals) >= _BULK_FROM:
            values = self._bulk().codec.read_list(literal.collection.SerializeToString())
            if values is not None:
                return values
        return self.decode(literal, inbox)

    def write_bulk(self, values: list[Any], out: Outbox) -> bytes:
        return idl.length_prefixed(idl.COLLECTION, self._bulk_body(values))

    def read_bulk(self, data: bytes, inbox: Inbox) -> list[Any]:
        body = idl.unwrap(data, idl.COLLECTION)
        values = None if body is None else self._bulk().codec.read_list(body)
        return self.decode(parse_literal(data), inbox) if values is None else values

    def offloads(self, literal: idl.Literal) -> Iterator[str | Fetch]:
        if self.item.offloads is not None:
            for item in literal.collection.literals:
                yield from self.item.offloads(item)

    def _bulk(self) -> Bulk[Any]:
        assert self.item.bulk is not None  # noqa: S101 - only lists of primitives come here
        return self.item.bulk

    def _bulk_body(self, values: list[Any]) -> bytes:
        if type(values) is not list:
            raise ConversionError(self.expected, values)
        bulk = self._bulk()
        if set(map(type, values)) <= {bulk.cls}:
            try:
                return bulk.codec.write_list(values)
            except (OverflowError, UnicodeEncodeError):
                pass  # one of them does not fit: the loop below says which
        accepted: list[Any] = []
        try:
            for value in values:
                accepted.append(bulk.accept(value))  # noqa: PERF401 - the length says where it failed
        except ConversionError as error:
            raise error.within(len(accepted))  # noqa: B904
        return bulk.codec.write_list(accepted)

    def _literals(self, literal: idl.Literal, inbox: Inbox) -> Any:
        kind = literal.WhichOneof("value")
        if kind == "offloaded_metadata":
            literal = inbox.open(literal)
            kind = literal.WhichOneof("value")
        return literal.collection.literals if kind == "collection" else None

    def _decode_tree(self, literal: idl.Literal, inbox: Inbox) -> list[Any]:
        literal = inbox.open(literal)
        if self.plain is None or literal.scalar.WhichOneof("value") != "binary":
            raise ConversionError(self.expected, got=f"the literal {idl.render_literal(literal)}")
        tree, loading = read_tree(literal, inbox, self.expected)
        return load_tree(self.plain, tree, loading)


_ITEM_HEADERS = [b"\n" + bytes((size,)) for size in range(0x80)]


# --- inside structs ---------------------------------------------------------------------------------------------------


def list_codec(source: str, transformer: str, item: PlainCodec[Any] | None) -> PlainCodec[list[Any]]:
    """The codec of a list of `item`; of anything plain when that is None."""
    describe_items = item.describe if item is not None else None
    item = item or any_codec("Any", transformer)
    expected = f"`{source}`"

    def dump(values: list[Any], dumping: Dumping) -> list[Any]:
        if type(values) is not list:
            raise ConversionError(expected, values)
        return dump_items(values, dumping)

    def load(tree: Any, loading: Loading) -> list[Any]:
        # Any sequence, as flytekit reads: of a text, its characters.
        if type(tree) is str and not loading.strict:
            tree = list(tree)
        if type(tree) is not list:
            raise ConversionError(expected, tree)
        return load_items(tree, loading)

    def describe(describing: Describing) -> Schema:
        items = {} if describe_items is None else describe_items(describing)
        return {"type": "array", "items": items} if items else {"type": "array"}

    dump_items = items_dumper(item)
    load_items = items_loader(item)
    return PlainCodec(
        source,
        transformer,
        dump=dump,
        load=load,
        describe=describe,
        classes=(list,),
        natives=(list,),
        loads=(str,),
        hinted=item.hinted,
        parts=(("element", item),),
    )


def register(registry: Registry) -> None:
    """`list` itself: a class derived from it would come back as a list."""
    registry.register(ListTransformer(), list, subclasses=False)
