"""Annotations with values of them, from which `generate.py` makes rows: what the golden rows of the tests lack.

To add a row, add a `Sample` to one of the lists, and run `generate.py`.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Network
from pathlib import PurePosixPath
from typing import Annotated, Any, Generic, Literal, NamedTuple, Optional, TypedDict, TypeVar, Union
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import msgspec
import numpy as np

from flytetypes import types
from flytetypes.data import CSVFile, FlyteDirectory, FlyteFile, PDFFile, StructuredDataset

T = TypeVar("T")

UTC = dt.UTC
BERLIN = ZoneInfo("Europe/Berlin")


class Sample(NamedTuple):
    """One row to be."""

    id: str
    annotation: Any
    value: Any
    note: str = ""
    """What there is to see, for implementers."""
    old_format: bool = False
    """Written as `scalar.generic`."""


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


class Portion(enum.Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass
class Point:
    x: int
    y: float = 0.5


@dataclass
class Line:
    start: Point
    ends: list[Point]
    names: dict[str, Point]
    label: Optional[str] = None


@dataclass
class Visit:
    at: dt.datetime
    lasts: dt.timedelta
    places: list[Union[str, dt.datetime]]


@dataclass
class Note:
    about: Any


@dataclass
class Counts:
    large: int
    raw: bytes
    loose: Any


@dataclass
class Menu:
    prices: OrderedDict[str, int]


class Pair(NamedTuple):
    id: int
    name: str = "?"


class Options(TypedDict):
    depth: int


class Level(enum.IntEnum):
    LOW = 1


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Grade(enum.Enum):
    BEST = 1
    GOOD = "good"
    NONE = None


@dataclass
class Box(Generic[T]):
    content: T


@attrs.define
class Stop:
    name: str


class Fare(msgspec.Struct):
    cents: int


@dataclass(frozen=True)
class Price:
    cents: int


@dataclass
class Parcel:
    letter: FlyteFile
    pages: list[CSVFile] = field(default_factory=list)
    by_name: dict[str, FlyteFile] = field(default_factory=dict)
    box: Optional[FlyteDirectory] = None
    table: Optional[StructuredDataset] = None


PARCEL = Parcel(
    FlyteFile("s3://b/letter", metadata={"k": "v"}),
    [CSVFile("s3://b/1"), CSVFile("s3://b/2")],
    {"a": FlyteFile("s3://b/a")},
    FlyteDirectory("s3://b/box"),
    StructuredDataset(uri="s3://b/table", file_format="parquet"),
)


class Money:
    """Registered below."""

    def __init__(self, cents: int) -> None:
        self.cents = cents

    def __eq__(self, other: object) -> bool:
        return type(other) is Money and other.cents == self.cents

    def __hash__(self) -> int:
        return hash(self.cents)


types.represent(
    Money,
    as_=Price,
    dump=lambda money: Price(money.cents),
    load=lambda price: Money(price.cents),
    name="shop.Money",
    older=[types.OlderForm(int, Money)],
)


PLAIN: list[Sample] = [
    Sample("int-0", int, 0),
    Sample("int-max", int, 2**63 - 1),
    Sample("int-min", int, -(2**63)),
    Sample("float-whole", float, 1e22),
    Sample("float-negative-zero", float, -0.0),
    Sample("float-nan", float, math.nan),
    Sample("float-inf", float, math.inf),
    Sample("float-max", float, 1.7976931348623157e308),
    Sample("str-every-plane", str, "a\u00e9\u20ac\U0001d11e\n\t\x00\x7f\u2028"),
    Sample("str-not-normalised", str, "e\u0301"),
    Sample("datetime-first", dt.datetime, dt.datetime(1, 1, 1, tzinfo=UTC)),
    Sample("datetime-last", dt.datetime, dt.datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
    Sample("datetime-before-1970", dt.datetime, dt.datetime(1969, 12, 31, 23, 59, 59, 250000, UTC)),
    Sample("duration-0", dt.timedelta, dt.timedelta()),
    Sample("duration-negative", dt.timedelta, dt.timedelta(days=-1, microseconds=1), "seconds and nanos share a sign"),
    Sample("duration-longest", dt.timedelta, dt.timedelta.max, "more than protobuf's own JSON has a form for"),
    Sample("list-empty", list[int], [], "the field is set: an empty list is a list"),
    Sample("list-200", list[int], list(range(-100, 100))),
    Sample("list-floats", list[float], [1.5, math.nan, math.inf, -0.0]),
    Sample("list-strings", list[str], ["", "a", "\u00fc"]),
    Sample("list-booleans", list[bool], [True, False]),
    Sample("list-nested", list[list[list[int]]], [[[1], []], []]),
    Sample("list-datetimes", list[dt.datetime], [dt.datetime(2024, 1, 2, tzinfo=UTC)]),
    Sample("map-empty", dict[str, int], {}, "the field is set: an empty map is a map"),
    Sample("map-order", dict[str, int], {"\u00fc": 4, "b": 1, "a": 2, "": 3, "ab": 5}, "keys ascend by their UTF-8"),
    Sample("map-nested", dict[str, dict[str, list[str]]], {"a": {"b": ["c"]}, "d": {}}),
    Sample("map-options", list[dict[str, Optional[int]]], [{"a": 1, "b": None}]),
    Sample("tree-numbers", dict, {"a": [0, -1, 127, 128, 255, 256, -32, -33, 65536, 2**32, 2**64 - 1, -(2**63)]}),
    Sample("tree-floats", dict, {"a": [1.0, -0.0, math.nan, math.inf, 0.1]}, "always 64 bits"),
    Sample("tree-bytes", dict, {"a": b"\x00\xff", "b": b""}),
    Sample("tree-keys", dict, {1: "a", "b": 2, 1.5: 3, None: 4, False: 5}),
    Sample("tree-order", dict, {"z": 1, "a": 2, "m": {"y": 3, "b": 4}}, "keys stay in the order of the value"),
    Sample("tree-lengths", dict, {"a" * 31: "b" * 32, "c" * 255: "d" * 256, "e": [None] * 16}),
    Sample("class", Point, Point(1)),
    Sample("class-nested", Line, Line(Point(1), [Point(2, 1.0), Point(3)], {"a": Point(4)})),
    Sample("class-list", list[Point], [Point(1), Point(2)]),
    Sample("class-map", dict[str, Point], {"a": Point(1)}),
    Sample("class-optional", Optional[Point], Point(1)),
    Sample("class-optional-none", Optional[Point], None),
    Sample("class-old-format", Point, Point(1, 2.0), "the older form: every number is a double", old_format=True),
    Sample("enum", Size, Size.LARGE),
    Sample("enum-list", list[Size], [Size.LARGE, Size.SMALL]),
    Sample("union-int", Union[int, float, bool, str], 1),
    Sample("union-float", Union[int, float, bool, str], 1.0),
    Sample("union-bool", Union[int, float, bool, str], True),
    Sample("union-str", Union[int, float, bool, str], "1"),
    Sample("union-of-containers", Union[list[int], dict[str, int]], {"a": 1}),
    Sample("union-of-lists", Union[list[int], list[str]], ["a"], "both variants have one tag: the stored type decides"),
    Sample("union-in-list", list[Union[int, str]], [1, "a"]),
    Sample("union-in-union", Optional[list[Optional[Point]]], [None, Point(1)]),
]

# What is in a store elsewhere: only where it is, is written.
STORED: list[Sample] = [
    Sample("file-names", FlyteFile, FlyteFile("s3://b/a b%20+/\u00fc #?&.csv"), "a URI is text: nothing is escaped"),
    Sample("file-query", FlyteFile, FlyteFile("https://example.org/a.csv?b=c%2Fd#e")),
    Sample("file-scheme", FlyteFile, FlyteFile("abfs://c@account.example/k"), "whatever has a scheme is kept"),
    Sample("file-metadata", FlyteFile["csv"], FlyteFile("s3://b/k", metadata={"k": "v", "\u00fc": ""})),
    Sample("file-list", list[FlyteFile], [FlyteFile("s3://b/1"), FlyteFile("gs://b/2")]),
    Sample("file-map", dict[str, CSVFile], {"a": FlyteFile("s3://b/1"), "b": CSVFile("s3://b/2")}),
    Sample("file-optional", Optional[FlyteFile], FlyteFile("s3://b/k")),
    Sample("file-optional-none", Optional[FlyteFile], None),
    Sample("file-or-folder", Union[FlyteFile, FlyteDirectory], FlyteDirectory("s3://b/d")),
    Sample("file-formats", Union[PDFFile, CSVFile], CSVFile("s3://b/k"), "one tag for both: the stored type decides"),
    Sample("folder", FlyteDirectory, FlyteDirectory("s3://b/d/"), "also with a slash at its end"),
    Sample("folder-list", list[FlyteDirectory], [FlyteDirectory("s3://b/d")]),
    Sample("dataset", StructuredDataset, StructuredDataset(uri="s3://b/d", file_format="parquet")),
    Sample(
        "dataset-columns",
        Annotated[StructuredDataset, types.kwtypes(id=int, at=dt.datetime, tags=list[str]), "parquet"],
        StructuredDataset(uri="s3://b/d"),
        "columns and format of the declared type",
    ),
    Sample("dataset-list", list[StructuredDataset], [StructuredDataset(uri="s3://b/d", file_format="csv")]),
    Sample("dataset-optional", Optional[StructuredDataset], StructuredDataset(uri="s3://b/d", file_format="orc")),
    Sample("class-of-files", Parcel, PARCEL, "in a struct: a map with the path, and the metadata of a file"),
    Sample("class-of-files-old-format", Parcel, PARCEL, "the same in the older form", old_format=True),
]

# Values whose literals are stored whole.
OFFLOADED: list[Sample] = [
    Sample("offloaded-int", int, 7),
    Sample("offloaded-text", str, "\u00fc" * 100),
    Sample("offloaded-list", list[int], list(range(300))),
    Sample("offloaded-map", dict[str, list[float]], {"b": [0.5], "a": []}),
    Sample("offloaded-tree", dict, {"a": [1, 2.5, None]}),
    Sample("offloaded-class", Point, Point(1)),
    Sample("offloaded-optional", Optional[int], 7, "the whole literal is stored: the union with its variant"),
    Sample("offloaded-files", list[FlyteFile], [FlyteFile("s3://b/1")], "what a literal refers to stays where it is"),
]

EXTENSIONS: list[Sample] = [
    Sample("zone-naive", dt.datetime, dt.datetime(2024, 6, 1, 12), "no zone"),
    Sample("zone-name", dt.datetime, dt.datetime(2024, 6, 1, 12, tzinfo=BERLIN), "a zone with a name"),
    Sample(
        "zone-name-utc", dt.datetime, dt.datetime(2024, 6, 1, 12, tzinfo=ZoneInfo("UTC")), "the zone that is named UTC"
    ),
    Sample(
        "zone-offset",
        dt.datetime,
        dt.datetime(1950, 1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
        "a fixed offset",
    ),
    Sample(
        "zone-offset-seconds",
        dt.datetime,
        dt.datetime(2024, 6, 1, 12, tzinfo=dt.timezone(-dt.timedelta(seconds=1.5))),
        "a fixed offset with a fraction of a second",
    ),
    Sample(
        "zone-fold", dt.datetime, dt.datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1), "the second 02:30 of a night"
    ),
    Sample(
        "wall", dt.datetime, dt.datetime(2024, 3, 31, 2, 30, tzinfo=BERLIN), "a wall time that the zone's clock skips"
    ),
    Sample(
        "zone-list",
        list[dt.datetime],
        [dt.datetime(2024, 6, 1, 12), dt.datetime(2024, 6, 1, 12, tzinfo=BERLIN), dt.datetime(2024, 6, 1, tzinfo=UTC)],
        "each element has its own",
    ),
    Sample("zone-optional", Optional[dt.datetime], dt.datetime(2024, 6, 1, 12), "on the literal inside the union"),
    Sample("variant-first", Union[Size, Portion], Size.LARGE, "two variants of the same type: the first"),
    Sample("variant-second", Union[Size, Portion], Portion.LARGE, "two variants of the same type: the second"),
    Sample("variant-list", list[Union[Size, Portion]], [Portion.SMALL, Size.SMALL], "each element has its own"),
    Sample(
        "hints-zone",
        Visit,
        Visit(dt.datetime(2024, 6, 1, 12, tzinfo=BERLIN), dt.timedelta(seconds=1), []),
        "a zone with a name; its offset is in the text",
    ),
    Sample(
        "hints-duration",
        Visit,
        Visit(dt.datetime(2024, 6, 1, 12), dt.timedelta(days=999_999, microseconds=1), []),
        "a duration that a double of seconds does not tell",
    ),
    Sample(
        "hints-union",
        Visit,
        Visit(dt.datetime(2024, 6, 1, 12), dt.timedelta(), ["2024-06-01", dt.datetime(2024, 6, 1, tzinfo=BERLIN), "a"]),
        "variants that the tree alone would not tell apart",
    ),
    Sample("hints-tuple", Note, Note({"a": (1, [2, (3,)])}), "tuples in an untyped place"),
    Sample("hints-untyped", dict, {"a": (1, 2), 'b"\u00fc': ((),)}, "paths with keys that need escapes"),
    Sample(
        "hints-old-format",
        Counts,
        Counts(2**53 + 1, b"\x00\xff", [1, 1.0, b"a"]),
        "in the older form, which has doubles and text only",
        old_format=True,
    ),
    Sample(
        "hints-old-format-number", Note, Note({1: "a"}), "in the older form, where every key is text", old_format=True
    ),
    Sample(
        "hints-old-format-bytes", Note, Note({b"c": "d"}), "in the older form, where every key is text", old_format=True
    ),
    Sample(
        "hints-old-format-order",
        Menu,
        Menu(OrderedDict(b=1, a=2)),
        "in the older form, where a map has no order",
        old_format=True,
    ),
]

# Types whose LiteralType says which form of a type it is, in the key `flytetypes.form` of its annotation.
FORMS: list[Sample] = [
    Sample("form-bytes", bytes, b"\x00\xff"),
    Sample("form-time", dt.time, dt.time(1, 2, 3, 4)),
    Sample("form-timezone", dt.timezone, dt.timezone(dt.timedelta(hours=5, minutes=30))),
    Sample("form-decimal", Decimal, Decimal("1.50")),
    Sample("form-fraction", Fraction, Fraction(1, 3)),
    Sample("form-uuid", UUID, UUID(int=1)),
    Sample("form-address", IPv4Address, IPv4Address("127.0.0.1")),
    Sample("form-path", PurePosixPath, PurePosixPath("/a/b")),
    Sample("form-complex", complex, 1 + 2j),
    Sample("form-set", set[int], {2, 1, 300, -1}),
    Sample("form-set-empty", set[str], set()),
    Sample("form-frozenset", frozenset[str], frozenset({"b", "a", "\u00e4"})),
    Sample("form-list-of-sets", list[set[int]], [{1}, set()]),
    Sample("form-tuple", tuple[int, str], (1, "a")),
    Sample("form-tuple-many", tuple[int, ...], (1, 2, 3)),
    Sample("form-tuple-nested", tuple[int, tuple[str, float]], (1, ("a", 0.5))),
    Sample("form-deque", deque[int], deque([1, 2])),
    Sample("form-ordered-dict", OrderedDict[str, int], OrderedDict(b=1, a=2)),
    Sample("form-default-dict", defaultdict[str, list[int]], defaultdict(list, a=[1])),
    Sample("form-counter", Counter[str], Counter("aab")),
    Sample("form-named-tuple", Pair, Pair(1)),
    Sample("form-typed-dict", Options, {"depth": 1}),
    Sample("form-int-enum", Level, Level.LOW),
    Sample("form-optional", Optional[Decimal], Decimal("0.1")),
    Sample("form-union", Union[set[int], tuple[int, ...], list[int]], (1, 2)),
    Sample("form-map-of-decimals", dict[str, Decimal], {"a": Decimal("NaN")}),
    Sample("form-bytearray", bytearray, bytearray(b"ab")),
    Sample("form-range", range, range(0, 10, 2)),
    Sample("form-network", IPv6Network, IPv6Network("fe80::/10")),
    Sample("form-time-zone", dt.time, dt.time(1, 2, tzinfo=BERLIN), "the name of the zone stands beside the text"),
    Sample("form-sequence", Sequence[int], [1, 2]),
    Sample("form-sequence-tuple", Sequence[int], (1, 2), "the class stands beside the value"),
    Sample("form-iterable-set", Iterable[str], {"a"}),
    Sample("form-abstract-set", AbstractSet[int], frozenset({1})),
    Sample("form-mapping", Mapping[str, int], {"a": 1}),
    Sample("form-mapping-ordered", Mapping[str, int], OrderedDict(b=1, a=2), "the order stands beside the value"),
    Sample("form-mapping-int", Mapping[int, str], {1: "a"}),
    Sample("form-set-bare", set, {1}),
    Sample("form-tuple-empty", tuple[()], ()),
    Sample("form-flag", Access, Access.READ | Access.WRITE),
    Sample("form-enum-mixed", Grade, Grade.NONE, "values of several classes: a struct"),
    Sample("form-literal-mixed", Literal[1, "a", None], "a"),
    Sample("form-generic", Box[int], Box(1)),
    Sample("form-generic-nested", Box[Box[str]], Box(Box("a"))),
    Sample("form-attrs", Stop, Stop("Bern")),
    Sample("form-msgspec", Fare, Fare(120)),
    Sample("form-numpy-float32", np.float32, np.float32(0.5)),
    Sample("form-set-of-decimals", set[Decimal], {Decimal("1.5"), Decimal("-1")}),
    Sample("form-tuple-of-class", tuple[Pair, list[Decimal]], (Pair(1), [Decimal(1)])),
    Sample("form-union-text", Union[Decimal, str, UUID], "1.5", "three variants that are all a string for others"),
    Sample("form-represented", Money, Money(350), "version 2 of its form; the first was an integer of cents"),
]
