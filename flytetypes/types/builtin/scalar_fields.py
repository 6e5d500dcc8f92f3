"""Small values that exist inside structs only: bytes, complex numbers, times of day and time zones."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from typing import Any

from flytetypes.errors import ConversionError
from flytetypes.types._plain import Dumping, Loading, PlainCodec, Undescribable
from flytetypes.types._registry import Registry
from flytetypes.types._times import load_time, zone_hint
from flytetypes.types.builtin.fields import ClassTransformer, TextTransformer

_OFFSET = re.compile(r"UTC(?:([+-])(\d\d):(\d\d))?")


def _bytes(cls: type[Any]) -> ClassTransformer:
    def codec(source: str) -> PlainCodec[Any]:
        def dump(value: Any, dumping: Dumping) -> bytes:
            if type(value) is not cls:
                raise ConversionError(f"`{source}`", value)
            return bytes(value)

        def load(tree: Any, loading: Loading) -> Any:
            if type(tree) is bytes:
                return cls(tree)
            if type(tree) is str:  # by a Struct, or by a writer that goes through JSON
                try:
                    return cls(base64.b64decode("".join(tree.split()), validate=True))
                except (binascii.Error, ValueError):
                    pass
            raise ConversionError(f"`{source}`", tree)

        return PlainCodec(
            source,
            cls.__name__,
            dump=dump,
            load=load,
            describe=lambda _: {"type": "string", "format": "base64"},
            classes=(cls,),
            natives=(bytes,),
            loads=(str,),
        )

    return ClassTransformer(cls.__name__, codec)


def _complex(source: str) -> PlainCodec[complex]:
    def dump(value: complex, dumping: Dumping) -> list[float]:
        if type(value) is not complex:
            raise ConversionError(f"`{source}`", value)
        return [value.real, value.imag]

    def load(tree: Any, loading: Loading) -> complex:
        if type(tree) is list and len(tree) == 2 and all(type(part) in (int, float) for part in tree):
            return complex(*tree)
        raise ConversionError(f"`{source}`", tree)

    def describe(_: Any) -> Any:
        raise Undescribable  # flytekit knows no form for it, so its class has no schema there

    return PlainCodec(source, "complex", dump=dump, load=load, describe=describe, classes=(complex,), natives=(list,))


def _time(source: str) -> PlainCodec[dt.time]:
    def dump(value: dt.time, dumping: Dumping) -> str:
        if type(value) is not dt.time:
            raise ConversionError(f"`{source}`", value)
        hint = zone_hint(value)
        if hint is not None:
            dumping.hint(hint)
        return value.isoformat()

    return PlainCodec(
        source,
        "time",
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
    for cls in (bytes, bytearray):
        registry.register(_bytes(cls), cls, subclasses=False)
    registry.register(ClassTransformer("complex", _complex), complex, subclasses=False)
    registry.register(ClassTransformer("time", _time), dt.time, subclasses=False)
    schema = {"pattern": "^UTC([+-][0-2][0-9]:[0-5][0-9])?$"}
    timezone = TextTransformer("timezone", (dt.timezone,), schema, _load_timezone, _dump_timezone)
    registry.register(timezone, dt.timezone, subclasses=False)
