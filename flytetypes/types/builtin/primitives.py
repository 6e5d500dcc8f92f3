"""The eight simple types: int, float, str, bool, datetime, date, timedelta and None.

`INT` is the pattern: what it accepts, what it writes, what it reads. A class of its own is not needed for any of them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Bulk, Converter
from flytetypes.types._plain import (
    NOT_IN_JSON,
    Dumping,
    Loading,
    PlainCodec,
    check_integer,
    check_text,
    exact_integer,
    scalar_of_numpy,
)
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._times import (
    dump_timedelta,
    fill_datetime,
    fill_duration,
    load_date,
    load_datetime,
    load_timedelta,
    midnight,
    read_datetime,
    read_duration,
    zone_hint,
)
from flytetypes.types._tree import read_tree

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

T = TypeVar("T")

_INT64 = range(-(2**63), 2**63)
# What reading an untagged value may take for another class, as flytekit's reader does inside structs.
_NUMBERS = (int, float, bool, str)


class PrimitiveTransformer(TypeTransformer[T], Generic[T]):
    """One simple type. The parts are functions, so that a converter calls them without a detour.

    Args:
        name: The tag in unions.
        cls: The exact class of the values.
        simple: The type on the wire.
        encode: Fills a literal from a value.
        native: Reads the literal's own form; None when it has another one.
        plain: The form inside a struct.
        exact_msgpack: Whether a bare msgpack value must have exactly the class, as for attributes of promises.
        bulk: How lists of it are converted at once.
        levels: How deep its messages nest: Literal, Scalar, Primitive, and Timestamp or Duration.
    """

    def __init__(
        self,
        name: str,
        cls: type[T],
        simple: idl.SimpleType,
        *,
        encode: Callable[[T, idl.Literal, Outbox], None],
        native: Callable[[idl.Literal], tuple[T] | None],
        plain: PlainCodec[T],
        exact_msgpack: bool = True,
        bulk: Bulk[T] | None = None,
        decode: Callable[[idl.Literal, Inbox], T] | None = None,
        levels: int = 3,
    ) -> None:
        self.name = name  # type: ignore[misc]  # one class serves eight names
        self.cls = cls
        self.simple = simple
        self._encode = encode
        self._native = native
        self._plain = plain
        self._exact_msgpack = exact_msgpack
        self._bulk = bulk
        self._decode = decode
        self._levels = levels

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[T]:
        """The converter; the same functions for every engine."""
        return Converter(
            annotation,
            self.name,
            literal_type=idl.LiteralType(simple=self.simple),
            encode=self._encode,
            decode=self._decode or self.decode_any,
            engine=engine,
            classes=(self.cls,),
            plain=self._plain,
            bulk=self._bulk,
            levels=self._levels,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[T]:
        """The form inside a struct."""
        return self._plain

    def decode_any(self, literal: idl.Literal, inbox: Inbox) -> T:
        """The value in any form that may hold one: native, offloaded, or a bare msgpack value."""
        literal = inbox.open(literal)
        found = self._native(literal)
        if found is not None:
            return found[0]
        expected = f"`{self._plain.source}`"
        if literal.scalar.WhichOneof("value") != "binary":
            raise ConversionError(expected, got=f"the literal {idl.render_literal(literal)}")
        tree, loading = read_tree(literal, inbox, expected)
        if self._exact_msgpack and type(tree) is not self.cls:
            raise ConversionError(expected, tree)
        return self._plain.load(tree, loading)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The class, for its simple type. `date` shares DATETIME and is only guessed where a tag names it."""
        if literal_type.WhichOneof("type") != "simple" or literal_type.simple != self.simple:
            return None
        return self.cls if self.name != _names.DATE or literal_type.structure.tag == _names.DATE else None


# --- int --------------------------------------------------------------------------------------------------------------


def _accept_int(value: Any) -> int:
    if type(value) is not int:  # `False` is an int in Python and a boolean in Flyte
        number = scalar_of_numpy(value)
        if type(number) is not int:
            raise ConversionError("`int`", value)
        value = number
    if value not in _INT64:
        raise ConversionError("`int` of 64 bits", value)
    accepted: int = value
    return accepted


def _encode_int(value: int, into: idl.Literal, out: Outbox) -> None:
    if type(value) is not int:
        value = _accept_int(value)
    try:
        into.scalar.primitive.integer = value
    except ValueError:
        raise ConversionError("`int` of 64 bits", value) from None


def _decode_int(literal: idl.Literal, inbox: Inbox) -> int:
    primitive = literal.scalar.primitive
    if primitive.WhichOneof("value") == "integer":
        return primitive.integer
    return INT.decode_any(literal, inbox)


def _native_int(literal: idl.Literal) -> tuple[int] | None:
    primitive = literal.scalar.primitive
    match primitive.WhichOneof("value"):
        case "integer":
            return (primitive.integer,)
        case "float_value":  # a console or an older SDK wrote a whole number so
            return (_whole(primitive.float_value),)
        case _:
            return None


def _whole(number: float) -> int:
    if not number.is_integer():  # False for infinities and NaN too
        raise ConversionError("`int`", number, reason="the fraction would be lost")
    return int(number)


def _dump_int(value: int, dumping: Dumping) -> int:
    if type(value) is not int:
        number = scalar_of_numpy(value)
        if type(number) is not int:
            raise ConversionError("`int`", value)
        value = number
    if not -0x8000_0000_0000_0000 <= value <= 0xFFFF_FFFF_FFFF_FFFF:
        check_integer(value)
    return value


def _load_int(tree: Any, loading: Loading) -> int:
    if type(tree) is int:
        return tree
    if type(tree) is float:
        exact = exact_integer(tree, loading)
        return exact if type(exact) is int else _whole(tree)
    if loading.strict:
        raise ConversionError("`int`", tree)
    if type(tree) is bool:
        return int(tree)
    if type(tree) is str and len(tree) <= 20:
        try:
            return int(tree)
        except ValueError:
            pass
    raise ConversionError("`int`", tree)


INT: PrimitiveTransformer[int] = PrimitiveTransformer(
    _names.INT,
    int,
    idl.SimpleType.INTEGER,
    encode=_encode_int,
    decode=_decode_int,
    native=_native_int,
    plain=PlainCodec(
        "int",
        _names.INT,
        dump=_dump_int,
        load=_load_int,
        describe=lambda _: {"type": "integer"},
        classes=(int,),
        natives=(int,),
        loads=_NUMBERS,
    ),
    bulk=Bulk(int, _accept_int, idl.INTEGERS),
)

# --- float ------------------------------------------------------------------------------------------------------------


def _accept_float(value: Any) -> float:
    if type(value) is float:
        return value
    number = scalar_of_numpy(value)
    if type(number) is int:
        try:
            exact = float(number)
        except OverflowError:
            exact = math.inf
        if exact != number:
            raise ConversionError("`float`", value, reason="no float is equal to it")
        return exact
    if type(number) is float:
        return number
    raise ConversionError("`float`", value)


def _encode_float(value: float, into: idl.Literal, out: Outbox) -> None:
    into.scalar.primitive.float_value = value if type(value) is float else _accept_float(value)


def _decode_float(literal: idl.Literal, inbox: Inbox) -> float:
    primitive = literal.scalar.primitive
    if primitive.WhichOneof("value") == "float_value":
        return primitive.float_value
    return FLOAT.decode_any(literal, inbox)


def _native_float(literal: idl.Literal) -> tuple[float] | None:
    primitive = literal.scalar.primitive
    match primitive.WhichOneof("value"):
        case "float_value":
            return (primitive.float_value,)
        case "integer":  # as flytekit reads it: beyond 2**53 the nearest float
            return (float(primitive.integer),)
        case _:
            return None


def _dump_float(value: float, dumping: Dumping) -> float:
    if type(value) is float:
        return value
    exact = _accept_float(value)
    # An int travels as it is: shorter, and as flytekit writes it.
    return check_integer(value) if type(value) is int else exact


def _load_float(tree: Any, loading: Loading) -> float:
    if type(tree) is float:
        return tree
    if type(tree) is int or (type(tree) in (bool, str) and not loading.strict):
        try:
            return float(tree)
        except (ValueError, OverflowError):
            pass
    if tree is None and loading.hints and (number := NOT_IN_JSON.get(loading.hint() or "")) is not None:
        return number  # a model wrote it
    raise ConversionError("`float`", tree)


FLOAT: PrimitiveTransformer[float] = PrimitiveTransformer(
    _names.FLOAT,
    float,
    idl.SimpleType.FLOAT,
    encode=_encode_float,
    decode=_decode_float,
    native=_native_float,
    plain=PlainCodec(
        "float",
        _names.FLOAT,
        dump=_dump_float,
        load=_load_float,
        describe=lambda _: {"type": "number"},
        classes=(float,),
        natives=(float, int),
        loads=_NUMBERS,
    ),
    bulk=Bulk(float, _accept_float, idl.FLOATS),
)

# --- str --------------------------------------------------------------------------------------------------------------


def _accept_str(value: Any) -> str:
    if type(value) is not str:
        text = scalar_of_numpy(value)
        if type(text) is not str:
            raise ConversionError("`str`", value)
        value = text
    return check_text(value)


def _encode_str(value: str, into: idl.Literal, out: Outbox) -> None:
    if type(value) is not str:
        value = _accept_str(value)
    try:
        into.scalar.primitive.string_value = value
    except UnicodeEncodeError:
        check_text(value)


def _decode_str(literal: idl.Literal, inbox: Inbox) -> str:
    primitive = literal.scalar.primitive
    if primitive.WhichOneof("value") == "string_value":
        return primitive.string_value
    return STR.decode_any(literal, inbox)


def _native_str(literal: idl.Literal) -> tuple[str] | None:
    primitive = literal.scalar.primitive
    return (primitive.string_value,) if primitive.WhichOneof("value") == "string_value" else None


def _dump_str(value: str, dumping: Dumping) -> str:
    if type(value) is str and value.isascii():
        return value
    return _accept_str(value)


def _load_str(tree: Any, loading: Loading) -> str:
    if type(tree) is str:
        return tree
    if loading.strict:
        raise ConversionError("`str`", tree)
    return str(tree)  # as flytekit reads: whatever stands there, as text


STR: PrimitiveTransformer[str] = PrimitiveTransformer(
    _names.STR,
    str,
    idl.SimpleType.STRING,
    encode=_encode_str,
    decode=_decode_str,
    native=_native_str,
    plain=PlainCodec(
        "str",
        _names.STR,
        dump=_dump_str,
        load=_load_str,
        describe=lambda _: {"type": "string"},
        classes=(str,),
        natives=(str,),
        loads=(*_NUMBERS, bytes, list, dict, type(None)),
    ),
    bulk=Bulk(str, _accept_str, idl.STRINGS),
)

# --- bool -------------------------------------------------------------------------------------------------------------


def _accept_bool(value: Any) -> bool:
    if type(value) is not bool:
        truth = scalar_of_numpy(value)
        if type(truth) is not bool:
            raise ConversionError("`bool`", value)
        return truth
    return value


def _encode_bool(value: bool, into: idl.Literal, out: Outbox) -> None:
    into.scalar.primitive.boolean = value if type(value) is bool else _accept_bool(value)


def _native_bool(literal: idl.Literal) -> tuple[bool] | None:
    primitive = literal.scalar.primitive
    return (primitive.boolean,) if primitive.WhichOneof("value") == "boolean" else None


def _dump_bool(value: bool, dumping: Dumping) -> bool:
    return value if type(value) is bool else _accept_bool(value)


def _load_bool(tree: Any, loading: Loading) -> bool:
    if type(tree) is bool:
        return tree
    # Numbers and null by their truth, as flytekit reads them; a text such as "false" would come out True: refused.
    if type(tree) in (int, float, type(None)) and not loading.strict:
        return bool(tree)
    raise ConversionError("`bool`", tree)


BOOL: PrimitiveTransformer[bool] = PrimitiveTransformer(
    _names.BOOL,
    bool,
    idl.SimpleType.BOOLEAN,
    encode=_encode_bool,
    native=_native_bool,
    plain=PlainCodec(
        "bool",
        _names.BOOL,
        dump=_dump_bool,
        load=_load_bool,
        describe=lambda _: {"type": "boolean"},
        classes=(bool,),
        natives=(bool,),
        loads=(int, float, type(None)),
    ),
    bulk=Bulk(bool, _accept_bool, idl.BOOLEANS),
)

# --- None -------------------------------------------------------------------------------------------------------------


def _encode_none(value: None, into: idl.Literal, out: Outbox) -> None:
    if value is not None:
        raise ConversionError("`None`", value)
    into.scalar.none_type.SetInParent()


def _native_none(literal: idl.Literal) -> tuple[None] | None:
    return (None,) if literal.scalar.WhichOneof("value") == "none_type" else None


def _plain_none(value: None, _: Any) -> None:
    if value is not None:
        raise ConversionError("`None`", value)


NONE: PrimitiveTransformer[None] = PrimitiveTransformer(
    _names.NONE,
    type(None),
    idl.SimpleType.NONE,
    encode=_encode_none,
    native=_native_none,
    plain=PlainCodec(
        "None",
        _names.NONE,
        dump=_plain_none,
        load=_plain_none,
        describe=lambda _: {"type": "null"},
        classes=(type(None),),
        natives=(type(None),),
    ),
)

# --- datetime, date, timedelta ----------------------------------------------------------------------------------------


def _encode_datetime(value: dt.datetime, into: idl.Literal, out: Outbox) -> None:
    if type(value) is not dt.datetime:
        raise ConversionError("`datetime`", value)
    fill_datetime(value, into)


def _native_datetime(literal: idl.Literal) -> tuple[dt.datetime] | None:
    return (read_datetime(literal),) if literal.scalar.primitive.WhichOneof("value") == "datetime" else None


def _dump_datetime(value: dt.datetime, dumping: Dumping) -> str:
    if type(value) is not dt.datetime:
        raise ConversionError("`datetime`", value)
    hint = zone_hint(value)
    if hint is not None:
        dumping.hint(hint)
    return value.isoformat()


DATETIME: PrimitiveTransformer[dt.datetime] = PrimitiveTransformer(
    _names.DATETIME,
    dt.datetime,
    idl.SimpleType.DATETIME,
    encode=_encode_datetime,
    native=_native_datetime,
    levels=4,
    exact_msgpack=False,
    plain=PlainCodec(
        "datetime",
        _names.DATETIME,
        dump=_dump_datetime,
        load=lambda tree, loading: load_datetime(tree, loading.hint() if loading.hints else None),
        describe=lambda _: {"type": "string", "format": "date-time"},
        classes=(dt.datetime,),
        natives=(str,),
        hinted=True,
    ),
)


def _encode_date(value: dt.date, into: idl.Literal, out: Outbox) -> None:
    if type(value) is not dt.date:
        raise ConversionError("`date`", value)
    fill_datetime(midnight(value), into)


def _native_date(literal: idl.Literal) -> tuple[dt.date] | None:
    if literal.scalar.primitive.WhichOneof("value") != "datetime":
        return None
    # The UTC date, whatever zone the literal tells of.
    return (read_datetime(literal, zoned=False).date(),)


def _dump_date(value: dt.date, dumping: Dumping) -> str:
    if type(value) is not dt.date:
        raise ConversionError("`date`", value)
    return value.isoformat()


DATE: PrimitiveTransformer[dt.date] = PrimitiveTransformer(
    _names.DATE,
    dt.date,
    idl.SimpleType.DATETIME,
    encode=_encode_date,
    native=_native_date,
    levels=4,
    exact_msgpack=False,
    plain=PlainCodec(
        "date",
        _names.DATE,
        dump=_dump_date,
        load=lambda tree, _: load_date(tree),
        describe=lambda _: {"type": "string", "format": "date"},
        classes=(dt.date,),
        natives=(str,),
    ),
)


def _encode_timedelta(value: dt.timedelta, into: idl.Literal, out: Outbox) -> None:
    if type(value) is not dt.timedelta:
        raise ConversionError("`timedelta`", value)
    fill_duration(value, into.scalar.primitive.duration)


def _native_timedelta(literal: idl.Literal) -> tuple[dt.timedelta] | None:
    primitive = literal.scalar.primitive
    return (read_duration(primitive.duration),) if primitive.WhichOneof("value") == "duration" else None


def _dump_timedelta(value: dt.timedelta, dumping: Dumping) -> float:
    if type(value) is not dt.timedelta:
        raise ConversionError("`timedelta`", value)
    seconds, hint = dump_timedelta(value)
    if hint is not None:
        dumping.hint(hint)
    return seconds


TIMEDELTA: PrimitiveTransformer[dt.timedelta] = PrimitiveTransformer(
    _names.TIMEDELTA,
    dt.timedelta,
    idl.SimpleType.DURATION,
    encode=_encode_timedelta,
    native=_native_timedelta,
    levels=4,
    exact_msgpack=False,
    plain=PlainCodec(
        "timedelta",
        _names.TIMEDELTA,
        dump=_dump_timedelta,
        load=lambda tree, loading: load_timedelta(tree, loading.hint() if loading.hints else None),
        describe=lambda _: {"type": "number", "format": "time-delta"},
        classes=(dt.timedelta,),
        natives=(float,),
        loads=(int,),
        hinted=True,
    ),
)

PRIMITIVES: tuple[PrimitiveTransformer[Any], ...] = (INT, FLOAT, STR, DATETIME, DATE, TIMEDELTA, BOOL, NONE)


def register(registry: Registry) -> None:
    """Each serves its own class only: a subclass would come back as its parent."""
    for transformer in PRIMITIVES:
        registry.register(transformer, transformer.cls, subclasses=False)
