# mypy: disable-error-code="assignment, type-arg"
# ruff: noqa: A002, B006, B008, RUF013
"""Annotations with values, and functions with interfaces, for flytekit and for us: a module that both import.

Only the names below that exist on both sides differ. No postponed annotations here: flytekit reads the old format of
classes declared under them wrongly.
"""

import collections
import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import pathlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, Optional, TypedDict, Union

import pydantic
from google.protobuf import struct_pb2

try:
    from flytekit.core.annotation import FlyteAnnotation
    from flytekit.core.hash import HashMethod
    from flytekit.types.error.error import FlyteError
except ImportError:
    from flytetypes.types import FlyteAnnotation, FlyteError, HashMethod

UTC = dt.UTC
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(str, enum.Enum):
    LOW = "low"
    HIGH = "high"


class Number(enum.Enum):
    ONE = 1
    TWO = 2


class Point(NamedTuple):
    x: int
    label: str


class Movie(TypedDict):
    title: str
    year: int


@dataclass
class Inner:
    x: int
    y: float = 1.5


@dataclass
class Other:
    z: str


@dataclass
class Scalars:
    i: int
    f: float
    s: str
    b: bool
    when: dt.datetime
    day: dt.date
    lasts: dt.timedelta
    raw: bytes = b"raw"
    nothing: None = None


@dataclass
class Texts:
    time: dt.time
    zone: dt.timezone
    price: decimal.Decimal
    part: fractions.Fraction
    id: uuid.UUID
    path: pathlib.Path
    address: ipaddress.IPv4Address


@dataclass
class Containers:
    ints: list[int]
    nested: list[list[str]]
    by_name: dict[str, int]
    by_number: dict[int, str]
    by_color: dict[Color, float]
    by_day: dict[dt.date, list[dt.datetime]]
    pair: tuple[int, str]
    many: tuple[int, ...]
    chosen: set[int]
    frozen: frozenset[str]
    point: Point
    movie: Movie
    ordered: "collections.OrderedDict[str, int]"
    counted: "collections.Counter[str]"
    sequence: Sequence[int]
    mapping: Mapping[str, int]


@dataclass
class Loose:
    untyped: dict
    anything: Any


@dataclass
class UntypedList:
    items: list


@dataclass
class Missing:
    lists: collections.defaultdict[str, list[int]]


@dataclass
class Options:
    a: Optional[int] = None
    b: Optional[Inner] = None
    c: Union[int, str] = 5
    d: Color = Color.RED
    e: Level = Level.LOW
    f: Number = Number.ONE
    g: Literal["x", "y"] = "x"
    h: Literal[1, 2] = 1
    i: Optional[list[Inner]] = None
    j: Inner = field(default_factory=lambda: Inner(3))
    k: Union[Inner, Other, None] = None


@dataclass
class Nested:
    one: Inner
    many: list[Inner]
    named: dict[str, Inner]
    deep: dict[str, list[Optional[Inner]]]


@dataclass(frozen=True)
class Frozen:
    x: int


@dataclass
class Parent:
    x: int


@dataclass
class Child(Parent):
    y: int = 0


@dataclass
class Tree:
    value: int
    next: Optional["Tree"] = None


@dataclass
class Computed:
    x: int
    double: int = field(init=False, default=9)


class Size(pydantic.BaseModel):
    width: int
    unit: str = "cm"


class Product(pydantic.BaseModel):
    name: str
    price: float = 1.5
    tags: list[str] = []
    stock: dict[str, int] = {}
    size: Optional[Size] = None
    other: Size = Size(width=3)
    color: Color = Color.RED
    made: Optional[dt.date] = None
    lasts: Optional[dt.timedelta] = None
    code: Union[int, str] = 5
    counts: dict[int, str] = {}
    inner: Inner = Inner(1)


class Event(pydantic.BaseModel):
    when: dt.datetime


def struct(tree: Any) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(tree)
    return message


class Row:
    """An annotation and a value of it.

    Attributes:
        plain: What is read of it without our metadata, where that is another value than was written: flytekit keeps
            neither the zone of a datetime nor that there was none.
        old: The same of the old format, where numbers are doubles.
    """

    def __init__(self, annotation: Any, value: Any, plain: Any = ..., *, old: Any = ...) -> None:
        self.annotation = annotation
        self.value = value
        self.plain = value if plain is ... else plain
        self.old = self.plain if old is ... else old


ROWS = [
    Row(int, 0),
    Row(int, 5),
    Row(int, -1),
    Row(int, 2**63 - 1),
    Row(int, -(2**63)),
    Row(float, 0.0),
    Row(float, -0.0),
    Row(float, 1.5),
    Row(float, float("nan")),
    Row(float, float("-inf")),
    Row(float, 5e-324),
    Row(str, ""),
    Row(str, "a"),
    Row(str, "ü€𝄞\n\x00"),
    Row(bool, True),
    Row(bool, False),
    Row(dt.datetime, dt.datetime(2024, 1, 2, 3, 4, 5, 678901, UTC)),
    Row(dt.datetime, dt.datetime(1, 1, 1, tzinfo=UTC)),
    Row(dt.datetime, dt.datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
    Row(dt.datetime, dt.datetime(2024, 1, 2), dt.datetime(2024, 1, 2, tzinfo=UTC)),
    Row(dt.datetime, dt.datetime(1950, 1, 2, 3, tzinfo=EAST), dt.datetime(1950, 1, 1, 21, 30, tzinfo=UTC)),
    Row(dt.date, dt.date(2024, 2, 29)),
    Row(dt.date, dt.date.min),
    Row(dt.timedelta, dt.timedelta()),
    Row(dt.timedelta, dt.timedelta(days=-1, microseconds=1)),
    Row(dt.timedelta, dt.timedelta.max),
    Row(type(None), None),
    Row(list[int], []),
    Row(list[int], list(range(200))),
    Row(list[float], [1.5, float("inf")] * 50),
    Row(list[str], ["a", "ü"] * 50),
    Row(list[bool], [True, False] * 50),
    Row(list[list[list[int]]], [[[1], []], []]),
    Row(list[dt.datetime], [dt.datetime(2024, 1, 2, tzinfo=UTC)]),
    Row(dict[str, int], {}),
    Row(dict[str, int], {"b": 1, "a": 2, "ü": 3, "": 4}),
    Row(dict[str, float], {str(n): n / 3 for n in range(100)}),
    Row(dict[str, dict[str, list[str]]], {"a": {"b": ["c"]}, "d": {}}),
    Row(list[dict[str, Optional[int]]], [{"a": 1, "b": None}]),
    Row(dict, {}),
    Row(
        dict,
        {"a": [1, 2.5, None, True, "x", {"z": -1}], "b": 2**53},
        old={"a": [1.0, 2.5, None, True, "x", {"z": -1.0}], "b": 2.0**53},
    ),
    Row(dict, {"bytes": b"y", "large": 2**64 - 1, "small": -(2**63)}),
    Row(dict, {1: "a", "b": 2, 1.5: 3, None: 4}, old={"1": "a", "b": 2.0, "1.5": 3.0, "null": 4.0}),
    Row(dict[int, str], {1: "a", -(2**63): "b"}),
    Row(dict[int, dt.datetime], {1: dt.datetime(2024, 1, 2, tzinfo=UTC), 2: dt.datetime(2024, 1, 2)}),
    Row(dict[Color, int], {Color.RED: 1, Color.GREEN: 2}),
    Row(dict[dt.date, Inner], {dt.date(2024, 1, 2): Inner(1)}),
    Row(dict[int, dict[int, list[Inner]]], {1: {2: [Inner(1), Inner(2, 3.0)]}}),
    Row(Color, Color.GREEN),
    Row(Level, Level.HIGH),
    Row(list[Color], [Color.RED, Color.GREEN]),
    Row(Literal["a", "b"], "b"),
    Row(Literal[1, 2], 2),
    Row(Literal[True], True),
    Row(list[Literal["a", "b"]], ["a", "b"]),
    Row(Optional[int], 5),
    Row(Optional[int], None),
    Row(Union[None, int], None),
    Row(Union[int, float, bool, str], 1),
    Row(Union[int, float, bool, str], 1.0),
    Row(Union[int, float, bool, str], True),
    Row(Union[int, float, bool, str], "1"),
    Row(int | str | None, "a"),
    Row(Union[dt.datetime, dt.date], dt.date(2024, 1, 2)),
    Row(Union[list[int], dict[str, int]], {"a": 1}),
    Row(Union[Inner, Other], Other("a")),
    Row(Union[Inner, Size], Inner(1)),
    Row(Union[Color, int], Color.RED),
    Row(Optional[list[Optional[Inner]]], [None, Inner(1)]),
    Row(list[Union[int, str]], [1, "a"]),
    Row(dict[str, Union[Inner, None]], {"a": Inner(1), "b": None}),
    Row(Optional[dict], {"a": 1}),
    Row(Inner, Inner(1)),
    Row(Inner, Inner(2**63 - 1, -0.0), old=Inner(2**63, -0.0)),
    Row(list[Inner], [Inner(1), Inner(2, 3.5)]),
    Row(
        Scalars,
        Scalars(
            1,
            2.5,
            "ü",
            True,
            dt.datetime(2024, 1, 2, 3, 4, 5, 6, UTC),
            dt.date(2024, 1, 2),
            dt.timedelta(days=-1, microseconds=5),
        ),
    ),
    Row(
        Scalars,
        Scalars(
            1,
            2.5,
            "ü",
            True,
            dt.datetime(2024, 1, 2, 3, 4, 5, 6, None),
            dt.date(2024, 1, 2),
            dt.timedelta(days=-1, microseconds=5),
        ),
    ),
    Row(
        Scalars,
        Scalars(
            1,
            2.5,
            "ü",
            True,
            dt.datetime(2024, 1, 2, 3, 4, 5, 6, EAST),
            dt.date(2024, 1, 2),
            dt.timedelta(days=-1, microseconds=5),
        ),
    ),
    Row(
        Texts,
        Texts(
            dt.time(1, 2, 3),
            EAST,
            decimal.Decimal("1.10"),
            fractions.Fraction(1, 3),
            uuid.UUID(int=5),
            pathlib.Path("a/b"),
            ipaddress.IPv4Address("10.0.0.1"),
        ),
    ),
    Row(
        Containers,
        Containers(
            [1, 2],
            [["a"], []],
            {"a": 1},
            {1: "a", -5: "b"},
            {Color.RED: 1.5},
            {dt.date(2024, 1, 2): [dt.datetime(2024, 1, 2, tzinfo=UTC)]},
            (1, "a"),
            (1, 2, 3),
            {1, 2},
            frozenset({"a"}),
            Point(1, "p"),
            {"title": "t", "year": 1999},
            collections.OrderedDict(a=1),
            collections.Counter("aab"),
            [1, 2],
            {"a": 1},
        ),
    ),
    Row(
        Loose,
        Loose({"a": [1, {"b": None}], "c": 2.5}, {"x": [1]}),
        old=Loose({"a": [1.0, {"b": None}], "c": 2.5}, {"x": [1.0]}),
    ),
    Row(UntypedList, UntypedList([1, "a", None]), old=UntypedList([1.0, "a", None])),
    Row(Missing, Missing(collections.defaultdict(list, {"a": [1]}))),
    Row(Options, Options()),
    Row(
        Options, Options(1, Inner(2), "x", Color.GREEN, Level.HIGH, Number.TWO, "y", 2, [Inner(1)], Inner(4), Inner(5))
    ),
    Row(Nested, Nested(Inner(1), [Inner(2)], {"a": Inner(3)}, {"b": [None, Inner(4)]})),
    Row(Frozen, Frozen(1)),
    Row(Child, Child(1, 2)),
    Row(Tree, Tree(1, Tree(2, Tree(3)))),
    Row(Computed, Computed(1)),
    Row(Size, Size(width=1)),
    Row(Product, Product(name="a")),
    Row(
        Product,
        Product(
            name="a",
            price=2.5,
            tags=["x"],
            stock={"y": 1},
            size=Size(width=1, unit="m"),
            color=Color.GREEN,
            made=dt.date(2024, 1, 2),
            lasts=dt.timedelta(days=1, microseconds=5),
            code="c",
            counts={1: "a"},
            inner=Inner(5),
        ),
    ),
    Row(list[Size], [Size(width=1)]),
    Row(Optional[Size], Size(width=1)),
    Row(Event, Event(when=dt.datetime(2024, 1, 2))),
    Row(FlyteError, FlyteError(message="m", failed_node_id="n0")),
    Row(Optional[FlyteError], FlyteError(message="m", failed_node_id="n0")),
    Row(struct_pb2.Struct, struct({"a": [1, {"b": None}], "c": "d"})),
    Row(Annotated[int, FlyteAnnotation({"unit": "kg", "max": [1, 2.5, None, True]})], 5),
    Row(Annotated[list[int], FlyteAnnotation({"a": {"b": "c"}})], [1]),
    Row(list[Annotated[int, FlyteAnnotation({"a": 1})]], [1]),
    Row(Annotated[Size, FlyteAnnotation({"a": 1})], Size(width=1)),
    Row(Annotated[int, HashMethod(str)], 5),
    Row(list[Annotated[int, HashMethod(str)]], [1, 2]),
    Row(Annotated[list[int], HashMethod(lambda v: str(len(v)))], [1, 2]),
    Row(Annotated[Optional[int], HashMethod(str)], 5),
    Row(Annotated[int, "anything", 5], 5),
]


# --- functions --------------------------------------------------------------------------------------------------------


class Summary(NamedTuple):
    mean: float
    count: int


def nothing() -> None:
    pass


def no_annotation_of_the_result(x: int):  # type: ignore[no-untyped-def]
    pass


def one(x: int, y: str = "q") -> int:
    """Add.

    A longer text.

    Args:
        x: The first number.
        y: A text, which
            goes on.

    Returns:
        What came out.
    """
    return x


def sphinx(x: int, y: float) -> float:
    """Divide.

    :param x: The number.
    :param y: By what.
    :return: The quotient.
    """
    return x / y


def numpydoc(x: int, y: float = 1.5) -> float:
    """Multiply.

    Parameters
    ----------
    x : int
        The number.
    y : float
        By what.

    Returns
    -------
    float
        The product.
    """
    return x * y


def two(x: list[int]) -> tuple[int, str]:
    return 1, "a"


def three(x: list[int]) -> tuple[int, str, Optional[Inner]]:
    """Three of them.

    Returns:
        All of them.
    """
    return 1, "a", None


def named(values: list[float]) -> Summary:
    """Summarise.

    Args:
        values: Some numbers.
    """
    return Summary(1.5, 2)


def options(a: Optional[int], b: Optional[int] = None, c: Optional[int] = 5, d: int = None) -> Optional[str]:
    return None


def falsy(a: int = 0, b: str = "", c: bool = False, d: float = 0.0, e: list[int] = []) -> int:
    return 0


def rich(
    inner: Inner = Inner(1),
    color: Color = Color.RED,
    level: Literal["a", "b"] = "b",
    by_name: dict[str, list[int]] = {"a": [1]},
    size: Size = Size(width=1),
    lasts: dt.timedelta = dt.timedelta(hours=1),
    any: Union[int, str, None] = "x",
) -> dict[str, Inner]:
    return {}


def annotated(x: Annotated[int, FlyteAnnotation({"unit": "kg"})], y: Annotated[list[int], HashMethod(str)]) -> int:
    return 1


def variable(*args: int, **kw: str) -> None:
    pass


def failure(err: Optional[FlyteError] = None) -> None:
    pass


FUNCTIONS = [
    *(nothing, no_annotation_of_the_result, one, sphinx, numpydoc, two, three, named, options, falsy, rich),
    *(annotated, variable, failure),
]
