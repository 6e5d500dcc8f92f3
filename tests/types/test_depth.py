"""How deep literals nest: what is written can be read, and what could not be read is not written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import reduce
from typing import Any, Optional

import pytest

from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import FlyteError, Outbox, Pickled, TypeEngine

ENGINE = TypeEngine(prefix="memory://depth/")


@dataclass
class Inner:
    x: int


@dataclass
class Outer:
    one: Inner
    many: dict[str, list[Inner]]


INNERMOST: list[tuple[Any, Any]] = [
    (int, 5),
    (str, "a"),
    (dt.datetime, dt.datetime(2024, 1, 1)),
    (dt.timedelta, dt.timedelta(1)),
    (None, None),
    (FlyteError, FlyteError("", "")),
    (Pickled[Any], 5),
    (dict, {"a": {"b": [[1]]}}),
    (Inner, Inner(1)),
    (Optional[int], 5),
    (Optional[Outer], Outer(Inner(1), {})),
    (idl.Struct, idl.Struct()),
]


def nested(depth: int, kind: str, annotation: Any, value: Any) -> tuple[Any, Any]:
    if kind == "list":
        return reduce(lambda of, _: list[of], range(depth), annotation), reduce(lambda v, _: [v], range(depth), value)
    if kind == "dict":
        return (
            reduce(lambda of, _: dict[str, of], range(depth), annotation),
            reduce(lambda v, _: {"k": v}, range(depth), value),
        )
    of, inside = annotation, value
    for level in range(depth):
        of, inside = (Optional[list[of]], [inside]) if level % 2 else (dict[str, of], {"k": inside})
    return of, inside


@pytest.mark.parametrize(("annotation", "value"), INNERMOST, ids=[str(row[0]) for row in INNERMOST])
@pytest.mark.parametrize("kind", ["list", "dict", "mixed"])
def test_what_is_written_can_be_read_and_nothing_else_is_refused(kind: str, annotation: Any, value: Any) -> None:
    refused = 0
    for depth in range(20, 53):
        of, inside = nested(depth, kind, annotation, value)
        try:
            converter = ENGINE.converter(of)
        except AnnotationError as error:
            assert str(error).endswith("nests deeper than protobuf's parsers can read")
            assert refused > 0
            return
        literal = idl.Literal()
        try:
            converter.encode(inside, literal, Outbox("memory://depth/"))
        except ConversionError as error:
            refused += 1
            assert "one that is deeper" in str(error)
            if converter.offloads is None:
                with pytest.raises(ConversionError, match="one that is deeper"):
                    converter.to_bytes(inside)
            assert converter.levels is None or converter.levels > 101
            assert not readable(literal)  # it was filled before its depth was known
        else:
            assert readable(literal)
            assert refused == 0
    assert refused > 0


def readable(literal: idl.Literal) -> bool:
    try:
        idl.Literal.FromString(literal.SerializeToString())
    except idl.DecodeError:
        return False
    return True


def test_a_deep_type_is_no_trouble_for_a_shallow_value() -> None:
    annotation, _ = nested(60, "list", int, 5)
    assert ENGINE.from_bytes(ENGINE.to_bytes([[], [[]]], annotation), annotation) == [[], [[]]]


def test_forty_nine_lists_are_written_and_fifty_are_not() -> None:
    annotation, value = nested(49, "list", int, 5)
    assert ENGINE.from_bytes(ENGINE.to_bytes(value, annotation), annotation) == value
    annotation, value = nested(50, "list", int, 5)
    with pytest.raises(ConversionError):
        ENGINE.to_bytes(value, annotation)


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_the_old_format_has_a_limit_of_its_own(kind: str) -> None:
    converter = ENGINE.converter(dict)
    refused = 0
    for depth in range(20, 60):
        _, inside = nested(depth, kind, int, 5.0)
        try:
            data = converter.write({"a": inside}, Outbox(old_format=True))
        except ConversionError as error:
            assert str(error) == (
                "expected a value that protobuf's parsers can read: 33 dicts deep at most in the old format, "
                "got a deeper one - at `$`"
            )
            refused += 1
        else:
            assert refused == 0
            assert converter.from_bytes(data) == {"a": inside}
    assert refused > 0
