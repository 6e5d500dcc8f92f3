"""Hypothesis strategies that draw an annotation together with a value of it, for every constructor of annotations.

A *constructor* is what annotations are made with: a class (`int`), a form (`Literal`), a kind of class (a frozen
dataclass), a container. Each has a name, and a `Kind` knows the names that it is made of, so that a test can count them.
The values are those of `flytetypes.testing.values`.

`kinds()` draws annotations that have a form of their own on the wire, or those that may be inside a struct. Which
constructors these are is asked of the engine; what it does not support stands in `PENDING` and next to it, and a test
compares.
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
import typing
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Reversible,
    Sequence,
)
from collections.abc import Set as AbstractSet
from dataclasses import InitVar, dataclass, field
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Optional,
    Required,
    TypedDict,
    TypeVar,
    Union,
)

import attrs
import msgspec
import pydantic
from annotated_types import Gt, Interval, Len, MaxLen, MinLen, MultipleOf, Predicate
from google.protobuf import descriptor_pb2, struct_pb2
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from typing_extensions import TypeAliasType

from flytetypes.errors import AnnotationError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.testing import values
from flytetypes.types import FlyteAnnotation, FlyteError, HashMethod, Pickled, TypeEngine

ENGINE = TypeEngine(store=StoreRouter({"memory": MemoryStore()}), prefix="memory://law/objects")


@dataclass(frozen=True)
class Kind:
    """An annotation, and the names of the constructors in it."""

    annotation: Any
    names: frozenset[str]


class Case(NamedTuple):
    annotation: Any
    value: Any
    names: frozenset[str]


# --- classes that stay the same ---------------------------------------------------------------------------------------

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"
    VERT = "green"  # an alias
    EMPTY = ""


class Level(str, enum.Enum):
    LOW = "low"
    HIGH = "high"


class Word(enum.StrEnum):
    YES = "yes"
    NO = "no"


class Number(enum.Enum):
    ONE = 1
    BIG = 2**53 + 1
    HALF = 0.5
    NAME = "one"
    YES = True


class Rank(enum.IntEnum):
    FIRST = 1
    SECOND = 2


class Permission(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


class Mode(enum.IntFlag):
    APPEND = 1
    BINARY = 8


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


@dataclass(frozen=True)
class Frozen:
    x: int
    when: dt.datetime
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class Slotted:
    x: int
    name: str = ""


@dataclass(kw_only=True)
class KeywordOnly:
    maybe: int | None = None
    name: str


@dataclass
class Tree:
    value: int | None
    left: Tree | None = None
    others: list[Tree] = field(default_factory=list)
    named: dict[str, Tree] = field(default_factory=dict)


@dataclass
class Ping:
    pong: Pong | None = None


@dataclass
class Pong:
    pings: list[Ping] = field(default_factory=list)


@dataclass
class Box(Generic[T]):
    content: T
    more: list[T] = field(default_factory=list)


@dataclass
class Scaled:
    value: float
    factor: InitVar[float] = 1.0


@dataclass
class Counted:
    words: list[str]
    count: int = field(init=False)
    note: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.count = len(self.words)


class Point(NamedTuple):
    x: int
    label: str = "here"
    when: dt.datetime | None = None


class Movie(TypedDict):
    title: str
    year: NotRequired[int | None]
    seen: NotRequired[dt.datetime]


class Options(TypedDict, total=False):
    depth: Required[int]
    names: list[str]


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


class Crate(pydantic.BaseModel, Generic[T]):
    content: T
    more: list[T] = []


UserId = NewType("UserId", int)
Words = TypeAliasType("Words", list[str])
Pair = TypeAliasType("Pair", tuple[T, T], type_params=(T,))


def digest(value: Any) -> str:
    return f"digest of a {type(value).__name__}"


@attrs.define
class Shelf:
    width: int
    _hidden: str = "x"


@attrs.frozen(kw_only=True)
class Label:
    when: dt.datetime
    inner: Inner | None = None


class Coin(msgspec.Struct):
    value: int
    name: str = ""


class Purse(msgspec.Struct, frozen=True):
    opened: dt.datetime
    coins: list[Coin]


# --- constructors -----------------------------------------------------------------------------------------------------

LEAVES: dict[str, list[Any]] = {
    "int": [int],
    "float": [float],
    "str": [str],
    "bool": [bool],
    "None": [None, type(None)],
    "datetime": [dt.datetime],
    "date": [dt.date],
    "timedelta": [dt.timedelta],
    "time": [dt.time],
    "timezone": [dt.timezone],
    "bytes": [bytes],
    "bytearray": [bytearray],
    "complex": [complex],
    "range": [range],
    "Decimal": [decimal.Decimal],
    "Fraction": [fractions.Fraction],
    "UUID": [uuid.UUID],
    "Path": [pathlib.Path],
    "PurePosixPath": [pathlib.PurePosixPath],
    "PureWindowsPath": [pathlib.PureWindowsPath],
    "IPv4Address": [ipaddress.IPv4Address],
    "IPv4Network": [ipaddress.IPv4Network],
    "IPv4Interface": [ipaddress.IPv4Interface],
    "IPv6Address": [ipaddress.IPv6Address],
    "IPv6Network": [ipaddress.IPv6Network],
    "IPv6Interface": [ipaddress.IPv6Interface],
    "Enum": [Color],
    "str and Enum": [Level],
    "StrEnum": [Word],
    "Enum of mixed values": [Number],
    "IntEnum": [Rank],
    "Flag": [Permission],
    "IntFlag": [Mode],
    "Literal": [Literal["a", "b", ""], Literal[1, 2, 2**60], Literal[True]],
    "Literal of mixed values": [Literal["a", 1, True, None]],
    "Literal with bytes": [Literal["a", 1, True, None, b"x"]],
    "Any": [Any],
    "bare list": [list, typing.List],  # noqa: UP006
    "bare tuple": [tuple],
    "bare set": [set],
    "bare frozenset": [frozenset],
    "bare deque": [collections.deque],
    "bare dict": [dict, typing.Dict],  # noqa: UP006
    "bare OrderedDict": [collections.OrderedDict],
    "bare defaultdict": [collections.defaultdict],
    "bare Counter": [collections.Counter],
    "NamedTuple": [Point],
    "TypedDict with NotRequired": [Movie],
    "TypedDict with Required": [Options],
    "NewType": [UserId],
    "TypeAliasType": [Words],
    "generic TypeAliasType": [Pair[int]],
    "Annotated with bounds": [
        Annotated[int, Gt(0)],
        Annotated[float, Interval(ge=-1, lt=1)],
        Annotated[int, MultipleOf(5)],
    ],
    "Annotated with lengths": [Annotated[str, MinLen(2), MaxLen(4)], Annotated[list[int], Len(1, 3)]],
    "Annotated with a predicate": [Annotated[int, Predicate(lambda number: number % 3 != 0)]],
    "dataclass": [Inner],
    "inherited dataclass": [Child],
    "frozen dataclass": [Frozen],
    "dataclass with slots": [Slotted],
    "dataclass by keywords": [KeywordOnly],
    "recursive dataclass": [Tree, Ping],
    "dataclass with an InitVar": [Scaled],
    "dataclass with a field outside __init__": [Counted],
    "pydantic model": [Size, Product, Event],
    "generic pydantic model": [Crate[int], Crate[Size]],
    "attrs class": [Shelf, Label],
    "msgspec Struct": [Coin, Purse],
    "protobuf message": [struct_pb2.Struct, descriptor_pb2.FieldDescriptorProto],
    "FlyteError": [FlyteError],
    "Pickled": [Pickled[complex], Pickled[Any]],
}


Place = Literal["wire", "struct", "both"]


@dataclass(frozen=True)
class Container:
    """What makes an annotation of others.

    Attributes:
        make: From the elements' annotations, and of keys before.
        parts: How many there are.
        keyed: Whether the first is that of a key, or of an element that is hashed.
        inside: Which form its elements need where it is on the wire: "both" if that depends on its keys.
    """

    make: Callable[..., Any]
    parts: int = 1
    keyed: bool = False
    inside: Place = "wire"


CONTAINERS: dict[str, Container] = {
    "list": Container(lambda item: list[item]),
    "dict": Container(lambda item: dict[str, item]),
    "Optional": Container(lambda item: Optional[item]),
    "X | None": Container(lambda item: _or_none(item)),
    "Union": Container(lambda *items: Union[items], parts=3),
    "Annotated with FlyteAnnotation": Container(lambda item: _noted(item)),
    "Annotated with HashMethod": Container(lambda item: Annotated[item, HashMethod(digest)]),
    "set": Container(lambda item: set[item], keyed=True),
    "frozenset": Container(lambda item: frozenset[item], keyed=True),
    "Set": Container(lambda item: AbstractSet[item], keyed=True),
    "MutableSet": Container(lambda item: MutableSet[item], keyed=True),
    "tuple of any length": Container(lambda item: tuple[item, ...]),
    "deque": Container(lambda item: collections.deque[item]),
    "Sequence": Container(lambda item: Sequence[item]),
    "MutableSequence": Container(lambda item: MutableSequence[item]),
    "Reversible": Container(lambda item: Reversible[item]),
    "Collection": Container(lambda item: Collection[item]),
    "Iterable": Container(lambda item: Iterable[item]),
    "tuple": Container(lambda one, other: tuple[one, other], parts=2, inside="struct"),
    "dict of other keys": Container(lambda key, item: dict[key, item], parts=2, keyed=True, inside="both"),
    "Mapping": Container(lambda key, item: Mapping[key, item], parts=2, keyed=True, inside="both"),
    "MutableMapping": Container(lambda key, item: MutableMapping[key, item], parts=2, keyed=True, inside="both"),
    "OrderedDict": Container(lambda key, item: OrderedDict[key, item], parts=2, keyed=True, inside="struct"),
    "defaultdict": Container(lambda key, item: defaultdict[key, list[item]], parts=2, keyed=True, inside="both"),
    "Counter": Container(lambda item: collections.Counter[item], keyed=True),
    "generic dataclass": Container(lambda item: Box[item], inside="struct"),
    "NamedTuple, made": Container(lambda *items: _named_tuple(items), parts=2, inside="struct"),
    "TypedDict, made": Container(lambda *items: _typed_dict(items), parts=2, inside="struct"),
}

# Constructors that are not supported yet. One that is has to leave this set: a test says which.
PENDING: set[str] = set()
# Those that have a form on the wire, and none inside structs; and the other way round.
NOT_IN_STRUCTS = {"protobuf message", "FlyteError", "Pickled"}
NOT_ON_THE_WIRE = {"Any", "bare list", "Literal with bytes"}

_counter = itertools.count()


def _or_none(item: Any) -> Any:
    try:
        return item | None
    except TypeError:  # what some forms of `typing` do not have
        return Optional[item]


def _noted(item: Any) -> Any:
    """With a FlyteAnnotation; there may be one."""
    if any(isinstance(extra, FlyteAnnotation) for extra in getattr(item, "__metadata__", ())):
        return item
    return Annotated[item, FlyteAnnotation({"unit": "kg", "range": [0, 1]})]


def _numbered(items: Iterable[Any]) -> list[tuple[str, Any]]:
    return [(f"f{index}", item) for index, item in enumerate(items)]


def _named_tuple(items: Iterable[Any]) -> Any:
    # Where others can find it by its name: a type tells which class it is.
    name = f"Tuple{next(_counter)}"
    return globals().setdefault(name, NamedTuple(name, _numbered(items)))


def _typed_dict(items: Iterable[Any]) -> Any:
    name = f"Dict{next(_counter)}"
    return globals().setdefault(name, TypedDict(name, dict(_numbered(items))))  # type: ignore[operator]


def samples(name: str) -> list[Any]:
    """Annotations that are made with a constructor and else with what is surely there."""
    if name in LEAVES:
        return LEAVES[name]
    if name == "Final":
        return [Final[int]]
    return [CONTAINERS[name].make(*(int, str, bool)[: CONTAINERS[name].parts])]


def has_literal(name: str) -> bool:
    """Whether a constructor has a form of its own on the wire."""
    return all(map(_accepted_by(ENGINE.converter), samples(name)))


def has_plain(name: str) -> bool:
    """Whether it has one inside structs."""
    return all(map(_accepted_by(ENGINE.plain), samples(name)))


def _accepted_by(compile_it: Callable[[Any], object]) -> Callable[[Any], bool]:
    def accepted(annotation: Any) -> bool:
        try:
            compile_it(annotation)
        except AnnotationError:
            return False
        return True

    return accepted


NAMES = [*LEAVES, *CONTAINERS, "Final"]
ON_THE_WIRE = [name for name in NAMES if has_literal(name)]
IN_STRUCTS = [name for name in NAMES if has_plain(name)]
_NAMES_AT: dict[Place, list[str]] = {
    "wire": ON_THE_WIRE,
    "struct": IN_STRUCTS,
    "both": [name for name in ON_THE_WIRE if name in IN_STRUCTS],
}
_KEYS = [
    *("int", "str", "bool", "float", "bytes", "date", "datetime", "UUID", "Enum", "Enum of mixed values", "IntEnum"),
    *("Decimal", "Fraction", "Path", "IPv6Address", "NewType", "Flag", "timedelta", "Literal"),
]
_ANY_KEYS = [Union[int, str], Optional[dt.date]]
_ANY_ELEMENTS = [*_ANY_KEYS, tuple[int, str], Frozen, tuple[dt.datetime, ...], frozenset[int]]

# Unions whose variants are hard to tell apart.
_HARD_UNIONS = [
    Union[Pickled[complex], int],  # the first one, because it is none inside structs
    Union[Inner, SameAsInner],
    Union[Parent, Child],
    Union[Child, Parent, None],
    Union[list[int], list[str], list[float]],
    Union[list[float], list[int]],
    Union[int, float, bool, str],
    Union[dt.datetime, dt.date, str],
    Union[dict[str, int], dict, Inner],
    Union[Color, Level, str],
    Union[Size, Inner, Movie],
    int | None,
    Union[Literal["a"], int, Literal["b"]],
]

# --- kinds ------------------------------------------------------------------------------------------------------------


@st.composite
def cases(draw: DrawFn, of: SearchStrategy[Kind] | None = None) -> Case:
    """An annotation with one value of it."""
    # `typing` hands out an older alias for an equal one, and unions of any order are equal: what is drawn would depend
    # on what was drawn, and guessed, before.
    for forget in typing._cleanups:  # type: ignore[attr-defined]
        forget()
    kind = draw(kinds() if of is None else of)
    return Case(kind.annotation, draw(values(kind.annotation, ENGINE)), kind.names)


_SHAPES = ["leaf", "leaf", *["container"] * 5, "dataclass", "union", "final"]


@st.composite
def kinds(draw: DrawFn, depth: int = 2, place: Place = "wire") -> Kind:
    """Kinds that have a form of their own on the wire (or inside structs, or both), in at most so many containers."""
    match draw(st.sampled_from(_SHAPES)) if depth else "leaf":
        case "leaf":
            return draw(_leaves(_NAMES_AT[place]))
        case "container":
            return draw(_containers(_NAMES_AT[place], depth, place))
        case "dataclass":
            return draw(made_dataclasses(depth - 1))
        case "final":
            kind = draw(kinds(depth - 1, place))
            return kind if "Final" in kind.names else Kind(Final[kind.annotation], kind.names | {"Final"})
        case _:
            unions = _HARD_UNIONS if place == "wire" else _HARD_UNIONS[1:]
            return Kind(draw(st.sampled_from(unions)), frozenset(["Union"]))


def shallow_kinds() -> SearchStrategy[Kind]:
    """Leaves, and one container around them."""
    return kinds(depth=1)


@st.composite
def struct_kinds(draw: DrawFn) -> Kind:
    """Kinds whose values travel as one tree, and so have an older form."""
    match draw(st.sampled_from(["leaf", "dict", "dataclass"])):
        case "leaf":
            names = [name for name in LEAVES if "dataclass" in name or "TypedDict" in name]
            return draw(_leaves([*names, "bare dict", "pydantic model"]))
        case "dict":
            other_keys = _containers(["dict of other keys"], 2, "struct")
            return draw(other_keys.filter(lambda kind: typing.get_args(kind.annotation)[0] is not str))
        case _:
            return draw(made_dataclasses(2))


@st.composite
def _leaves(draw: DrawFn, names: Sequence[str]) -> Kind:
    name = draw(st.sampled_from([name for name in names if name in LEAVES]))
    return Kind(draw(st.sampled_from(LEAVES[name])), frozenset([name]))


@st.composite
def _containers(draw: DrawFn, names: Sequence[str], depth: int, place: Place) -> Kind:
    name = draw(st.sampled_from([name for name in names if name in CONTAINERS]))
    container = CONTAINERS[name]
    inner = kinds(depth - 1, container.inside if place == "wire" else place)
    parts = [draw(inner) for _ in range(container.parts)]
    if container.keyed:
        # Sets may hold more than dicts may have as keys.
        parts[0] = draw(_keys(is_set=container.parts == 1 and name != "Counter"))
    annotation = container.make(*(_inside(kind.annotation) for kind in parts))
    return Kind(annotation, frozenset([name]).union(*(kind.names for kind in parts)))


def _inside(annotation: Any) -> Any:
    """`Final` stands around a whole annotation only."""
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is Final else annotation


@st.composite
def _keys(draw: DrawFn, *, is_set: bool) -> Kind:
    if draw(st.booleans()):
        return draw(_leaves(_KEYS))
    return Kind(draw(st.sampled_from(_ANY_ELEMENTS if is_set else _ANY_KEYS)), frozenset(["Union"]))


@st.composite
def made_dataclasses(draw: DrawFn, depth: int) -> Kind:
    """A dataclass made for the occasion, with fields of any kind that a struct can hold, some with defaults."""
    fields: list[Any] = []
    names = {"dataclass"}
    kw_only = draw(st.booleans())
    defaulted = False
    for index in range(draw(st.integers(1, 2))):
        kind = draw(kinds(depth, "struct"))
        names |= kind.names
        default = draw(values(kind.annotation, ENGINE)) if draw(st.booleans()) else None
        may_default = isinstance(default, Hashable) and type(default).__hash__ is not None
        if default is not None and may_default:
            fields.append((f"f{index}", kind.annotation, dataclasses.field(default=default)))
            defaulted = True
        elif defaulted and not kw_only:
            fields.append((f"f{index}", kind.annotation, dataclasses.field(default_factory=lambda: None)))
        else:
            fields.append((f"f{index}", kind.annotation))
    options: dict[str, Any] = {"frozen": draw(st.booleans()), "slots": draw(st.booleans()), "kw_only": kw_only}
    cls = dataclasses.make_dataclass(f"Made{next(_counter)}", fields, **options, namespace={"__module__": __name__})
    return Kind(cls, frozenset(names))
