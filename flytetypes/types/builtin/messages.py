"""Protobuf messages as values: their canonical JSON in `scalar.generic`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._depth import limited
from flytetypes.types._forms import loaded_class
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types.builtin.raw import raw_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class MessageTransformer(TypeTransformer[idl.Message]):
    """Generated message classes."""

    name = _names.PROTOBUF

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """The type names the class; a `ListValue` is a collection, because its JSON is no object."""
        raw = raw_converter(annotation, engine)
        if raw is not None:
            return raw
        cls: type[idl.Message] = annotation.origin
        expected = f"`{annotation.source}`"

        def encode(value: idl.Message, into: idl.Literal, out: Outbox) -> None:
            if type(value) is not cls:
                raise ConversionError(expected, value)
            try:
                tree: Any = idl.to_json(value)
            except ValueError as error:
                raise ConversionError(f"{expected} that has a JSON form", value, reason=str(error)) from None
            if isinstance(tree, list):
                into.collection.SetInParent()
                for item in tree:
                    _encode_json(item, into.collection.literals.add())
            elif isinstance(tree, dict):
                idl.fill_struct(into.scalar.generic, tree)
            else:
                raise ConversionError(f"{expected} whose JSON is an object", value)

        def decode(literal: idl.Literal, inbox: Inbox) -> idl.Message:
            literal = inbox.open(literal)
            if literal.WhichOneof("value") == "collection":
                tree: Any = [_decode_json(item) for item in literal.collection.literals]
            elif literal.scalar.WhichOneof("value") == "generic":
                tree = idl.read_struct(literal.scalar.generic)
            else:
                raise ConversionError(expected, got=f"the literal {idl.render_literal(literal)}")
            try:
                return idl.from_json(cls, tree)
            except ValueError as error:
                raise ConversionError(expected, got="other JSON", reason=str(error)) from None

        literal_type = idl.LiteralType(simple=idl.SimpleType.STRUCT)
        idl.fill_struct(literal_type.metadata, {_names.PROTOBUF_CLASS: f"{cls.__module__}.{cls.__name__}"})
        return Converter(
            annotation,
            self.name,
            literal_type=literal_type,
            encode=limited(encode, None),
            decode=decode,
            engine=engine,
            classes=(cls,),
            levels=None,
        )

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The class, where it is loaded; else `dict`, which reads and writes the same JSON."""
        if (
            literal_type.WhichOneof("type") != "simple"
            or literal_type.simple != idl.SimpleType.STRUCT
            or _names.PROTOBUF_CLASS not in literal_type.metadata.fields
        ):
            return None
        found = loaded_class(literal_type.metadata.fields[_names.PROTOBUF_CLASS].string_value)
        return found if found is not None and idl.Message in found.__mro__ and found is not idl.Message else dict


def _encode_json(value: Any, into: idl.Literal) -> None:
    match value:
        case None:
            into.scalar.none_type.SetInParent()
        case bool():
            into.scalar.primitive.boolean = value
        case int() | float():
            into.scalar.primitive.float_value = value
        case str():
            into.scalar.primitive.string_value = value
        case list():
            into.collection.SetInParent()
            for item in value:
                _encode_json(item, into.collection.literals.add())
        case _:
            idl.fill_struct(into.scalar.generic, value)


def _decode_json(literal: idl.Literal) -> Any:
    if literal.WhichOneof("value") == "collection":
        return [_decode_json(item) for item in literal.collection.literals]
    match literal.scalar.WhichOneof("value"):
        case "primitive":
            primitive = literal.scalar.primitive
            return getattr(primitive, primitive.WhichOneof("value") or "integer")
        case "generic":
            return idl.read_struct(literal.scalar.generic)
        case _:
            return None


def register(registry: Registry) -> None:
    """Every generated class, by its MRO."""
    registry.register(MessageTransformer(), idl.Message)
