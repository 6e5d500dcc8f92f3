"""Neutral values (docs/conformance.md), from and to Python's, and from and to Flyte's messages.

Messages are used by the names of their fields only: the classes of `flyteidl` do as well as those of `flytetypes.idl`.
"""

from __future__ import annotations

import base64
import datetime as dt
import enum
import json
import math
import re
from collections.abc import Callable
from typing import Any

from serve import Refused, Unsupported

ZONE, WALL, VARIANT, HINTS = "flytetypes.zone", "flytetypes.wall", "flytetypes.variant", "flytetypes.hints"

_STRUCT = 9  # SimpleType.STRUCT
_NO_NUMBER = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-0": -0.0}
_OFFSET = re.compile(r"[+-]\d\d:[\d:.]+$")
_DURATION = re.compile(r"(-?)(\d+)(?:\.(\d{3}|\d{6}|\d{9}))?s")

Decode = Callable[[Any, Any], Any]
"""A Literal and its LiteralType to a Python value; raises `Refused`."""


# --- Python's values --------------------------------------------------------------------------------------------------


def neutral(value: Any) -> Any:
    """A Python value, or a tree of plain ones, in the neutral form."""
    match value:
        case enum.Enum():
            return neutral(value.value)
        case None | bool() | str():
            return value
        case int():
            return {"int": str(value)}
        case float():
            return _float(value)
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case dt.datetime():
            return _datetime(value)
        case dt.date():  # on the wire the start of the day in UTC
            return _datetime(dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC))
        case dt.timedelta():
            return {"duration": _duration(value)}
        case list() | tuple():
            return [neutral(item) for item in value]
        case dict():
            return {"map": [[neutral(key), neutral(item)] for key, item in value.items()]}
        case _ if hasattr(value, "failed_node_id"):
            return {"error": {"message": value.message, "node": value.failed_node_id}}
        case _:
            raise Unsupported(f"no neutral form for a value of {type(value).__name__}")


def tree_of(value: Any) -> Any:
    """The Python value of a neutral one that stands in a tree."""
    match value:
        case None | bool() | str():
            return value
        case int() | float():
            return float(value)
        case list():
            return [tree_of(item) for item in value]
        case {"int": str(text)}:
            return int(text)
        case {"float": str(text)}:
            return _NO_NUMBER[text]
        case {"bytes": str(text)}:
            return base64.b64decode(text)
        case {"map": list(entries)}:
            return {tree_of(key): tree_of(item) for key, item in entries}
        case _:
            raise Refused(f"{json.dumps(value)} is nothing that stands in a struct")


def _float(value: float) -> Any:
    if math.isfinite(value) and not (value == 0 and math.copysign(1, value) < 0):
        return value
    return {"float": "nan" if math.isnan(value) else "-0" if value == 0 else "inf" if value > 0 else "-inf"}


def _datetime(value: dt.datetime) -> dict[str, str]:
    wall = value.replace(tzinfo=None)
    if value.tzinfo is None:
        return {"datetime": f"{_iso(wall)}Z", "zone": "naive"}
    instant = value.astimezone(dt.UTC)
    told = {"datetime": f"{_iso(instant.replace(tzinfo=None))}Z"}
    if value.tzinfo is not dt.UTC:
        told["zone"] = getattr(value.tzinfo, "key", None) or _OFFSET.findall(value.isoformat())[0]
        if instant.astimezone(value.tzinfo).replace(tzinfo=None, fold=0) != wall.replace(fold=0):
            told["wall"] = _iso(wall)
    return told


def _iso(value: dt.datetime) -> str:
    text = value.isoformat()
    return text.removesuffix("000") if "." in text else text


def _duration(value: dt.timedelta) -> str:
    microseconds = value // dt.timedelta(microseconds=1)
    seconds, rest = divmod(abs(microseconds), 1_000_000)
    fraction = f".{rest:06}".removesuffix("000") if rest else ""
    return f"{'-' if microseconds < 0 else ''}{seconds}{fraction}s"


# --- reading messages -------------------------------------------------------------------------------------------------


def read(literal: Any, literal_type: Any, decode: Decode, *, hints: bool) -> Any:
    """What a literal holds, in the neutral form: containers from the message, the rest by the implementation.

    Args:
        literal: A Literal.
        literal_type: Its declared type.
        decode: How the implementation reads; of a union it is asked too, only to refuse.
        hints: Whether the implementation knows `flytetypes.hints`.
    """
    kind, held = literal_type.WhichOneof("type"), literal.WhichOneof("value")
    if kind == "collection_type" and held == "collection":
        items = literal.collection.literals
        return [read(item, literal_type.collection_type, decode, hints=hints) for item in items]
    if kind == "map_value_type" and held == "map":
        items = sorted(literal.map.literals.items())
        return {"map": [[key, read(item, literal_type.map_value_type, decode, hints=hints)] for key, item in items]}
    value = decode(literal, literal_type)
    if kind == "union_type":
        if literal.scalar.WhichOneof("value") != "union":
            raise Unsupported("which variant a value without a tag is of")
        variants = literal_type.union_type.variants
        index = _variant(literal, list(variants))
        inner = read(literal.scalar.union.value, variants[index], decode, hints=hints)
        return {"union": {"variant": index, "value": inner}}
    if kind == "simple" and literal_type.simple == _STRUCT:
        told = {"hints": json.loads(literal.metadata[HINTS])} if hints and HINTS in literal.metadata else {}
        # A `generic` has no order of its own, and every runtime another one.
        in_order = literal.scalar.WhichOneof("value") == "generic"
        return {"struct": _ascending(neutral(value)) if in_order else neutral(value), **told}
    match literal.scalar.WhichOneof("value"):
        case "blob":
            blob = literal.scalar.blob
            parts = "many" if blob.metadata.type.dimensionality else "one"
            return {"blob": {"uri": blob.uri, "format": blob.metadata.type.format, "parts": parts}}
        case "structured_dataset":
            dataset = literal.scalar.structured_dataset
            return {"dataset": {"uri": dataset.uri, "format": dataset.metadata.structured_dataset_type.format}}
        case "schema":
            return {"schema": {"uri": literal.scalar.schema.uri}}
        case _:
            return neutral(value)


def _ascending(tree: Any) -> Any:
    match tree:
        case {"map": entries}:
            return {"map": sorted(([key, _ascending(item)] for key, item in entries), key=json.dumps)}
        case list():
            return [_ascending(item) for item in tree]
        case _:
            return tree


def _variant(literal: Any, variants: list[Any]) -> int:
    """The position of the variant that a tagged value is of: by the stored type, then by the tag."""
    stored = literal.scalar.union.type
    found = [index for index, variant in enumerate(variants) if variant == stored]
    if len(found) > 1 and literal.metadata.get(VARIANT) in map(str, found):
        return int(literal.metadata[VARIANT])
    tag = stored.structure.tag
    found = found or [index for index, variant in enumerate(variants) if variant.structure.tag == tag]
    if not found:
        raise Refused(f"no variant has the tag {tag!r}")
    return found[0]


# --- writing messages -------------------------------------------------------------------------------------------------


def write(value: Any, literal_type: Any, into: Any, pack: Callable[[Any], bytes]) -> None:
    """Fill a Literal from a neutral value; whether that fits its type is for the implementation to say.

    Args:
        value: In the neutral form.
        literal_type: The declared type.
        into: An empty Literal.
        pack: A tree to msgpack.
    """
    match value, literal_type.WhichOneof("type"):
        case list(), "collection_type":
            into.collection.SetInParent()
            for item in value:
                write(item, literal_type.collection_type, into.collection.literals.add(), pack)
        case {"map": list(entries)}, "map_value_type":
            into.map.SetInParent()
            for key, item in entries:
                write(item, literal_type.map_value_type, into.map.literals[key], pack)
        case {"union": {"variant": int(index), "value": inner}}, "union_type":
            variants = list(literal_type.union_type.variants)
            into.scalar.union.type.CopyFrom(variants[index])
            write(inner, variants[index], into.scalar.union.value, pack)
            if variants.count(variants[index]) > 1:
                into.metadata[VARIANT] = str(index)
        case {"struct": tree}, "simple":
            if "pb_type" in literal_type.metadata.fields:
                into.scalar.generic.update(tree_of(tree))
            else:
                into.scalar.binary.value = pack(tree_of(tree))
                into.scalar.binary.tag = "msgpack"
            if "hints" in value:
                into.metadata[HINTS] = json.dumps(value["hints"], ensure_ascii=False, sort_keys=True)
        case {"dataset": {"uri": uri, "format": text}}, "structured_dataset_type":
            into.scalar.structured_dataset.uri = uri
            told = into.scalar.structured_dataset.metadata.structured_dataset_type
            told.CopyFrom(literal_type.structured_dataset_type)
            told.format = text
        case _:
            _write_scalar(value, into)


def _write_scalar(value: Any, into: Any) -> None:
    primitive = into.scalar.primitive
    match value:
        case None:
            into.scalar.none_type.SetInParent()
        case bool():
            primitive.boolean = value
        case str():
            primitive.string_value = value
        case int() | float() | {"float": _}:
            primitive.float_value = tree_of(value)
        case {"int": _}:
            primitive.integer = tree_of(value)
        case {"datetime": str(text), **more}:
            primitive.datetime.FromJsonString(text)
            primitive.datetime.SetInParent()
            for key, fact in more.items():
                into.metadata[f"flytetypes.{key}"] = fact
        case {"duration": str(text)} if found := _DURATION.fullmatch(text):
            sign = -1 if found[1] else 1
            primitive.duration.SetInParent()
            primitive.duration.seconds = sign * int(found[2])
            primitive.duration.nanos = sign * int((found[3] or "0").ljust(9, "0"))
        case {"bytes": str()}:
            into.scalar.binary.value = tree_of(value)
        case {"error": {"message": message, "node": node}}:
            into.scalar.error.message = message
            into.scalar.error.failed_node_id = node
        case {"blob": {"uri": uri, "format": text, "parts": parts}}:
            into.scalar.blob.uri = uri
            into.scalar.blob.metadata.type.format = text
            into.scalar.blob.metadata.type.dimensionality = 1 if parts == "many" else 0
        case _:
            raise Refused(f"{json.dumps(value)} is no neutral value of this type")
