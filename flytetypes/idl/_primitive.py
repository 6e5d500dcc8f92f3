"""Primitives as Python values, without an annotation: for comparing them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flytetypes.idl._generated.literals_pb2 import Primitive

_START = datetime(1970, 1, 1, tzinfo=UTC)


def read_primitive(primitive: Primitive) -> int | float | str | bool | datetime | timedelta | None:
    """The value of a primitive: times in UTC, to the microsecond; None where it has none."""
    match primitive.WhichOneof("value"):
        case "datetime":
            moment = primitive.datetime
            return _START + timedelta(seconds=moment.seconds, microseconds=moment.nanos // 1000)
        case "duration":
            span = primitive.duration
            return timedelta(seconds=span.seconds, microseconds=span.nanos // 1000)
        case "integer":
            return primitive.integer
        case "float_value":
            return primitive.float_value
        case "string_value":
            return primitive.string_value
        case "boolean":
            return primitive.boolean
        case _:
            return None
