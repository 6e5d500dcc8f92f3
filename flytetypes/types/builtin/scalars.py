"""Small values that Flyte has no word for: bytes, complex numbers, ranges, times of day and time zones."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._forms import with_form
from flytetypes.types._plain import Dumping, Loading, PlainCodec, check_integer, decode_base64
from flytetypes.types._registry import Registry
from flytetypes.types._times import load_time, zone_hint
from flytetypes.types._tree import read_tree
from flytetypes.types.builtin.formed import FormTransformer, TextTransformer

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_OFFSET = re.compile(r"UTC(?:([+-])(\d\d):(\d\d))?")


class BytesTransformer(FormTransformer):
    """`bytes` and `bytearray`: a binary without a tag. flytekit writes no such type, so `bytes` needs no form."""

    def __init__(self, cls: type[Any]) -> None:
        self.name = cls.__name__  # type: ignore[misc]  # one class serves two names
        self.cls = cls

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """`scalar.binary`."""
        cls: Any = self.cls
        expected = f"`{annotation.source}`"
        codec = self.compile_plain(annotation, engine)
        literal_type = idl.LiteralType(simple=idl.SimpleType.BINARY)
        if cls is not bytes:
            literal_type = with_form(literal_type, self.name)

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            if type(value) is not cls:
                raise ConversionError(expected, value)
            into.scalar.binary.SetInParent()  # no bytes are still bytes
            into.scalar.binary.value = bytes(value)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            literal = inbox.open(literal)
            if literal.scalar.WhichOneof("value") == "binary" and not literal.scalar.binary.tag:
                return cls(literal.scalar.binary.value)
            tree, loading = read_tree(literal, inbox, expected)
            return codec.load(tree, loading)

        return Converter(
            annotation,
            self.name,
            literal_type=lambda _: literal_type,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=(cls,),
            plain=codec,
            tag=bytes.__name__,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """Bytes, which msgpack has."""
        cls: Any = self.cls
        expected = f"`{annotation.source}`"

        def dump(value: Any, dumping: Dumping) -> bytes:
            if type(value) is not cls:
                raise ConversionError(expected, value)
            return bytes(value)

        def load(tree: Any, loading: Loading) -> Any:
            if type(tree) is bytes:
                return cls(tree)
            if type(tree) is str:  # by a Struct, or by a writer that goes through JSON
                try:
                    return cls(decode_base64(tree))
                except ConversionError:
                    pass
            raise ConversionError(expected, tree)

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=lambda _: {"type": "string", "format": "base64"},
            classes=(cls,),
            natives=(bytes,),
            loads=(str,),
        )

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """`bytes` for every binary that has no form."""
        if self.cls is not bytes:
            return super().guess(literal_type, engine)
        is_binary = literal_type.WhichOneof("type") == "simple" and literal_type.simple == idl.SimpleType.BINARY
        return bytes if is_binary else None


class ComplexTransformer(FormTransformer):
    """`complex`: a struct that is an array of the real and the imaginary part."""

    name = "complex"
    cls = complex

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """Two floats."""
        expected = f"`{annotation.source}`"

        def dump(value: complex, dumping: Dumping) -> list[float]:
            if type(value) is not complex:
                raise ConversionError(expected, value)
            return [value.real, value.imag]

        def load(tree: Any, loading: Loading) -> complex:
            if type(tree) is list and len(tree) == 2 and all(type(part) in (int, float) for part in tree):
                return complex(*tree)
            raise ConversionError(expected, tree)

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=lambda describing: describing.if_ours(
                {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
            ),
            classes=(complex,),
            natives=(list,),
        )


class RangeTransformer(FormTransformer):
    """`range`: a struct with `start`, `stop` and `step`."""

    name = "range"
    cls = range

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """Three integers by name."""
        expected = f"`{annotation.source}`"

        def dump(value: range, dumping: Dumping) -> dict[str, int]:
            if type(value) is not range:
                raise ConversionError(expected, value)
            return {name: check_integer(getattr(value, name)) for name in _RANGE}

        def load(tree: Any, loading: Loading) -> range:
            if type(tree) is dict and tree.keys() == _RANGE.keys() and tree["step"] != 0:
                parts = [_whole(tree[name]) for name in _RANGE]
                if None not in parts:
                    return range(*parts)
            raise ConversionError(expected, tree)

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=lambda describing: describing.if_ours(
                {
                    "type": "object",
                    "properties": {name: {"type": "integer"} for name in _RANGE},
                    "required": list(_RANGE),
                    "additionalProperties": False,
                }
            ),
            classes=(range,),
            natives=(dict,),
        )


_RANGE = dict.fromkeys(("start", "stop", "step"))


def _whole(number: Any) -> Any:
    """An integer, also as the double that a Struct has for it; None for anything else."""
    if type(number) is float and number.is_integer():
        return int(number)
    return number if type(number) is int else None


class TimeTransformer(FormTransformer):
    """`datetime.time`: a string in ISO 8601; the name of its zone in the metadata, as for datetimes."""

    name = "time"
    cls = dt.time

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A string."""
        codec = self.compile_plain(annotation, engine)
        literal_type = with_form(idl.LiteralType(simple=idl.SimpleType.STRING), self.name)

        def encode(value: dt.time, into: idl.Literal, out: Outbox) -> None:
            if type(value) is not dt.time:
                raise ConversionError("`time`", value)
            into.scalar.primitive.string_value = value.isoformat()
            if value.tzinfo is not None and (zone := zone_hint(value)) is not None:
                into.metadata[_names.ZONE] = zone

        def decode(literal: idl.Literal, inbox: Inbox) -> dt.time:
            literal = inbox.open(literal)
            primitive = literal.scalar.primitive
            if primitive.WhichOneof("value") == "string_value":
                return load_time(primitive.string_value, literal.metadata.get(_names.ZONE))
            tree, loading = read_tree(literal, inbox, "`time`")
            return load_time(tree, loading.hint() if loading.hints else None)

        return Converter(
            annotation,
            self.name,
            literal_type=lambda _: literal_type,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=(dt.time,),
            plain=codec,
            tag=_names.STR,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """ISO 8601; the name of the zone in a hint."""

        def dump(value: dt.time, dumping: Dumping) -> str:
            if type(value) is not dt.time:
                raise ConversionError("`time`", value)
            hint = zone_hint(value)
            if hint is not None:
                dumping.hint(hint)
            return value.isoformat()

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=lambda tree, loading: load_time(tree, loading.hint() if loading.hints else None),
            describe=lambda _: {"type": "string", "format": "time"},
            classes=(dt.time,),
            natives=(str,),
            hinted=True,
        )


def _load_timezone(text: str) -> dt.timezone:
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError(text)
    sign, hours, minutes = match.groups()
    offset = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return dt.timezone(-offset if sign == "-" else offset)


def _dump_timezone(zone: dt.timezone) -> str:
    text = str(dt.timezone(zone.utcoffset(None)))
    if _OFFSET.fullmatch(text) is None:
        raise ConversionError("`timezone` of whole minutes", zone)
    return text


def register(registry: Registry) -> None:
    """Each serves its own class."""
    for transformer, cls in (
        (BytesTransformer(bytes), bytes),
        (BytesTransformer(bytearray), bytearray),
        (ComplexTransformer(), complex),
        (RangeTransformer(), range),
        (TimeTransformer(), dt.time),
        (
            TextTransformer(
                "timezone",
                dt.timezone,
                {"pattern": "^UTC([+-][0-2][0-9]:[0-5][0-9])?$"},
                _load_timezone,
                _dump_timezone,
            ),
            dt.timezone,
        ),
    ):
        registry.register(transformer, cls, subclasses=False)
