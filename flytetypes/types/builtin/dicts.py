"""Dicts: a map of literals where keys are strings and values have a type; a struct otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError, key_step
from flytetypes.types import _names
from flytetypes.types._boxes import Fetch, Inbox, Outbox
from flytetypes.types._converter import Bulk, Converter, Typing, parse_literal
from flytetypes.types._depth import DICT_LEVELS
from flytetypes.types._plain import (
    Describing,
    Dumping,
    Loading,
    PlainCodec,
    Schema,
    any_codec,
    any_key_codec,
    check_text,
    entries_dumper,
    entries_hinted,
    entries_loader,
)
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._tree import load_tree, read_tree
from flytetypes.types.builtin.faces import collection_converter
from flytetypes.types.builtin.pickled import load_pickle, store_pickle
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_BULK_FROM = 64


class DictTransformer(TypeTransformer[dict[Any, Any]]):
    """`dict[str, T]` as a map; `dict` and `dict[K, T]` as a struct."""

    name = _names.DICT

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[dict[Any, Any]]:
        """A map where the wire has one for it, else a struct."""
        if _is_map(annotation):
            return self._compile_map(annotation, engine)
        codec = engine.plain(annotation)
        converter: Converter[dict[Any, Any]] = struct_converter(
            annotation, self.name, codec, lambda _: _names.struct_type(), engine, is_dict=True
        )
        return _pickling(converter) if _may_pickle(annotation) else converter

    def _compile_map(self, annotation: Annotation, engine: TypeEngine) -> Converter[dict[Any, Any]]:
        value = engine.converter(annotation.args[1])
        plain = engine.plain(annotation) if value.plain is not None else None
        return collection_converter(
            annotation,
            self.name,
            dict,
            _MapConverter(annotation.source, value, plain),
            value,
            engine,
            label="value",
            own_levels=DICT_LEVELS,
            literal_type=lambda typing: _map_of(value.type_within(typing)),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[dict[Any, Any]]:
        """A map with converted keys; without arguments, of anything plain."""
        key, value = (engine.plain(arg) for arg in annotation.args) if annotation.arguments(2) else (None, None)
        return dict_codec(annotation.source, self.name, key, value)

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """A map or a struct, as for a value of its own."""
        if not _is_map(annotation):
            return _names.struct_type()
        value = engine.field_type(annotation.args[1], typing)
        return None if value is None else _map_of(value)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """`dict[str, T]` for a map, `dict` for a struct that nothing more is known of."""
        if literal_type.WhichOneof("type") == "map_value_type":
            return dict[str, engine.guess(literal_type.map_value_type)]  # type: ignore[misc]  # made at run time
        if literal_type.WhichOneof("type") != "simple" or literal_type.simple != idl.SimpleType.STRUCT:
            return None
        return None if literal_type.HasField("metadata") else dict  # with a schema it is a class


def _is_map(annotation: Annotation) -> bool:
    return bool(annotation.arguments(2)) and annotation.args[0] is str


def _may_pickle(annotation: Annotation) -> bool:
    """Whether the annotation is `Annotated[dict, kwtypes(allow_pickle=True)]`."""
    return any(isinstance(extra, dict) and extra.get("allow_pickle") is True for extra in annotation.extras)


def _map_of(value: idl.LiteralType) -> idl.LiteralType:
    literal_type = idl.LiteralType()
    literal_type.map_value_type.CopyFrom(value)
    return literal_type


def _pickling(converter: Converter[dict[Any, Any]]) -> Converter[dict[Any, Any]]:
    """The converter of an untyped dict that pickles what msgpack cannot hold."""

    def encode(value: dict[Any, Any], into: idl.Literal, out: Outbox) -> None:
        try:
            converter.encode(value, into, out)
        except ConversionError:
            if type(value) is not dict:
                raise
            into.Clear()
            into.scalar.generic.fields[_names.PICKLE_FILE].string_value = store_pickle(value, out)
            into.metadata[_names.FORMAT] = _names.FORMAT_PICKLE

    def decode(literal: idl.Literal, inbox: Inbox) -> dict[Any, Any]:
        literal = inbox.open(literal)
        if not _is_pickle(literal):
            return converter.decode(literal, inbox)
        value: dict[Any, Any] = load_pickle(inbox.read(literal.scalar.generic.fields[_names.PICKLE_FILE].string_value))
        return value

    def offloads(literal: idl.Literal) -> Iterator[str | Fetch]:
        if _is_pickle(literal):
            yield literal.scalar.generic.fields[_names.PICKLE_FILE].string_value

    return converter.but(encode=encode, decode=decode, offloads=offloads, runs_code=True)


def _is_pickle(literal: idl.Literal) -> bool:
    return (
        literal.metadata.get(_names.FORMAT) == _names.FORMAT_PICKLE
        and _names.PICKLE_FILE in literal.scalar.generic.fields
    )


def _check_key(key: Any) -> None:
    if type(key) is not str:
        raise ConversionError("a `str` key", key)
    check_text(key)


class _MapConverter:
    """The functions of one `dict[str, T]`, both faces, one by one and in bulk."""

    __slots__ = ("decode_value", "encode_value", "expected", "plain", "read_value", "value", "write_value")

    def __init__(self, source: str, value: Converter[Any], plain: PlainCodec[dict[Any, Any]] | None) -> None:
        self.expected = f"`{source}`"
        self.value = value
        self.plain = plain
        self.encode_value = value.encode
        self.decode_value = value.decode
        self.write_value = value.write
        self.read_value = value.read

    def encode(self, values: dict[str, Any], into: idl.Literal, out: Outbox) -> None:
        if type(values) is not dict:
            raise ConversionError(self.expected, values)
        into.map.SetInParent()  # an empty dict is still a dict
        literals = into.map.literals
        encode_value = self.encode_value
        key: Any = None
        try:
            for key, value in values.items():
                if type(key) is not str or not key.isascii():
                    _check_key(key)
                encode_value(value, literals[key], out)
        except ConversionError as error:
            raise error.within(key_step(key))  # noqa: B904 - the same error, with one more step

    def decode(self, literal: idl.Literal, inbox: Inbox) -> dict[str, Any]:
        kind = literal.WhichOneof("value")
        if kind == "offloaded_metadata":
            literal = inbox.open(literal)
            kind = literal.WhichOneof("value")
        if kind != "map":
            return self._decode_tree(literal, inbox)
        decode_value = self.decode_value
        values: dict[str, Any] = {}
        key: Any = None
        try:
            for key, item in literal.map.literals.items():
                values[key] = decode_value(item, inbox)
        except ConversionError as error:
            raise error.within(key_step(key))  # noqa: B904
        return values

    def write(self, values: dict[str, Any], out: Outbox) -> bytes:
        if type(values) is not dict:
            raise ConversionError(self.expected, values)
        write_value = self.write_value
        entries: list[bytes] = []
        key: Any = None
        try:
            for key in values:
                _check_key(key)
            for key in idl.sorted_keys(values):
                name = idl.length_prefixed(b"\n", key.encode())
                entries.append(
                    idl.length_prefixed(b"\n", name + idl.length_prefixed(b"\x12", write_value(values[key], out)))
                )
        except ConversionError as error:
            raise error.within(key_step(key))  # noqa: B904
        return idl.length_prefixed(idl.MAP, b"".join(entries))

    def read(self, data: bytes, inbox: Inbox) -> dict[str, Any]:
        body = idl.unwrap(data, idl.MAP)
        items = None if body is None else idl.split_map(body)
        if items is None:
            return self.decode(parse_literal(data), inbox)
        read_value = self.read_value
        values: dict[str, Any] = {}
        key: Any = None
        try:
            for key, item in items:
                values[key] = read_value(bytes(item), inbox)
        except ConversionError as error:
            raise error.within(key_step(key))  # noqa: B904
        return values

    def encode_bulk(self, values: dict[str, Any], into: idl.Literal, out: Outbox) -> None:
        if type(values) is dict and len(values) >= _BULK_FROM:
            into.map.MergeFromString(self._bulk_body(values))
        else:
            self.encode(values, into, out)

    def decode_bulk(self, literal: idl.Literal, inbox: Inbox) -> dict[str, Any]:
        if len(literal.map.literals) >= _BULK_FROM:
            values = self._bulk().codec.read_map(literal.map.SerializeToString())
            if values is not None:
                return values
        return self.decode(literal, inbox)

    def write_bulk(self, values: dict[str, Any], out: Outbox) -> bytes:
        return idl.length_prefixed(idl.MAP, self._bulk_body(values))

    def read_bulk(self, data: bytes, inbox: Inbox) -> dict[str, Any]:
        body = idl.unwrap(data, idl.MAP)
        values = None if body is None else self._bulk().codec.read_map(body)
        return self.decode(parse_literal(data), inbox) if values is None else values

    def offloads(self, literal: idl.Literal) -> Iterator[str | Fetch]:
        if self.value.offloads is not None:
            for item in literal.map.literals.values():
                yield from self.value.offloads(item)

    def _bulk(self) -> Bulk[Any]:
        assert self.value.bulk is not None  # noqa: S101 - only dicts of primitives come here
        return self.value.bulk

    def _bulk_body(self, values: dict[str, Any]) -> bytes:
        if type(values) is not dict:
            raise ConversionError(self.expected, values)
        bulk = self._bulk()
        if set(map(type, values)) <= {str} and set(map(type, values.values())) <= {bulk.cls}:
            try:
                return bulk.codec.write_map(values)
            except (OverflowError, UnicodeEncodeError):
                pass  # a key or a value does not fit: the loop below says which
        accepted: dict[str, Any] = {}
        key: Any = None
        try:
            for key, value in values.items():
                _check_key(key)
                accepted[key] = bulk.accept(value)
        except ConversionError as error:
            raise error.within(key_step(key))  # noqa: B904
        return bulk.codec.write_map(accepted)

    def _decode_tree(self, literal: idl.Literal, inbox: Inbox) -> dict[str, Any]:
        if self.plain is None or literal.scalar.WhichOneof("value") not in ("binary", "generic"):
            raise ConversionError(self.expected, got=f"the literal {idl.render_literal(literal)}")
        tree, loading = read_tree(literal, inbox, self.expected)
        return load_tree(self.plain, tree, loading)


# --- inside structs ---------------------------------------------------------------------------------------------------


def dict_codec(
    source: str, transformer: str, key: PlainCodec[Any] | None, value: PlainCodec[Any] | None
) -> PlainCodec[dict[Any, Any]]:
    """The codec of a dict; of anything plain where key or value is None."""
    expected = f"`{source}`"
    typed = key is not None and value is not None
    key = key or any_key_codec("Any", transformer)
    value = value or any_codec("Any", transformer)
    dump_items, load_items = entries_dumper(key, value), entries_loader(key, value)

    def dump(values: dict[Any, Any], dumping: Dumping) -> dict[Any, Any]:
        if type(values) is not dict:
            raise ConversionError(expected, values)
        return dump_items(values, dumping)

    def load(tree: Any, loading: Loading) -> dict[Any, Any]:
        if type(tree) is not dict:
            raise ConversionError(expected, tree)
        return load_items(tree, loading)

    return PlainCodec(
        source,
        transformer,
        dump=dump,
        load=load,
        describe=entries_describer(key, value) if typed else lambda _: {"type": "object"},
        classes=(dict,),
        natives=(dict,),
        hinted=entries_hinted(key, value),
        parts=(("key", key), ("value", value)) if typed else (),
    )


def entries_describer(key: PlainCodec[Any], value: PlainCodec[Any]) -> Any:
    """The schema of an object with keys of one type and values of another."""

    def describe(describing: Describing) -> Schema:
        schema: Schema = {"type": "object"}
        names, values = key.describe(describing), value.describe(describing)
        if names:
            schema["propertyNames"] = names
        if values:
            schema["additionalProperties"] = values
        return schema

    return describe


def register(registry: Registry) -> None:
    """`dict` itself: a class derived from it would come back as a dict."""
    registry.register(DictTransformer(), dict, subclasses=False)
