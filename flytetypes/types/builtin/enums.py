"""Enums: a string on the wire, one of a closed set; with other values, and inside structs, the value itself."""

from __future__ import annotations

import base64
import enum
import json
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._forms import class_path, form_of, loaded_class, represented, with_form
from flytetypes.types._guessed import MODULE
from flytetypes.types._plain import Dumping, Loading, PlainCodec, dump_native, exact_integer, json_value
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._tree import read_tree
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_PLAIN_VALUES = (str, int, float, bool, bytes, type(None))


class EnumTransformer(TypeTransformer[enum.Enum]):
    """Classes derived from `enum.Enum` whose values are plain."""

    name = _names.ENUM

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[enum.Enum]:
        """The values in order of definition; aliases count once."""
        cls: type[enum.Enum] = annotation.origin
        values = _values(cls)
        codec = self.compile_plain(annotation, engine)
        if not all(isinstance(value, str) for value in values):
            return _of_plain_values(annotation, codec, engine)
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
            describe=lambda _: {"enum": [json_value(v) if type(v) is bytes else v for v in map(_native, values)]},
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
        """A new enum; each member is called as its value. One of other values than text has a form that tells it."""
        form = form_of(literal_type)
        if form is not None:
            return _of_form(form) if form["name"] == self.name else None
        if literal_type.WhichOneof("type") != "enum_type":
            return None
        return engine.guesses.enum("DynamicEnum", tuple(literal_type.enum_type.values))


def _of_plain_values(annotation: Annotation, codec: PlainCodec[Any], engine: TypeEngine) -> Converter[Any]:
    """The converter of an enum whose values are not all strings: what these are, if they are of one class."""
    cls: type[enum.Enum] = annotation.origin
    facts = {
        "class": class_path(cls),
        "base": next(base.__name__ for base in cls.__mro__ if base.__module__ == "enum"),
        "members": [[member.name, _text_of(member.value)] for member in cls],
    }
    kinds = {type(_native(member.value)) for member in cls}
    (kind,) = kinds if len(kinds) == 1 else (None,)
    if kind not in (int, float, bool):
        return struct_converter(
            annotation,
            _names.ENUM,
            codec,
            lambda _: with_form(_names.struct_type(), _names.ENUM, **facts),
            engine,
            tag=_names.DICT,
        )
    base = engine.converter(kind)
    out, inbox = Dumping(Outbox(old_format=False)), Loading(Inbox())
    return represented(
        annotation,
        _names.ENUM,
        base,
        dump=lambda member: codec.dump(member, out),
        load=lambda value: codec.load(value, inbox),
        classes=(cls,),
        literal_type=lambda typing: with_form(base.type_within(typing), _names.ENUM, **facts),
        plain=codec,
    )


def _of_form(form: dict[str, Any]) -> Any | None:
    """The enum that a form names if it is loaded, else one with the same members; None where it says too little."""
    path, members = form.get("class"), form.get("members")
    base = getattr(enum, str(form.get("base")), None)
    if not isinstance(path, str) or not isinstance(members, list) or base not in _BASES:
        return None
    loaded = loaded_class(path)
    if loaded is not None and issubclass(loaded, enum.Enum):
        return loaded
    try:
        pairs = [(str(name), _value_of(text)) for name, text in members]
        return base(path.rpartition(".")[2], pairs, module=MODULE)
    except (ValueError, TypeError, RecursionError):
        return None


_BASES = (enum.Enum, enum.IntEnum, enum.Flag, enum.IntFlag, enum.StrEnum, enum.ReprEnum)


def _text_of(value: Any) -> str:
    """A member's value in a form: JSON, which keeps 1, 1.0 and true apart; bytes in base64."""
    native = _native(value)
    return json.dumps({"bytes": base64.b64encode(native).decode()} if type(native) is bytes else native)


def _value_of(text: Any) -> Any:
    value = json.loads(text)
    return base64.b64decode(value["bytes"]) if isinstance(value, dict) else value


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
