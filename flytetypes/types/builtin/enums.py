"""Enums: a string on the wire, one of a closed set; inside structs the member's value, whatever plain thing it is."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._plain import Dumping, Loading, PlainCodec, dump_native, exact_integer, json_value
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._tree import read_tree

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_PLAIN_VALUES = (str, int, float, bool, bytes, type(None))


class EnumTransformer(TypeTransformer[enum.Enum]):
    """Classes derived from `enum.Enum` whose values are strings."""

    name = _names.ENUM

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[enum.Enum]:
        """The values in order of definition; aliases count once."""
        cls: type[enum.Enum] = annotation.origin
        values = _values(cls)
        if not all(isinstance(value, str) for value in values):
            wrong = next(member for member in cls if not isinstance(member.value, str))
            raise AnnotationError(
                f"`{annotation.source}` has the member {wrong.name} with the value {wrong.value!r}: an enum on Flyte's "
                "wire has strings. Give its members strings, or put it into a dataclass"
            )
        codec = self.compile_plain(annotation, engine)
        expected = f"`{annotation.source}`"
        by_value = {str.__str__(member.value): member for member in cls}

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            if type(value) is cls:
                into.scalar.primitive.string_value = str.__str__(value.value)
            elif type(value) is str and value in by_value:
                into.scalar.primitive.string_value = value
            else:
                raise ConversionError(_one_of(expected, values), value)

        def decode(literal: idl.Literal, inbox: Inbox) -> enum.Enum:
            literal = inbox.open(literal)
            primitive = literal.scalar.primitive
            if primitive.WhichOneof("value") == "string_value":
                member = by_value.get(primitive.string_value)
                if member is None:
                    raise ConversionError(_one_of(expected, values), primitive.string_value)
                return member
            if literal.scalar.WhichOneof("value") != "binary":
                raise ConversionError(expected, got=f"the literal {idl.render_literal(literal)}")
            tree, loading = read_tree(literal, inbox, expected)
            return codec.load(tree, loading)

        return Converter(
            annotation,
            self.name,
            literal_type=enum_type(list(by_value)),
            encode=encode,
            decode=decode,
            engine=engine,
            classes=(cls,),
            plain=codec,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[enum.Enum]:
        """The member's value."""
        cls: type[enum.Enum] = annotation.origin
        values = _values(cls)
        for member in cls:
            if not isinstance(member.value, _PLAIN_VALUES):
                raise AnnotationError(
                    f"`{annotation.source}` has the member {member.name} with the value {member.value!r}, "
                    "which has no form inside a struct"
                )
        expected = f"`{annotation.source}`"
        natives = {member: _native(member.value) for member in cls}
        for native in natives.values():
            _check_value(annotation, native)
        members = {_key(native): member for member, native in reversed(natives.items())}
        in_json = {_key(json_value(native)): member for member, native in reversed(natives.items())}
        # Members of a Flag combine to values that are not among its members.
        combines = issubclass(cls, enum.Flag)

        def dump(value: enum.Enum, dumping: Dumping) -> Any:
            if type(value) is not cls:
                raise ConversionError(expected, value)
            return value.value if combines else natives[value]

        def load(tree: Any, loading: Loading) -> enum.Enum:
            tree = exact_integer(tree, loading)
            member = members.get(_key(tree)) if isinstance(tree, _PLAIN_VALUES) else None
            if member is None and loading.from_json and isinstance(tree, (str, float)):
                member = in_json.get(_key(tree))
            if member is None and combines and type(tree) in (int, float) and float(tree).is_integer():
                member = _combined(cls, int(tree))
            if member is None:
                raise ConversionError(_one_of(expected, values), tree)
            return member

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=lambda _: {"enum": [_native(value) for value in values]},
            classes=(cls,),
            natives={type(native) for native in natives.values()},
            loads={type(json_value(native)) for native in natives.values()},
        )

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """As for a value of its own; left out when its values are no strings."""
        if not all(isinstance(value, str) for value in _values(annotation.origin)):
            return None
        return super().field_type(annotation, engine, typing)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """A new enum; each member is called as its value."""
        if literal_type.WhichOneof("type") != "enum_type":
            return None
        values = list(literal_type.enum_type.values)
        return enum.Enum("DynamicEnum", [(value, value) for value in values])


def _combined(cls: type[enum.Enum], number: int) -> enum.Enum | None:
    try:
        return cls(number)
    except ValueError:  # a bit that belongs to no member
        return None


def enum_type(values: list[str]) -> idl.LiteralType:
    """The LiteralType of one of these strings."""
    literal_type = idl.LiteralType()
    literal_type.enum_type.values.extend(values)
    return literal_type


def _check_value(annotation: Annotation, value: Any) -> None:
    try:
        dump_native(value, Dumping(Outbox()))
    except ConversionError as error:
        raise AnnotationError(f"`{annotation.source}` has a value that cannot be written: {error.summary}") from None


def _values(cls: type[enum.Enum]) -> list[Any]:
    values = [member.value for member in cls]
    if not values:
        raise AnnotationError(f"`{cls.__qualname__}` has no members: no value could ever be of it")
    return values


def _native(value: Any) -> Any:
    # A `class Level(str, Enum)` may have values that are a class derived from str.
    cls: Any
    for cls in (str, bool, int, float, bytes):
        if isinstance(value, cls):
            return cls(value) if type(value) is not cls else value
    return value


def _key(value: Any) -> tuple[type, Any]:
    return type(value), value  # 1, 1.0 and True are equal, and different members


def _one_of(expected: str, values: list[Any]) -> str:
    shown = ", ".join(repr(value) for value in values[:6])
    return f"{expected} (one of {shown}{', ...' if len(values) > 6 else ''})"


def register(registry: Registry) -> None:
    """Every class derived from Enum, by its MRO: `str` and `int` do not serve subclasses."""
    registry.register(EnumTransformer(), enum.Enum)
