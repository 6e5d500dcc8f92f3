"""Hypothesis strategies that draw an annotation together with values of it, for every built-in type and their nesting.

A `Kind` is an annotation with the strategy of its values. `kinds()` draws those that have a form of their own on the
wire, `field_kinds()` those that may be inside a struct.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import itertools
import pathlib
import uuid
import zoneinfo
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, NotRequired, Optional, TypedDict, TypeVar, Union

import pydantic
from google.protobuf import json_format, struct_pb2
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flytetypes.types import FlyteError, Pickled


@dataclass(frozen=True)
class Kind:
    """An annotation and its values."""

    annotation: Any
    values: SearchStrategy[Any]


class Case(NamedTuple):
    annotation: Any
    value: Any


@st.composite
def cases(draw: Any, of: SearchStrategy[Kind] | None = None) -> Case:
    """An annotation with one value of it."""
    kind = draw(of if of is not None else kinds())
    return Case(kind.annotation, draw(kind.values))


# --- single values ----------------------------------------------------------------------------------------------------

INT64 = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(
    [0, -1, 2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FLOATS = st.floats(width=64)
KEY_FLOATS = st.floats(allow_nan=False, width=64).map(lambda x: x + 0.0)  # as keys -0.0 and 0.0 are one
DATES = st.dates()
DELTAS = st.timedeltas() | st.sampled_from([dt.timedelta.min, dt.timedelta.max, dt.timedelta(microseconds=-1)])

ZONES = [
    None,
    dt.UTC,
    zoneinfo.ZoneInfo("UTC"),
    zoneinfo.ZoneInfo("Europe/Paris"),
    zoneinfo.ZoneInfo("America/New_York"),
    zoneinfo.ZoneInfo("Asia/Kolkata"),
    zoneinfo.ZoneInfo("Australia/Lord_Howe"),  # its clock changes by half an hour
    dt.timezone(dt.timedelta(hours=5, minutes=30)),
    dt.timezone(-dt.timedelta(hours=23, minutes=59)),
    dt.timezone(dt.timedelta(seconds=-61, microseconds=5)),
]
# Skipped and repeated hours of Paris and New York, where `fold` counts.
TRICKY_TIMES = [
    dt.datetime(2024, 3, 31, 2, 30),
    dt.datetime(2024, 10, 27, 2, 30),
    dt.datetime(2024, 3, 10, 2, 30, 0, 1),
    dt.datetime(2024, 11, 3, 1, 30),
]
_DAY = dt.timedelta(days=1)
# One day from the ends, so that the instant is in the years 1 to 9999 in every zone.
WALL_TIMES = st.datetimes(dt.datetime.min + _DAY, dt.datetime.max - _DAY) | st.sampled_from(TRICKY_TIMES)
DATETIMES = st.builds(
    lambda wall, zone, fold: wall.replace(tzinfo=zone, fold=fold),
    WALL_TIMES,
    st.sampled_from(ZONES),
    st.sampled_from([0, 1]),
)
TIMES = st.builds(lambda time, zone: time.replace(tzinfo=zone), st.times(), st.sampled_from(ZONES))
TIMEZONES = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"
    VERT = "green"  # an alias
    EMPTY = ""


class Level(str, enum.Enum):
    LOW = "low"
    HIGH = "high"


class Number(enum.Enum):
    ONE = 1
    BIG = 2**53 + 1
    HALF = 0.5
    NAME = "one"
    YES = True


class Rank(enum.IntEnum):
    FIRST = 1
    SECOND = 2


def plain_keys() -> SearchStrategy[Any]:
    return INT64 | TEXT | KEY_FLOATS | st.booleans() | st.none() | st.binary(max_size=4)


def plain_values() -> SearchStrategy[Any]:
    """What an untyped container may hold: whatever msgpack has, and tuples."""
    uint64 = st.integers(-(2**63), 2**64 - 1)
    return st.recursive(
        st.none() | st.booleans() | uint64 | FLOATS | TEXT | st.binary(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(plain_keys(), inner, max_size=3)
        ),
        max_leaves=8,
    )


UNTYPED_DICTS = st.dictionaries(plain_keys(), plain_values(), max_size=4)

# --- classes that stay the same ---------------------------------------------------------------------------------------

T = TypeVar("T")


@dataclass
class Inner:
    x: int
    y: float = 1.5


@dataclass
class SameAsInner:
    x: int
    y: float = 1.5


@dataclass
class Parent:
    x: int = 0


@dataclass
class Child(Parent):
    y: str = "child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    x: int
    when: dt.datetime
    tags: tuple[str, ...] = ()


@dataclass
class Tree:
    value: int | None
    left: Tree | None = None
    others: list[Tree] = field(default_factory=list)
    named: dict[str, Tree] = field(default_factory=dict)


@dataclass
class Box(Generic[T]):
    content: T
    more: list[T] = field(default_factory=list)


class Point(NamedTuple):
    x: int
    label: str = "here"
    when: dt.datetime | None = None


class Movie(TypedDict):
    title: str
    year: NotRequired[int | None]
    seen: NotRequired[dt.datetime]


class Size(pydantic.BaseModel):
    width: int
    unit: str = "cm"


class Product(pydantic.BaseModel):
    name: str
    price: float
    tags: list[str] = []
    stock: dict[str, int] = {}
    size: Size | None = None
    color: Color = Color.RED
    made: dt.date | None = None
    lasts: dt.timedelta | None = None
    code: int | str = 0
    exact: decimal.Decimal | None = None
    counts: dict[int, Size] = {}
    pair: tuple[int, str] = (0, "")


class Event(pydantic.BaseModel):
    when: dt.datetime
    reminders: list[dt.datetime] = []
    daily: dt.time | None = None
    by_day: dict[dt.date, dt.datetime | None] = {}
    size: Size | None = None


INNERS = st.builds(Inner, x=INT64, y=FLOATS)
SAME_AS_INNERS = st.builds(SameAsInner, x=INT64, y=FLOATS)
PARENTS = st.builds(Parent, x=INT64)
CHILDREN = st.builds(Child, x=INT64, y=TEXT)
FROZEN = st.builds(Frozen, x=INT64, when=DATETIMES, tags=st.lists(TEXT, max_size=2).map(tuple))
TREES: SearchStrategy[Any] = st.recursive(
    st.builds(Tree, value=st.none() | INT64),
    lambda inner: st.builds(
        Tree,
        value=st.none() | INT64,
        left=st.none() | inner,
        others=st.lists(inner, max_size=2),
        named=st.dictionaries(TEXT, inner, max_size=2),
    ),
    max_leaves=5,
)
POINTS = st.builds(Point, x=INT64, label=TEXT, when=st.none() | DATETIMES)
MOVIES = st.fixed_dictionaries({"title": TEXT}, optional={"year": st.none() | INT64, "seen": DATETIMES})
SIZES = st.builds(Size, width=INT64, unit=TEXT)
PRODUCTS = st.builds(
    Product,
    name=TEXT,
    price=FLOATS,
    tags=st.lists(TEXT, max_size=2),
    stock=st.dictionaries(TEXT, INT64, max_size=2),
    size=st.none() | SIZES,
    color=st.sampled_from(Color),
    made=st.none() | DATES,
    lasts=st.none() | st.timedeltas(dt.timedelta(days=-9999), dt.timedelta(days=9999)),
    code=INT64 | TEXT,
    exact=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    counts=st.dictionaries(INT64, SIZES, max_size=2),
    pair=st.tuples(INT64, TEXT),
)
EVENTS = st.builds(
    Event,
    when=DATETIMES,
    reminders=st.lists(DATETIMES, max_size=2),
    daily=st.none() | st.times(),
    by_day=st.dictionaries(DATES, st.none() | DATETIMES, max_size=2),
    size=st.none() | SIZES,
)
STRUCTS = st.dictionaries(
    TEXT,
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXT | st.lists(TEXT, max_size=2),
    max_size=3,
).map(lambda tree: json_format.ParseDict(tree, struct_pb2.Struct()))

# --- kinds ------------------------------------------------------------------------------------------------------------

_LEAVES = [
    Kind(int, INT64),
    Kind(float, FLOATS),
    Kind(str, TEXT),
    Kind(bool, st.booleans()),
    Kind(dt.datetime, DATETIMES),
    Kind(dt.date, DATES),
    Kind(dt.timedelta, DELTAS),
    Kind(type(None), st.none()),
    Kind(None, st.none()),
    Kind(Color, st.sampled_from(Color)),
    Kind(Level, st.sampled_from(Level)),
    Kind(Literal["a", "b", ""], st.sampled_from(["a", "b", ""])),
    Kind(Literal[1, 2, 2**60], st.sampled_from([1, 2, 2**60])),
    Kind(Literal[True], st.just(True)),
    Kind(dict, UNTYPED_DICTS),
    Kind(Inner, INNERS),
    Kind(Child, CHILDREN),
    Kind(Frozen, FROZEN),
    Kind(Tree, TREES),
    Kind(Box[int], st.builds(Box, content=INT64, more=st.lists(INT64, max_size=2))),
    Kind(
        Box[Optional[Inner]], st.builds(Box, content=st.none() | INNERS, more=st.lists(st.none() | INNERS, max_size=2))
    ),
    Kind(Size, SIZES),
    Kind(Product, PRODUCTS),
    Kind(Event, EVENTS),
    Kind(Movie, MOVIES),
    Kind(
        collections.OrderedDict,
        st.lists(st.tuples(plain_keys(), plain_values()), max_size=3).map(collections.OrderedDict),
    ),
]
_ONLY_ON_THE_WIRE = [
    Kind(FlyteError, st.builds(FlyteError, message=TEXT, failed_node_id=TEXT)),
    Kind(struct_pb2.Struct, STRUCTS),
    Kind(Pickled[complex], st.complex_numbers(allow_nan=False)),
    Kind(Pickled[Any], st.sets(INT64, max_size=3)),
]
_ONLY_IN_STRUCTS = [
    Kind(Any, plain_values()),
    Kind(list, st.lists(plain_values(), max_size=3)),
    Kind(tuple, st.lists(plain_values(), max_size=3).map(tuple)),
    Kind(bytes, st.binary(max_size=8)),
    Kind(bytearray, st.binary(max_size=8).map(bytearray)),
    Kind(complex, st.complex_numbers()),
    Kind(dt.time, TIMES),
    Kind(dt.timezone, TIMEZONES),
    Kind(decimal.Decimal, st.decimals(allow_nan=False)),
    Kind(fractions.Fraction, st.fractions()),
    Kind(uuid.UUID, st.uuids()),
    Kind(pathlib.Path, TEXT.filter(lambda text: "\0" not in text).map(pathlib.Path)),
    Kind(ipaddress.IPv4Address, st.ip_addresses(v=4)),
    Kind(ipaddress.IPv6Address, st.ip_addresses(v=6)),
    Kind(Number, st.sampled_from(Number)),
    Kind(Rank, st.sampled_from(Rank)),
    Kind(Literal["a", 1, True, None, b"x"], st.sampled_from(["a", 1, True, None, b"x"])),
    Kind(Point, POINTS),
    Kind(collections.Counter[str], st.dictionaries(TEXT, INT64, max_size=3).map(collections.Counter)),
]
_KEYS = [
    Kind(int, INT64),
    Kind(str, TEXT),
    Kind(bool, st.booleans()),
    Kind(float, KEY_FLOATS),
    Kind(bytes, st.binary(max_size=4)),
    Kind(dt.date, DATES),
    Kind(dt.datetime, DATETIMES),
    Kind(Color, st.sampled_from(Color)),
    Kind(Number, st.sampled_from(Number)),
    Kind(Union[int, str], INT64 | TEXT),
    Kind(Optional[dt.date], st.none() | DATES),
    Kind(uuid.UUID, st.uuids()),
]
_NOT_STR_KEYS = [kind for kind in _KEYS if kind.annotation is not str]
_HASHABLE = [
    *_KEYS,
    Kind(tuple[int, str], st.tuples(INT64, TEXT)),
    Kind(Frozen, FROZEN),
    Kind(tuple[dt.datetime, ...], st.lists(DATETIMES, max_size=2).map(tuple)),
]


def _distinct(values: list[Any]) -> list[Any]:
    """Without those that are equal to an earlier one: `{dt}` and `{equal dt of another zone}` are one element."""
    return list(dict.fromkeys(values))


def _dicts(key: Kind, value: Kind, make: Callable[[Any], Any] = dict) -> SearchStrategy[Any]:
    return st.lists(st.tuples(key.values, value.values), max_size=3).map(lambda items: make(dict(items)))


@st.composite
def _containers(draw: Any, inner: SearchStrategy[Kind]) -> Kind:
    """What nests on the wire: lists, dicts and unions."""
    match draw(st.sampled_from(["list", "dict", "keyed", "optional", "union", "dataclass"])):
        case "list":
            item = draw(inner)
            return Kind(list[item.annotation], st.lists(item.values, max_size=3))
        case "dict":
            value = draw(inner)
            return Kind(dict[str, value.annotation], st.dictionaries(TEXT, value.values, max_size=3))
        case "keyed":
            key, value = draw(st.sampled_from(_NOT_STR_KEYS)), draw(field_kinds())
            return Kind(dict[key.annotation, value.annotation], _dicts(key, value))
        case "optional":
            kind = draw(inner)
            return Kind(Optional[kind.annotation], st.none() | kind.values)
        case "union":
            variants = draw(st.lists(inner, min_size=2, max_size=4))
            return union_of(variants)
        case _:
            made: Kind = draw(dataclass_kinds())
            return made


@st.composite
def _field_containers(draw: Any, inner: SearchStrategy[Kind]) -> Kind:
    """What nests inside structs."""
    shape = draw(
        st.sampled_from(
            ["list", "dict", "optional", "union", "tuple", "tuples", "set", "frozenset", "deque"]
            if draw(st.booleans())
            else ["ordered", "default", "sequence", "mapping", "dataclass"]
        )
    )
    item = draw(inner)
    values = st.lists(item.values, max_size=3)
    key = draw(st.sampled_from(_KEYS))
    match shape:
        case "list":
            return Kind(list[item.annotation], values)
        case "sequence":
            return Kind(Sequence[item.annotation], values)
        case "tuples":
            return Kind(tuple[item.annotation, ...], values.map(tuple))
        case "deque":
            return Kind(collections.deque[item.annotation], values.map(collections.deque))
        case "tuple":
            other = draw(inner)
            return Kind(tuple[item.annotation, other.annotation], st.tuples(item.values, other.values))
        case "set" | "frozenset":
            cls = set if shape == "set" else frozenset
            hashable = draw(st.sampled_from(_HASHABLE))
            return Kind(cls[hashable.annotation], st.lists(hashable.values, max_size=3).map(cls))
        case "dict":
            return Kind(dict[key.annotation, item.annotation], _dicts(key, item))
        case "mapping":
            return Kind(Mapping[key.annotation, item.annotation], _dicts(key, item))
        case "ordered":
            ordered = collections.OrderedDict[key.annotation, item.annotation]
            return Kind(ordered, _dicts(key, item, collections.OrderedDict))
        case "default":
            return Kind(
                collections.defaultdict[key.annotation, list[item.annotation]],
                _dicts(key, Kind(list, values), lambda entries: collections.defaultdict(list, entries)),
            )
        case "optional":
            return Kind(Optional[item.annotation], st.none() | item.values)
        case "union":
            return union_of([item, *draw(st.lists(inner, min_size=1, max_size=3))])
        case _:
            made: Kind = draw(dataclass_kinds())
            return made


def union_of(variants: Sequence[Kind]) -> Kind:
    annotations = tuple(kind.annotation for kind in variants)
    return Kind(Union[annotations], st.one_of([kind.values for kind in variants]))


_counter = itertools.count()


@st.composite
def dataclass_kinds(draw: Any) -> Kind:
    """A dataclass made for the occasion, with fields of any kind that a struct can hold."""
    fields: list[Any] = []
    arguments: dict[str, SearchStrategy[Any]] = {}
    kw_only = draw(st.booleans())
    defaulted = False
    for index in range(draw(st.integers(1, 3))):
        kind = draw(field_kinds())
        name = f"f{index}"
        default = draw(kind.values) if draw(st.booleans()) else None
        may_default = isinstance(default, Hashable) and type(default).__hash__ is not None
        if default is not None and may_default:
            fields.append((name, kind.annotation, dataclasses.field(default=default)))
            defaulted = True
        elif defaulted and not kw_only:
            fields.append((name, kind.annotation, dataclasses.field(default_factory=lambda: None)))
        else:
            fields.append((name, kind.annotation))
        arguments[name] = kind.values
    options = {"frozen": draw(st.booleans()), "slots": draw(st.booleans()), "kw_only": kw_only}
    cls = dataclasses.make_dataclass(f"Made{next(_counter)}", fields, **options, namespace={"__module__": __name__})
    return Kind(cls, st.builds(cls, **arguments))


def field_kinds() -> SearchStrategy[Kind]:
    """Kinds that may be inside a struct."""
    leaves = st.sampled_from([*_LEAVES, *_ONLY_IN_STRUCTS])
    return st.deferred(lambda: leaves | leaves | _field_containers(leaves | _field_containers(leaves)))


def kinds() -> SearchStrategy[Kind]:
    """Kinds that have a form of their own on the wire."""
    leaves = st.sampled_from([*_LEAVES, *_ONLY_ON_THE_WIRE])
    return leaves | st.recursive(leaves, _containers, max_leaves=6) | _special()


def shallow_kinds() -> SearchStrategy[Kind]:
    """Leaves, and one container around them."""
    leaves = st.sampled_from([*_LEAVES, *_ONLY_ON_THE_WIRE])
    return leaves | _containers(leaves) | _special()


def struct_kinds() -> SearchStrategy[Kind]:
    """Kinds whose values travel as one tree, and so have an older form."""
    leaves = [
        kind for kind in _LEAVES if kind.annotation in (dict, Inner, Child, Frozen, Tree, Size, Product, Event, Movie)
    ]
    keyed = st.builds(
        lambda key, value: Kind(dict[key.annotation, value.annotation], _dicts(key, value)),
        st.sampled_from(_NOT_STR_KEYS),
        field_kinds(),
    )
    return st.sampled_from(leaves) | keyed | dataclass_kinds()


def _special() -> SearchStrategy[Kind]:
    """Unions whose variants are hard to tell apart."""
    return st.sampled_from(
        [
            Kind(Union[Inner, SameAsInner], INNERS | SAME_AS_INNERS),
            Kind(Union[Parent, Child], PARENTS | CHILDREN),
            Kind(Union[Child, Parent, None], PARENTS | CHILDREN | st.none()),
            Kind(Union[list[int], list[str], list[float]], st.lists(INT64) | st.lists(TEXT) | st.lists(FLOATS)),
            Kind(Union[int, float, bool, str], INT64 | FLOATS | st.booleans() | TEXT),
            Kind(Union[dt.datetime, dt.date, str], DATETIMES | DATES | TEXT),
            Kind(Union[dict[str, int], dict, Inner], st.dictionaries(TEXT, INT64) | UNTYPED_DICTS | INNERS),
            Kind(Union[Color, Level, str], st.sampled_from(Color) | st.sampled_from(Level) | TEXT),
            Kind(Union[Size, Inner, Movie], SIZES | INNERS | MOVIES),
            Kind(int | None, INT64 | st.none()),
            Kind(Union[Pickled[complex], int], st.complex_numbers(allow_nan=False) | INT64),
            Kind(Union[Literal["a"], int, Literal["b"]], st.sampled_from(["a", "b"]) | INT64),
        ]
    )
