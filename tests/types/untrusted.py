"""Values of every kind of type, and byte strings near what they are on the wire: what decoding has to stand.

`byte_string` gives the same ones in every process. They are decoded by `decode_untrusted.py`; no Hypothesis is needed.
"""

# mypy: disable-error-code="type-arg"
from __future__ import annotations

import collections
import datetime as dt
import enum
import fractions
import ipaddress
import json
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from random import Random
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import msgpack
import msgspec
import numpy as np
import pydantic
from annotated_types import Ge, Gt, Len, MultipleOf, Predicate, Timezone
from google.protobuf import struct_pb2

from flytetypes import idl
from flytetypes.errors import ConversionError, StorageError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.types import Converter, FlyteError, OlderForm, Outbox, TypeEngine, default_registry, represent

T = TypeVar("T")
PARIS = ZoneInfo("Europe/Paris")


class Color(enum.Enum):
    RED = "red"


class Mixed(enum.Enum):
    ONE = 1
    HALF = 0.5
    NAME = "one"


class Rank(enum.IntEnum):
    FIRST = 1
    SECOND = 2


class Permission(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: int
    y: float = 0.0


class Movie(TypedDict, total=False):
    title: str
    when: dt.datetime


@attrs.define
class Plan:
    x: int
    when: dt.time = dt.time(1, 2, tzinfo=PARIS)
    names: tuple[str, ...] = ()


class Shape(msgspec.Struct):
    x: int
    price: Decimal = Decimal(1)
    where: Point | None = None


@dataclass(frozen=True)
class Box(Generic[T]):
    content: T
    more: tuple[T, ...] = ()


class Celsius:
    """Represented: once as a text, then as a struct."""

    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Celsius) and repr(self.degrees) == repr(other.degrees)

    def __hash__(self) -> int:
        return hash(self.degrees)


REGISTRY = default_registry()
represent(
    Celsius,
    as_=dict[str, float],
    dump=lambda value: {"degrees": value.degrees},
    load=lambda tree: Celsius(tree["degrees"]),
    older=[OlderForm(str, lambda text: Celsius(float(text)))],
    registry=REGISTRY,
)


@dataclass
class Everything:
    number: int = 1
    when: dt.datetime = dt.datetime(2024, 1, 1, tzinfo=PARIS)
    lasts: dt.timedelta = dt.timedelta.max
    time: dt.time = dt.time(1, 2, tzinfo=PARIS)
    zone: dt.timezone = dt.UTC
    color: Color = Color.RED
    union: int | str | list[int] | None = 5
    untyped: Any = (1, {"a": (2,)})
    raw: bytes = b"abc"
    price: Decimal = Decimal("1.5")
    ratio: fractions.Fraction = fractions.Fraction(1, 3)
    id: UUID = field(default_factory=lambda: UUID(int=5))
    span: range = range(3)
    point: Point = field(default_factory=lambda: Point(1))
    points: frozenset[tuple[int, str]] = frozenset({(1, "a")})
    movie: Movie = field(default_factory=lambda: Movie(title="x"))
    by_day: dict[dt.date, list[complex]] = field(default_factory=lambda: {dt.date(2024, 1, 1): [1j]})
    queue: collections.deque[float] = field(default_factory=lambda: collections.deque([1.5]))
    ordered: collections.OrderedDict[str, int] = field(default_factory=lambda: collections.OrderedDict(b=1, a=2))
    anything: Sequence[Mapping[str, Rank]] = ()
    warm: Celsius = field(default_factory=lambda: Celsius(1.5))
    few: Annotated[list[Permission], Len(0, 3)] = field(default_factory=list)
    plan: Plan = field(default_factory=lambda: Plan(1))
    shape: Shape = field(default_factory=lambda: Shape(1))
    scalar: np.int16 = field(default_factory=lambda: np.int16(3))
    inner: list[Everything] = field(default_factory=list)


class Model(pydantic.BaseModel):
    x: int = 1
    price: float = float("nan")
    when: dt.datetime | None = dt.datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Kolkata"))
    names: dict[str, list[str]] = {"a": ["b"]}


STRUCT = struct_pb2.Struct()
STRUCT.update({"a": [1, {"b": None}]})
NOON = dt.datetime(2024, 3, 31, 2, 30, tzinfo=PARIS)

CASES: list[tuple[Any, Any]] = [
    # what Flyte has a word for
    (int, 300),
    (float, 2.5),
    (bool, True),
    (str, "text ü"),
    (None, None),
    (dt.datetime, NOON),
    (dt.date, dt.date(2024, 1, 1)),
    (dt.timedelta, dt.timedelta(days=-1)),
    (list[int], list(range(100))),
    (list[dict[str, list[str]]], [{"a": ["b", "c"], "ü": []}]),
    (dict[str, float], {str(number): number / 3 for number in range(20)}),
    (dict[int, Color], {1: Color.RED}),
    (dict, {"a": [1, (2.5, None)], 5: b"x"}),
    (list[dt.datetime | None], [NOON, None]),
    (int | list[Everything] | Literal["a"] | None, [Everything()]),
    (Everything, Everything(inner=[Everything()])),
    (Box[int], Box(1, (2,))),
    (Box[Celsius | None], Box(None, (Celsius(-1.0),))),
    (Model, Model()),
    (Color, Color.RED),
    (Literal["a", "b"], "b"),
    (FlyteError, FlyteError("message", "n0")),
    (struct_pb2.Struct, STRUCT),
    # what it has no word for
    (bytes, b"\x00\xff"),
    (bytearray, bytearray(b"abc")),
    (complex, 1 + 2j),
    (range, range(1, 10, 3)),
    (dt.time, dt.time(1, 2, 3, tzinfo=PARIS)),
    (dt.timezone, dt.timezone(dt.timedelta(hours=5, minutes=30))),
    (Decimal, Decimal("1.50")),
    (fractions.Fraction, fractions.Fraction(-2, 3)),
    (UUID, UUID(int=2**100)),
    (pathlib.Path, pathlib.Path("/a/b")),
    (pathlib.PureWindowsPath, pathlib.PureWindowsPath("c:/a")),
    (ipaddress.IPv4Network, ipaddress.IPv4Network("10.0.0.0/8")),
    (ipaddress.IPv6Interface, ipaddress.IPv6Interface("::1/64")),
    (Mixed, Mixed.HALF),
    (Rank, Rank.SECOND),
    (Permission, Permission.READ | Permission.WRITE),
    (Literal["a", 1, True, None], 1),
    (set[int], {1, 2, 2**40}),
    (frozenset[dt.datetime], frozenset({NOON})),
    (set[Decimal | str], {Decimal("1.5"), "a"}),
    (AbstractSet[str], frozenset({"a", "b"})),
    (tuple[int, ...], (1, 2, 3)),
    (tuple[int, str, dt.datetime], (1, "a", NOON)),
    (tuple, (1, "a", (2,))),
    (collections.deque[float], collections.deque([1.5, 2.0])),
    (Sequence[int], (1, 2)),
    (Iterable[UUID], {UUID(int=1)}),
    (Mapping[str, int], collections.OrderedDict(b=1, a=2)),
    (Mapping[dt.date, Decimal], collections.OrderedDict({dt.date(2024, 1, 2): Decimal(1)})),
    (collections.OrderedDict[str, dt.timedelta], collections.OrderedDict(b=dt.timedelta(1), a=dt.timedelta.min)),
    (collections.defaultdict[str, list[int]], collections.defaultdict(list, a=[1])),
    (collections.Counter[Color], collections.Counter([Color.RED])),
    (Point, Point(1, 2.0)),
    (Movie, Movie(title="x", when=NOON)),
    (Plan, Plan(1, names=("a",))),
    (Shape, Shape(1, Decimal("2.5"), Point(1))),
    (np.int8, np.int8(-5)),
    (np.float32, np.float32(1.5)),
    (np.bool_, np.bool_(True)),
    (np.str_, np.str_("a")),
    (Celsius, Celsius(21.5)),
    (list[Celsius], [Celsius(1.0), Celsius(2.0)]),
    (Annotated[int, Gt(0), MultipleOf(5)], 10),
    (Annotated[Decimal, Ge(Decimal(0)), MultipleOf(Decimal("0.01"))], Decimal("1.25")),
    (Annotated[dt.datetime, Timezone(...)], NOON),
    (Annotated[list[Annotated[str, Predicate(str.isascii)]], Len(1, 5)], ["a", "b"]),
]

ENGINE = TypeEngine(REGISTRY, store=StoreRouter({"memory": MemoryStore()}))


class Subject(NamedTuple):
    """One annotation with a value: its converter, and the value's bytes in the present and in the older format."""

    annotation: Any
    value: Any
    converter: Converter[Any]
    data: bytes
    old: bytes


@cache
def subjects() -> list[Subject]:
    """Of all cases."""
    found = []
    for annotation, value in CASES:
        converter = ENGINE.converter(annotation)
        data, old = (converter.write(value, Outbox(old_format=is_old)) for is_old in (False, True))
        found.append(Subject(annotation, value, converter, data, old))
    return found


def byte_string(number: int) -> tuple[Subject, bytes]:
    """What is decoded, and as what: each subject in turn, each kind of damage as often as it stands in `DAMAGES`."""
    random = Random(number)
    every = subjects()
    subject = every[number % len(every)]
    return subject, random.choice(DAMAGES)(subject, random)


def decoded(decode: Callable[..., Any], *arguments: Any) -> Any:
    """The value, or an error that may come, in one line that can be printed."""
    try:
        return decode(*arguments)
    except (ConversionError, StorageError) as error:
        # Bytes that say that a literal was offloaded: the store is asked, and serves no such thing.
        assert isinstance(error, ConversionError) or str(error).startswith(_UNSERVED)
        assert str(error).isprintable()
        return error


_UNSERVED = ("no store for `", "there is no object at `", "a memory store has objects at `")


# --- damages ----------------------------------------------------------------------------------------------------------


def _flipped(subject: Subject, random: Random) -> bytes:
    return flipped(random.choice((subject.data, subject.old)), random)


def _other(subject: Subject, random: Random) -> bytes:
    """What is right for another annotation."""
    return random.choice(random.choice(subjects())[3:])


def _noise(subject: Subject, random: Random) -> bytes:
    return random.randbytes(random.randrange(60))


def _payload(subject: Subject, random: Random) -> bytes:
    """A literal that is well formed around msgpack that is not, or is something else."""
    literal = idl.Literal.FromString(subject.data)
    binaries = [part.scalar.binary for part in _literals(literal) if part.scalar.WhichOneof("value") == "binary"]
    if not binaries:
        literal = idl.Literal()
        literal.scalar.binary.tag = "msgpack"
        binaries = [literal.scalar.binary]
    binary = random.choice(binaries)
    match random.randrange(4):
        case 0:
            binary.value = flipped(binary.value, random)
        case 1:
            binary.value = msgpack.packb(any_tree(random))
        case _:
            try:
                tree = msgpack.unpackb(binary.value, strict_map_key=False)
            except ValueError:  # the bytes of `bytes`
                tree = None
            binary.value = msgpack.packb(_replaced(tree, random))
    return literal.SerializeToString()


def _leaf(subject: Subject, random: Random) -> bytes:
    """A literal with another text, number or time in one place."""
    literal = idl.Literal.FromString(subject.data)
    primitive = random.choice(list(_literals(literal))).scalar.primitive
    match random.randrange(5):
        case 0:
            primitive.integer = random.choice((0, -1, 2**63 - 1, -(2**63), random.getrandbits(40)))
        case 1:
            primitive.float_value = random.choice((0.5, 1.0, -0.0, 1e300, float("nan"), float("inf")))
        case 2:
            primitive.datetime.seconds = random.choice((0, 2**63 - 1, -(2**63), -62135596800, 253402300799))
            primitive.datetime.nanos = random.choice((0, 2**31 - 1, -(2**31), 999_999_999))
        case _:
            primitive.string_value = _text(primitive.string_value, random)
    return literal.SerializeToString()


def _offloaded(subject: Subject, random: Random) -> bytes:
    """A literal that says of one place that what belongs there lies in a store."""
    literal = idl.Literal.FromString(subject.data)
    random.choice(list(_literals(literal))).offloaded_metadata.uri = _text("memory://nowhere/x", random)
    return literal.SerializeToString()


def _noted(subject: Subject, random: Random) -> bytes:
    """A literal with other metadata in one place: hints, zone, class, order, version."""
    literal = idl.Literal.FromString(random.choice((subject.data, subject.old)))
    metadata = random.choice(list(_literals(literal))).metadata
    key = random.choice([*metadata, *_KEYS])
    if key != "flytetypes.hints" or random.random() < 0.2:
        metadata[key] = _text(metadata.get(key, ""), random)
        return literal.SerializeToString()
    try:
        hints = json.loads(metadata.get(key, "{}"))
    except ValueError:  # what is there was damaged
        hints = {}
    for _ in range(random.randrange(1, 4)):
        path = random.choice([*hints, *_PATHS])
        hints[path] = _text(str(hints.get(path, "")), random) if random.random() < 0.9 else any_tree(random)
    metadata[key] = json.dumps(hints, default=repr, skipkeys=True)
    return literal.SerializeToString()


DAMAGES: tuple[Callable[[Subject, Random], bytes], ...] = (
    *(_flipped,) * 5,
    *(_payload,) * 6,
    *(_noted,) * 4,
    *(_leaf,) * 3,
    _offloaded,
    _other,
    _noise,
)

_KEYS = [
    *(f"flytetypes.{name}" for name in ("hints", "hints", "zone", "wall", "class", "order", "variant")),
    f"flytetypes.version:{__name__}.Celsius",
    "format",
]
_PATHS = ["$", "$(version)", *(f"$.{name}" for name in vars(Everything())), "$[0]", '$["a"]', "$.untyped[0]"]

# Texts that are meant to cost, to reach out or to break something.
_TEXTS = [
    *("", "\x00", "ü\u2028", "1", "2", "99", "-0", "nan", "sNaN", "-inf", "0x10", "1_0", " 1 ", "٣"),
    *(
        "1e999999999",
        "1e-999999999",
        "-1E+99999999999999999999",
        "9" * 5000,
        f"1/{'9' * 4000}",
        "1/0",
        f"0.{'9' * 6000}",
    ),
    *("/etc/passwd", "../../../etc/passwd", "\\\\server\\share", "Europe/Paris", "Europe", "Etc/../Europe/Rome"),
    *("Europe/Paris\x00", "posixrules", "leapseconds", "tzdata.zi", "localtime", "right/UTC", "naive", "UTC", "+00:00"),
    *("+25:00", "UTC+25:00", "24:00", "9999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00:00+23:59"),
    *("2024-W01-1", "2024-02-30", "23:59:60", "::1%eth0", "1.2.3.4/99999999999", "::/129", "{00000000}"),
    *("os.system", "__main__.Color", "builtins.eval", "tuple", "set", "dict", "OrderedDict", "Counter", "deque"),
    *("[" * 3000, '{"a":' * 3000, "[1e999]", '["b", "a"]', "[[1]]", "5", "null", "int", "bytes"),
]


def _text(text: str, random: Random) -> str:
    if not text or random.random() < 0.6:
        return random.choice(_TEXTS)
    return flipped(text.encode(), random).decode(errors="replace")


def _literals(literal: idl.Literal) -> Iterator[idl.Literal]:
    """A literal and all that are inside it."""
    yield literal
    match literal.WhichOneof("value"):
        case "collection":
            parts: Iterable[idl.Literal] = literal.collection.literals
        case "map":
            parts = literal.map.literals.values()
        case "scalar" if literal.scalar.WhichOneof("value") == "union":
            parts = [literal.scalar.union.value]
        case _:
            parts = []
    for part in parts:
        yield from _literals(part)


def flipped(data: bytes, random: Random) -> bytes:
    """Bytes near the given ones: flipped, cut, lengthened, shuffled."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randrange(len(changed) + 1)
        match random.randrange(6):
            case 0:
                changed[at : at + 1] = bytes((random.randrange(256),))
            case 1:
                del changed[at : at + random.randrange(1, 9)]
            case 2:
                changed[at:at] = random.randbytes(random.randrange(1, 9))
            case 3:
                changed[at:at] = changed[: random.randrange(20)]
            case 4:
                changed[at : at + 1] = random.choice((b"\x00", b"\xff", b"\x7f", b"\x80", b"\xc1", b"\xd9"))
            case _:
                del changed[at:]
    return bytes(changed)


_LEAVES = [None, True, 0, -1, 2**64 - 1, -(2**63), 1.5, 1e300, float("nan"), float("inf"), b"\xff", "red", "2024-01-01"]


def any_tree(random: Random, depth: int = 4) -> Any:
    """Anything that msgpack can hold."""
    match random.randrange(4 if depth else 1):
        case 2:
            return [any_tree(random, depth - 1) for _ in range(random.randrange(4))]
        case 3:
            names = [*vars(Everything()), "a", "x", "title", "degrees", 1, 2.5, None, b"k", msgpack.Timestamp(1)]
            return {random.choice(names): any_tree(random, depth - 1) for _ in range(random.randrange(4))}
        case _:
            return random.choice((random.choice(_LEAVES), random.choice(_TEXTS)))


def _replaced(tree: Any, random: Random) -> Any:
    """A tree with another one in one place."""
    if isinstance(tree, list) and tree and random.random() < 0.9:
        index = random.randrange(len(tree))
        return [*tree[:index], _replaced(tree[index], random), *tree[index + 1 :]]
    if isinstance(tree, dict) and tree and random.random() < 0.9:
        key = random.choice(list(tree))
        if random.random() < 0.2:
            return {random.choice(("", 5, None, *_TEXTS)) if name == key else name: item for name, item in tree.items()}
        return {**tree, key: _replaced(tree[key], random)}
    if isinstance(tree, str):
        return _text(tree, random)
    return any_tree(random, 2)
