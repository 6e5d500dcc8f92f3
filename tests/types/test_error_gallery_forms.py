"""The gallery of errors, continued: of types that Flyte has no word for. Whole messages, one line each."""

# mypy: disable-error-code="arg-type, call-overload, list-item"

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import pathlib
import uuid
from collections.abc import AsyncGenerator, Collection, Generator, Iterable, Mapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import InitVar, dataclass
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypedDict, TypeVar

import attrs
import msgpack
import msgspec
import numpy as np
import pytest

from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import TypeEngine

ENGINE = TypeEngine()
T = TypeVar("T")


class Row(NamedTuple):
    id: int
    name: str = "?"


class Options(TypedDict, total=False):
    depth: int


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Box(Generic[T]):
    content: T


@attrs.define
class Stop:
    name: str
    lines: list[int] = attrs.field(factory=list)


@attrs.define
class Checked:
    value: int = attrs.field(validator=attrs.validators.ge(0))


class Fare(msgspec.Struct):
    cents: int


@dataclass
class Opened:
    path: InitVar[str]
    size: int
    count: ClassVar[int] = 0


@attrs.define
class Held:
    what: object


class Sub(set[int]):
    pass


VALUES: list[tuple[Any, Any, str]] = [
    (set[int], {"a"}, "expected `int`, got `str` 'a' - at `$[0]`"),
    (set[int], [1], "expected `set[int]`, got `list` [1] - at `$`"),
    (set[int], Sub({1}), "expected `set[int]`, got `Sub` Sub({1}) - at `$`"),
    (
        frozenset[str],
        frozenset({"\ud800"}),
        "expected `str` that UTF-8 can carry, got `str` '\\ud800' (it has lone surrogates) - at `$[0]`",
    ),
    (dict[str, set[str]], {"a": {"b"}, "c": {1}}, 'expected `str`, got `int` 1 - at `$["c"][0]`'),
    (tuple[int, str], (1, 2), "expected `str`, got `int` 2 - at `$[1]`"),
    (tuple[int, str], (1,), "expected `tuple[int, str]`, got `tuple` (1,) - at `$`"),
    (tuple[int, ...], [1], "expected `tuple[int, ...]`, got `list` [1] - at `$`"),
    (tuple[()], (1,), "expected `tuple[()]`, got `tuple` (1,) - at `$`"),
    (Row, Row("x"), "expected `int`, got `str` 'x' - at `$.id`"),
    (Row, (1, "a"), "expected `Row`, got `tuple` (1, 'a') - at `$`"),
    (list[Row], [Row(1), Row(2, 3)], "expected `str`, got `int` 3 - at `$[1].name`"),
    (Options, {"width": 1}, "expected a key of `Options`, got the key 'width' - at `$`"),
    (Options, {"depth": "x"}, "expected `int`, got `str` 'x' - at `$[\"depth\"]`"),
    (
        collections.deque[int],
        collections.deque([1], maxlen=3),
        "expected `deque[int]`, got `deque` deque([1]) (its `maxlen` would be lost) - at `$`",
    ),
    (
        collections.defaultdict[str, int],
        collections.defaultdict(list),
        "expected `defaultdict[str, int]`, got `defaultdict` defaultdict(<class 'list'>, {}) (its factory would come back as `int`) - at `$`",
    ),
    (collections.OrderedDict[str, int], {"a": 1}, "expected `OrderedDict[str, int]`, got `dict` {'a': 1} - at `$`"),
    (collections.Counter[str], collections.Counter(a=1.5), 'expected `int`, got `float` 1.5 - at `$["a"]`'),
    (
        Sequence[int],
        {1},
        "expected `Sequence[int]`, got `set` {1} (one of `list`, `tuple`, `deque` comes back as what it was) - at `$`",
    ),
    (
        Sequence[int],
        "ab",
        "expected `Sequence[int]`, got `str` 'ab' (one of `list`, `tuple`, `deque` comes back as what it was) - at `$`",
    ),
    (
        Iterable[int],
        iter([1]),
        "expected `Iterable[int]`, got `list_iterator` <list_iterator> (reading an iterator uses it up: pass a list of it) - at `$`",
    ),
    (Collection[int], (1, "a"), "expected `int`, got `str` 'a' - at `$[1]`"),
    (
        MutableSequence[int],
        (1,),
        "expected `MutableSequence[int]`, got `tuple` (1,) (one of `list`, `deque` comes back as what it was) - at `$`",
    ),
    (
        AbstractSet[int],
        [1],
        "expected `Set[int]`, got `list` [1] (one of `set`, `frozenset` comes back as what it was) - at `$`",
    ),
    (
        Mapping[str, int],
        collections.defaultdict(int),
        "expected `Mapping[str, int]`, got `defaultdict` defaultdict(<class 'int'>, {}) (its factory would be lost: annotate `defaultdict[K, V]`) - at `$`",
    ),
    (bytes, bytearray(b"a"), "expected `bytes`, got `bytearray` bytearray(b'a') - at `$`"),
    (bytes, "a", "expected `bytes`, got `str` 'a' - at `$`"),
    (decimal.Decimal, 1.5, "expected `Decimal`, got `float` 1.5 - at `$`"),
    (uuid.UUID, "x", "expected `UUID`, got `str` 'x' - at `$`"),
    (pathlib.PurePosixPath, "/a", "expected `PurePosixPath`, got `str` '/a' - at `$`"),
    (dt.time, dt.datetime(2024, 1, 1), "expected `time`, got `datetime` datetime.datetime(2024, 1, 1, 0, 0) - at `$`"),
    (
        dt.timezone,
        dt.timezone(dt.timedelta(seconds=1)),
        "expected `timezone` of whole minutes, got `timezone` datetime.timezone(datetime.timedelta(seconds=1)) - at `$`",
    ),
    (complex, 1.0, "expected `complex`, got `float` 1.0 - at `$`"),
    (range, range(2**70), "expected `int` of 64 bits, got `int` 1180591620717411303424 - at `$`"),
    (Level, 1, "expected `Level`, got `int` 1 - at `$`"),
    (Literal[1, "a"], "b", "expected one of 1, 'a', got `str` 'b' - at `$`"),
    (Box[int], Box("x"), "expected `int`, got `str` 'x' - at `$.content`"),
    (Stop, Stop("a", [1, "b"]), "expected `int`, got `str` 'b' - at `$.lines[1]`"),
    (Stop, {"name": "a"}, "expected `Stop`, got `dict` {'name': 'a'} - at `$`"),
    (Fare, Fare("x"), "expected `int`, got `str` 'x' - at `$.cents`"),
    (np.int8, 5, "expected `numpy.int8`, got `int` 5 - at `$`"),
]


@pytest.mark.parametrize(("annotation", "value", "message"), VALUES, ids=[row[2][:60] for row in VALUES])
def test_values(annotation: Any, value: Any, message: str) -> None:
    for convert in (ENGINE.to_literal, ENGINE.to_bytes):
        with pytest.raises(ConversionError) as caught:
            convert(value, annotation)
        assert masked(str(caught.value)) == message


def masked(text: str) -> str:
    """Without the address of an object, which differs from run to run."""
    return text.replace(text[text.find(" object at 0x") :].partition(">")[0], "") if " object at 0x" in text else text


LITERALS: list[tuple[Any, Any, Any, str]] = [
    (decimal.Decimal, str, "x", "expected `Decimal`, got `str` 'x' - at `$`"),
    (list[uuid.UUID], list[str], ["x"], "expected `UUID`, got `str` 'x' - at `$[0]`"),
    (fractions.Fraction, str, "1/0", "expected `Fraction`, got `str` '1/0' - at `$`"),
    (ipaddress.IPv4Address, str, "1.2.3", "expected `IPv4Address`, got `str` '1.2.3' - at `$`"),
    (dt.time, str, "25:00", "expected `time`, got `str` '25:00' - at `$`"),
    (Level, int, 3, "expected `Level` (one of 1, 2), got `int` 3 - at `$`"),
    (Access, int, 8, "expected `Access` (one of 1, 2), got `int` 8 - at `$`"),
    (tuple[int, str], dict, {"a": 1}, "expected `tuple[int, str]`, got `dict` {'a': 1} - at `$`"),
    (Row, dict, {"name": "a"}, "expected `Row` with the field `id`, got one without it - at `$`"),
    (
        Checked,
        dict,
        {"value": -1},
        "expected values that `Checked` accepts, got `ValueError` ('value' must be >= 0: -1) - at `$`",
    ),
    (
        range,
        dict,
        {"start": 0, "stop": 1, "step": 0},
        "expected `range`, got `dict` {'start': 0, 'step': 0, 'stop': 1} - at `$`",
    ),
    (np.int8, int, 300, "expected `numpy.int8`, got `int` 300 - at `$`"),
    (np.float32, float, 0.1, "expected `numpy.float32`, got `float` 0.1 (it would be rounded) - at `$`"),
    (bytes, int, 1, "expected `bytes`, got the literal 1 - at `$`"),
]


@pytest.mark.parametrize(("annotation", "of", "value", "message"), LITERALS, ids=[row[3][:60] for row in LITERALS])
def test_literals(annotation: Any, of: Any, value: Any, message: str) -> None:
    literal = ENGINE.to_literal(value, of)
    with pytest.raises(ConversionError) as caught:
        ENGINE.to_python(literal, annotation)
    assert str(caught.value) == message
    with pytest.raises(ConversionError) as caught:
        ENGINE.from_bytes(literal.SerializeToString(), annotation)
    assert str(caught.value) == message


ANNOTATIONS: list[tuple[Any, str]] = [
    (set[Any], "`Any` says nothing about the value: annotate its class, or `Pickled[Any]` to have it pickled"),
    (set[int, str], "`set[int, str]` has 2 in its brackets, and takes 1"),
    (Mapping[str], "`Mapping[str]` has 1 in its brackets, and takes 2"),
    (
        Literal[b"x"],
        "`Literal[b'x']` has values other than str, int, float, bool and None: use an enum, or put it into a dataclass",
    ),
    (
        set[list[int]],
        (
            "`set[list[int]]` cannot have elements: a `list[int]` is not hashable. Use a tuple or a frozenset, or "
            "annotate a list"
        ),
    ),
    (Opened, "`Opened` needs `path` to be made and does not keep it: give the InitVar a default"),
]


@pytest.mark.parametrize(("annotation", "message"), ANNOTATIONS, ids=[row[1][:60] for row in ANNOTATIONS])
def test_annotations(annotation: Any, message: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        ENGINE.converter(annotation)
    assert str(caught.value) == message


def test_a_generator_is_annotated_as_what_it_is_read_as() -> None:
    for annotation, source, instead in (
        (Generator[int, None, str], "Generator[int, None, str]", "Iterator[int]"),
        (AsyncGenerator[int, None], "AsyncGenerator[int, None]", "AsyncIterator[int]"),
        (Generator, "Generator", "Iterator[T]"),
    ):
        with pytest.raises(AnnotationError) as caught:
            ENGINE.converter(annotation)
        assert str(caught.value) == (
            f"`{source}` would come back as an iterator, which is sent nothing: annotate `{instead}`"
        )


def test_a_field_is_named() -> None:
    with pytest.raises(AnnotationError) as caught:
        ENGINE.converter(Held)
    assert str(caught.value).startswith("no transformer for `object`: ")
    assert str(caught.value).endswith(" - in field `what` of `Held`")


@pytest.mark.parametrize(
    ("annotation", "tree", "message"),
    [
        (
            dict[decimal.Decimal, int],
            {"sNaN": 1},
            "expected a key that can be looked up, got `str` 'sNaN' - at `$[\"sNaN\"]`",
        ),
        (
            dict,
            {"when": msgpack.Timestamp(1)},
            "expected one whole value in msgpack, got 12 bytes (extension type -1) - at `$`",
        ),
    ],
)
def test_trees_that_nobody_here_writes(annotation: Any, tree: Any, message: str) -> None:
    literal = idl.Literal()
    literal.scalar.binary.tag = "msgpack"
    literal.scalar.binary.value = msgpack.packb(tree)
    with pytest.raises(ConversionError) as caught:
        ENGINE.to_python(literal, annotation)
    assert str(caught.value) == message


def test_the_wrong_kind_of_literal_is_shown() -> None:
    literal = idl.Literal()
    literal.scalar.blob.uri = "s3://b/k"
    with pytest.raises(ConversionError) as caught:
        ENGINE.to_python(literal, tuple[int, str])
    assert str(caught.value) == "expected `tuple[int, str]`, got the literal file s3://b/k - at `$`"
