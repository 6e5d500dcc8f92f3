"""Decoding bytes from anywhere ends in a value or in a `ConversionError`, and in nothing else.

But where the bytes say that a literal was offloaded: then the store is asked, and has no such object.
"""

# mypy: disable-error-code="type-arg"
from __future__ import annotations

import collections
import datetime as dt
import enum
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

import msgpack
import pydantic
import pytest
from google.protobuf import struct_pb2

from flytetypes import idl
from flytetypes.errors import ConversionError, FlyteTypesError, StorageError
from flytetypes.storage import LocalStore, MemoryStore, StoreRouter
from flytetypes.types import FlyteError, Outbox, TypeEngine
from same import same

ENGINE = TypeEngine(store=StoreRouter({"memory": MemoryStore()}))
MUTATIONS = 900


class Color(enum.Enum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: float = 0.0


class Movie(TypedDict, total=False):
    title: str


@dataclass
class Everything:
    number: int = 1
    when: dt.datetime = dt.datetime(2024, 1, 1, tzinfo=ZoneInfo("Europe/Paris"))
    lasts: dt.timedelta = dt.timedelta.max
    time: dt.time = dt.time(1, 2, tzinfo=ZoneInfo("Europe/Paris"))
    zone: dt.timezone = dt.UTC
    color: Color = Color.RED
    union: int | str | list[int] | None = 5
    untyped: Any = (1, {"a": (2,)})
    raw: bytes = b"abc"
    price: Decimal = Decimal("1.5")
    id: UUID = field(default_factory=lambda: UUID(int=5))
    point: Point = field(default_factory=lambda: Point(1))
    points: frozenset[tuple[int, str]] = frozenset({(1, "a")})
    movie: Movie = field(default_factory=lambda: Movie(title="x"))
    by_day: dict[dt.date, list[complex]] = field(default_factory=lambda: {dt.date(2024, 1, 1): [1j]})
    queue: collections.deque[float] = field(default_factory=lambda: collections.deque([1.5]))
    ordered: collections.OrderedDict[str, int] = field(default_factory=lambda: collections.OrderedDict(b=1, a=2))
    inner: list[Everything] = field(default_factory=list)


class Model(pydantic.BaseModel):
    x: int = 1
    price: float = float("nan")
    when: dt.datetime | None = dt.datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Kolkata"))
    names: dict[str, list[str]] = {"a": ["b"]}


STRUCT = struct_pb2.Struct()
STRUCT.update({"a": [1, {"b": None}]})

CASES: list[tuple[Any, Any]] = [
    (int, 300),
    (str, "text ü"),
    (dt.datetime, dt.datetime(2024, 3, 31, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))),
    (dt.timedelta, dt.timedelta(days=-1)),
    (list[int], list(range(100))),
    (list[dict[str, list[str]]], [{"a": ["b", "c"], "ü": []}]),
    (dict[str, float], {str(number): number / 3 for number in range(100)}),
    (dict[int, Color], {1: Color.RED}),
    (dict, {"a": [1, (2.5, None)], 5: b"x"}),
    (int | list[Everything] | Literal["a"] | None, [Everything()]),
    (Everything, Everything(inner=[Everything()])),
    (Model, Model()),
    (FlyteError, FlyteError("message", "n0")),
    (struct_pb2.Struct, STRUCT),
]


def mutants(data: bytes, random_: random.Random) -> Iterator[bytes]:
    """Bytes near the given ones: flipped, cut, lengthened, shuffled; and a few that are not near at all."""
    for _ in range(MUTATIONS):
        changed = bytearray(data)
        for _ in range(random_.choice((1, 1, 2, 8))):
            at = random_.randrange(len(changed) + 1)
            match random_.randrange(6):
                case 0:
                    changed[at : at + 1] = bytes((random_.randrange(256),))
                case 1:
                    del changed[at : at + random_.randrange(1, 9)]
                case 2:
                    changed[at:at] = random_.randbytes(random_.randrange(1, 9))
                case 3:
                    changed[at:at] = changed[: random_.randrange(20)]
                case 4:
                    changed[at : at + 1] = random_.choice((b"\x00", b"\xff", b"\x7f", b"\x80", b"\xc1", b"\xd9"))
                case _:
                    del changed[at:]
        yield bytes(changed)
    for _ in range(MUTATIONS // 10):
        yield random_.randbytes(random_.randrange(60))


@pytest.mark.parametrize(("annotation", "value"), CASES, ids=[str(case[0]) for case in CASES])
@pytest.mark.parametrize("old_format", [False, True], ids=["", "old"])
def test_decoding_ends_in_a_value_or_a_conversion_error(annotation: Any, value: Any, old_format: bool) -> None:
    converter = ENGINE.converter(annotation)
    data = converter.write(value, Outbox(old_format=old_format))
    for mutant in mutants(data, random.Random(repr(annotation))):
        outcome = decoded(converter.from_bytes, mutant)
        try:
            literal = idl.Literal.FromString(mutant)
        except idl.DecodeError:
            assert isinstance(outcome, FlyteTypesError)
            continue
        other = decoded(converter.to_python, literal)
        # Both refuse, or both give the same; why they refuse may differ, since a map has no order on the wire.
        assert isinstance(outcome, FlyteTypesError) == isinstance(other, FlyteTypesError)
        assert isinstance(outcome, FlyteTypesError) or same(outcome, other)


def decoded(decode: Callable[..., Any], *arguments: Any) -> Any:
    """The value, or an error that may come, in one line that can be printed."""
    try:
        return decode(*arguments)
    except (ConversionError, StorageError) as error:
        assert isinstance(error, ConversionError) or str(error).startswith("no store for `")
        assert str(error).isprintable()
        return error


def trees(random_: random.Random, depth: int = 4) -> Any:
    """Anything that msgpack can hold."""
    leaves = [
        None,
        True,
        0,
        -1,
        2**64 - 1,
        1.5,
        float("nan"),
        float("inf"),
        "",
        "red",
        "2024-01-01",
        "a",
        b"\xff",
        1e300,
    ]
    kind = random_.randrange(4 if depth else 1)
    if kind < 2:
        return random_.choice(leaves)
    if kind == 2:
        return [trees(random_, depth - 1) for _ in range(random_.randrange(4))]
    keys = ["number", "when", "union", "a", "x", "title", "price", 1, 2.5, None, b"k"]
    return {random_.choice(keys): trees(random_, depth - 1) for _ in range(random_.randrange(4))}


@pytest.mark.parametrize(("annotation", "value"), CASES, ids=[str(case[0]) for case in CASES])
def test_any_tree_in_msgpack(annotation: Any, value: Any) -> None:
    random_ = random.Random(repr(annotation))
    converter = ENGINE.converter(annotation)
    names = list(vars(Everything()))
    for _ in range(MUTATIONS):
        tree = trees(random_)
        if random_.random() < 0.5:
            tree = {random_.choice(names): trees(random_) for _ in range(5)}
        literal = idl.Literal()
        literal.scalar.binary.value = msgpack.packb(tree)
        literal.scalar.binary.tag = "msgpack"
        decoded(converter.to_python, literal)


@pytest.mark.parametrize(
    "annotation", [dict, list[dict], dict[str, dict], dict[int, Any], Everything, int | dict, Model]
)
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a"])
@pytest.mark.parametrize("depth", [400, 900, 100_000])
def test_deep_trees_are_values_or_refused(annotation: Any, opening: bytes, depth: int) -> None:
    literal = idl.Literal()
    literal.scalar.binary.value = opening * depth + b"\x00"
    literal.scalar.binary.tag = "msgpack"
    for hints in ("", '{"$": "tuple"}'):
        literal.metadata["flytetypes.hints"] = hints
        decoded(ENGINE.to_python, literal, annotation)


def test_lengths_that_are_not_there_take_no_memory() -> None:
    for claim in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"):
        literal = idl.Literal()
        literal.scalar.binary.value = claim
        literal.scalar.binary.tag = "msgpack"
        with pytest.raises(ConversionError, match="expected one whole value in msgpack, got 5 bytes"):
            ENGINE.to_python(literal, dict)


def test_a_device_is_no_object() -> None:
    literal = idl.Literal()
    literal.offloaded_metadata.uri = "/dev/zero"
    engine = TypeEngine(store=StoreRouter({"file": LocalStore()}))
    with pytest.raises(StorageError, match="there is no file at `/dev/zero`, but something else"):
        engine.to_python(literal, int)
