"""Dataclasses and what may be in them: which classes are supported, and what is read of other writers' structs."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import pathlib
import typing
from collections.abc import Collection, Sequence
from dataclasses import InitVar, dataclass, field, fields, make_dataclass
from typing import Annotated, Any, ClassVar, Final, Generic, NewType, Optional, TypedDict, TypeVar
from zoneinfo import ZoneInfo

import msgpack
import pytest
from typing_extensions import TypeAliasType

from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.testing import same
from flytetypes.types import FlyteAnnotation, HashMethod, Outbox, TypeEngine

ENGINE = TypeEngine()
T = TypeVar("T")
K = TypeVar("K")
UserId = NewType("UserId", int)


def there_and_back(value: Any, annotation: Any = None) -> Any:
    """Through the message, and in the old format as well; both must agree."""
    annotation = annotation or type(value)
    back = ENGINE.to_python(ENGINE.to_literal(value, annotation), annotation)
    data = ENGINE.converter(annotation).write(value, Outbox(old_format=True))
    assert same(ENGINE.from_bytes(data, annotation), back)
    return back


def tree_of(value: Any, annotation: Any = None) -> Any:
    literal = ENGINE.to_literal(value, annotation or type(value))
    return msgpack.unpackb(literal.scalar.binary.value, strict_map_key=False)


def packed(tree: Any) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.binary.value = msgpack.packb(tree)
    literal.scalar.binary.tag = "msgpack"
    return literal


def schema_of(annotation: Any) -> dict[str, Any]:
    return idl.read_struct(ENGINE.literal_type(annotation).metadata)


# --- what is a field --------------------------------------------------------------------------------------------------


@dataclass
class Counted:
    x: int
    total: ClassVar[int] = 0
    start: InitVar[int] = 5
    double: int = field(init=False)
    cache: list[int] = field(init=False, default_factory=list)

    def __post_init__(self, start: int) -> None:
        self.double = 2 * self.x
        self.cache.append(start)


def test_class_variables_are_left_out_and_fields_outside_of_init_kept() -> None:
    value = Counted(3, start=7)
    value.double = 100
    assert tree_of(value) == {"x": 3, "double": 100, "cache": [7]}
    assert same(there_and_back(value), value)
    assert list(schema_of(Counted)["properties"]) == ["x"]


@dataclass(frozen=True, slots=True)
class FrozenCounted:
    x: int
    double: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.x)


def test_a_frozen_class_with_slots_gets_its_fields_outside_of_init_back() -> None:
    assert same(there_and_back(FrozenCounted(3)), FrozenCounted(3))


def test_compiling_a_class_leaves_it_as_it_is() -> None:
    Noted = make_dataclass("Noted", [("x", Annotated[int, FlyteAnnotation({"a": 1})])])
    before = [field.type for field in fields(Noted)]
    ENGINE.converter(Noted)
    assert [field.type for field in fields(Noted)] == before


def test_an_instance_that_lost_a_field_is_refused() -> None:
    value = Counted(1)
    del value.double
    with pytest.raises(ConversionError, match=r"expected `Counted` with the field `double`, got one without it"):
        ENGINE.to_literal(value, Counted)


def test_annotated_fields_are_those_of_their_bare_types() -> None:
    Plain = make_dataclass("C", [("x", int), ("id", int), ("fixed", int)])
    Noted = make_dataclass("C", [("x", Annotated[int, HashMethod(str)]), ("id", UserId), ("fixed", Final[int])])
    assert ENGINE.literal_type(Plain) == ENGINE.literal_type(Noted)
    assert there_and_back(Noted(1, 2, 3)) == Noted(1, 2, 3)


# --- generic, recursive, local ----------------------------------------------------------------------------------------


@dataclass
class Pair(Generic[K, T]):
    key: K
    value: T
    all: dict[str, list[T]] = field(default_factory=dict)
    maybe: T | None = None


def test_a_generic_class_has_its_arguments_filled_in() -> None:
    day = dt.date(2024, 1, 1)
    value = Pair("a", day, {"b": [day]}, day)
    assert same(there_and_back(value, Pair[str, dt.date]), value)
    assert schema_of(Pair[str, dt.date])["properties"]["value"] == {"type": "string", "format": "date"}
    with pytest.raises(ConversionError, match=r"expected `date`, got `int` 1 - at `\$\.value`"):
        ENGINE.to_literal(Pair("a", 1), Pair[str, dt.date])
    assert ENGINE.converter(Pair[str, int]) is not ENGINE.converter(Pair[str, str])


@dataclass
class Branch:
    """Refers to itself by a postponed annotation, in every way."""

    name: str
    best: Optional[Branch] = None
    others: list[Branch] = field(default_factory=list)
    named: dict[str, Branch] = field(default_factory=dict)
    pair: tuple[Branch, ...] = ()
    leaf: Leaf | None = None


@dataclass
class Leaf:
    on: Branch | None = None


def test_a_class_may_contain_itself() -> None:
    value = Branch("a", Branch("b"), [Branch("c", Branch("d"))], {"e": Branch("f")}, (Branch("g"),), Leaf(Branch("h")))
    assert same(there_and_back(value), value)
    assert same(there_and_back([value], list[Branch]), [value])
    assert same(there_and_back(Leaf(value)), Leaf(value))


def test_a_hundred_levels_are_no_trouble() -> None:
    value = Branch("leaf")
    for level in range(100):
        value = Branch(str(level), value)
    assert ENGINE.to_python(ENGINE.to_literal(value, Branch), Branch) == value


def test_local_classes_name_one_another_and_themselves() -> None:
    @dataclass
    class Local:
        x: int

    @dataclass
    class UsesLocal:
        local: Local
        more: list[UsesLocal] = field(default_factory=list)

    value = UsesLocal(Local(1), [UsesLocal(Local(2))])
    assert ENGINE.to_python(ENGINE.to_literal(value, UsesLocal), UsesLocal) == value


def test_a_class_that_is_used_where_its_names_are_gone_says_which() -> None:
    def made() -> type:
        @dataclass
        class Gone:
            x: int

        @dataclass
        class UsesGone:
            gone: Gone

        return UsesGone

    with pytest.raises(AnnotationError) as caught:
        ENGINE.converter(made())
    assert str(caught.value) == (
        f"`Gone` in the annotations of `{made.__qualname__}.<locals>.UsesGone` is not defined where they are looked up "
        f"(module `{__name__}`, and the functions that are running): define it at module level, or name it in "
        "`task(localns={'Gone': ...})`"
    )


def test_annotations_that_are_no_python_are_told_with_the_reason() -> None:
    @dataclass
    class Broken:
        x: "list[int"  # noqa: F722

    with pytest.raises(AnnotationError) as caught:
        ENGINE.converter(Broken)
    assert str(caught.value).startswith(
        f"the annotations of `{Broken.__qualname__}` cannot be evaluated: SyntaxError: "
    )


# --- what may be in a field -------------------------------------------------------------------------------------------


class Status(str, enum.Enum):
    NEW = "new"
    FRESH = "new"  # an alias
    OLD = "old"


class Weekday(enum.IntEnum):
    MONDAY = 1


class Mixed(enum.Enum):
    ONE = 1
    TEXT = "1"
    NONE = None
    RAW = b"1"
    HALF = 0.5


@pytest.mark.parametrize("member", [*Status, Status.FRESH, *Weekday, *Mixed])
def test_enums_are_their_values(member: enum.Enum) -> None:
    Holder = make_dataclass("Holder", [("one", type(member)), ("keyed", dict[type(member), int])])
    value = Holder(member, {member: 1})
    assert tree_of(value) == {"one": member.value, "keyed": {member.value: 1}}
    assert same(there_and_back(value), value)


def test_an_int_in_a_float_field_is_short_on_the_wire_and_a_float_afterwards() -> None:
    Holder = make_dataclass("Holder", [("x", float)])
    assert same(tree_of(Holder(5)), {"x": 5})
    assert same(there_and_back(Holder(5)), Holder(5.0))
    with pytest.raises(ConversionError, match="no float is equal to it"):
        ENGINE.to_literal(Holder(2**53 + 1), Holder)


@pytest.mark.parametrize(
    "delta",
    [
        dt.timedelta.min,
        dt.timedelta.max,
        dt.timedelta(days=99_999, microseconds=1),  # more seconds than a float can tell with microseconds
        dt.timedelta(seconds=2**32, microseconds=1),
        dt.timedelta(seconds=2**33, microseconds=-1),
        dt.timedelta(microseconds=-1),
    ],
)
def test_durations_are_exact(delta: dt.timedelta) -> None:
    Holder = make_dataclass("Holder", [("x", dt.timedelta)])
    assert same(there_and_back(Holder(delta)), Holder(delta))
    assert same(ENGINE.to_python(ENGINE.to_literal(delta, dt.timedelta), dt.timedelta), delta)


def test_keys_with_a_zone_each_keep_their_own() -> None:
    zones = [ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Kolkata"), dt.UTC, None]
    value = {
        dt.datetime(2024, month, 1, tzinfo=zone): zone and zone.utcoffset(dt.datetime(2024, month, 1))
        for month, zone in enumerate(zones, 1)
    }
    assert same(there_and_back(value, dict[dt.datetime, Optional[dt.timedelta]]), value)


def test_keys_that_look_the_same_on_the_wire_are_refused() -> None:
    class Two(enum.Enum):
        YES = True
        ONE = "one"

    with pytest.raises(
        ConversionError, match=r"expected keys that stay apart on the wire, got `int` 1 .* - at `\$\[1\]`"
    ):
        ENGINE.to_literal({Two.YES: "a", 1: "b"}, dict[Two | int, str])


def test_keys_that_look_the_same_as_json_are_refused_in_the_old_format_only() -> None:
    value = {1: "a", "1": "b"}
    assert same(ENGINE.to_python(ENGINE.to_literal(value, dict), dict), value)
    with pytest.raises(ConversionError, match=r"expected keys that stay apart as JSON, got `str` '1'"):
        ENGINE.converter(dict).write(value, Outbox(old_format=True))


def test_an_ordered_dict_keeps_its_order() -> None:
    value = collections.OrderedDict([("z", 1), ("a", 2), ("m", 3)])
    assert list(there_and_back(value, collections.OrderedDict)) == ["z", "a", "m"]


def test_a_text_that_utf8_cannot_carry_is_refused_with_its_place() -> None:
    Holder = make_dataclass("Holder", [("paths", list[pathlib.Path])])
    with pytest.raises(ConversionError, match=r"expected `str` that UTF-8 can carry, .* - at `\$\.paths\[1\]`"):
        ENGINE.to_literal(Holder([pathlib.Path("a"), pathlib.Path("\udc80")]), Holder)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "-Infinity", "1E+5", "1.10"])
def test_decimals_keep_their_text(text: str) -> None:
    Holder = make_dataclass("Holder", [("x", decimal.Decimal)])
    literal = ENGINE.to_literal(Holder(decimal.Decimal(text)), Holder)
    assert str(ENGINE.to_python(literal, Holder).x) == text


class Partial(TypedDict, total=False):
    a: int
    b: typing.Required[str]


def test_a_typed_dict_may_say_what_is_required() -> None:
    Holder = make_dataclass("Holder", [("x", Partial)])
    assert same(there_and_back(Holder({"b": "x"})), Holder({"b": "x"}))
    with pytest.raises(ConversionError, match="expected `Partial` with the key 'b', got one without it"):
        ENGINE.to_literal(Holder({"a": 1}), Holder)
    assert schema_of(Holder)["properties"]["x"]["required"] == ["b"]


# --- what others wrote ------------------------------------------------------------------------------------------------


@dataclass
class Reading:
    x: int
    y: float = 0.5
    tags: list[str] = field(default_factory=lambda: ["default"])
    note: str | None = "none"


def test_unknown_fields_are_ignored_and_missing_ones_take_their_defaults() -> None:
    assert ENGINE.to_python(packed({"x": 1, "unknown": [1, 2]}), Reading) == Reading(1)


def test_a_missing_field_that_may_be_none_is_none() -> None:
    Holder = make_dataclass("Holder", [("x", Optional[int])])
    assert ENGINE.to_python(packed({}), Holder) == Holder(None)


@pytest.mark.parametrize(("tree", "value"), [(5.0, 5), ("5", 5), (True, 1), (2**53, 2**53)])
def test_numbers_are_read_leniently(tree: Any, value: int) -> None:
    assert same(ENGINE.to_python(packed({"x": tree}), Reading).x, value)


def test_extra_facts_that_make_no_sense_are_as_good_as_none() -> None:
    Holder = make_dataclass(
        "Holder", [("when", dt.datetime), ("lasts", dt.timedelta), ("any", Any), ("union", int | str), ("n", int)]
    )
    value = Holder(dt.datetime(2024, 1, 1), dt.timedelta(1), [1], 5, 1)
    literal = ENGINE.to_literal(value, Holder)
    for hints in (
        "",
        "[]",
        "null",
        "[" * 100_000,
        '{"$[\\"when\\"]": "Nowhere/At_all", "$[\\"lasts\\"]": "soon", "$[\\"any\\"]": 5, "$[\\"union\\"]#": "9"}',
        '{"$[\\"when\\"]": "../../etc/passwd", "$[\\"lasts\\"]": "1e9", "$[\\"any\\"][0]": "--5", "$[\\"n\\"]": "--1"}',
    ):
        literal.metadata["flytetypes.hints"] = hints
        assert same(ENGINE.to_python(literal, Holder), value)


# --- schemas of classes of one name -----------------------------------------------------------------------------------


def _node(annotation: Any) -> Any:
    @dataclass
    class Node:
        value: annotation
        next: Optional[Node] = None

    Node.__annotations__ = {"value": annotation, "next": Optional[Node]}
    return dataclass(Node)


def test_two_recursive_classes_of_one_name_have_a_schema_each() -> None:
    one, two = _node(int), _node(str)
    both = make_dataclass("Both", [("a", one), ("b", two), ("c", one), ("d", two)])
    schema = schema_of(both)
    refs = [schema["properties"][name] for name in "abcd"]
    assert refs[0] == refs[2] == {"$ref": "#/$defs/Node"}
    assert refs[1] == refs[3] == {"$ref": "#/$defs/Node_2"}
    for name, kind in (("Node", "integer"), ("Node_2", "string")):
        definition = schema["$defs"][name]
        assert definition["properties"]["value"] == {"type": kind}
        assert {"$ref": f"#/$defs/{name}"} in definition["properties"]["next"]["anyOf"]


def test_a_plain_class_of_the_name_of_a_recursive_one_keeps_its_schema() -> None:
    recursive = _node(int)
    plain = make_dataclass("Node", [("other", float)])
    schema = schema_of(make_dataclass("Both", [("a", recursive), ("b", plain)]))
    assert schema["properties"]["b"]["properties"] == {"other": {"type": "number"}}
    schema = schema_of(make_dataclass("Both", [("b", plain), ("a", recursive)]))
    assert schema["properties"]["a"] == {"$ref": "#/$defs/Node"}


# --- numpy's scalars --------------------------------------------------------------------------------------------------


def test_numpy_scalars_are_the_numbers_they_equal() -> None:
    np = pytest.importorskip("numpy")
    one = np.int64(1)
    union = typing.Union[float, int]
    for value, annotation, expected in [
        (one, union, 1),
        (np.float32(0.5), typing.Union[int, float], 0.5),
        (np.bool_(True), typing.Union[int, bool], True),
        (one, typing.Union[float, str], 1.0),
        (one, typing.Literal[1, 2], 1),
        (np.str_("a"), typing.Literal["a"], "a"),
        ({"a": one, "b": [np.float64(0.5), np.bool_(False)]}, dict, {"a": 1, "b": [0.5, False]}),
        ([one], list[typing.Literal[1]], [1]),
        ({"a": one}, dict[str, union], {"a": 1}),
    ]:
        converter = ENGINE.converter(annotation)
        assert same(converter.to_python(converter.to_literal(value)), expected)
        assert same(converter.from_bytes(converter.to_bytes(value)), expected)

    holder = make_dataclass("NumbersIn", [("a", Any), ("b", union), ("c", typing.Literal[1])])
    back = there_and_back(holder(one, one, one))
    assert same((back.a, back.b, back.c), (1, 1, 1))


def test_what_is_no_numpy_number_is_refused() -> None:
    np = pytest.importorskip("numpy")
    for value in (np.array(3), np.array([3]), np.timedelta64(3, "ns"), np.datetime64(3, "ns")):
        for annotation in (int, float, typing.Union[float, int], typing.Literal[3]):
            with pytest.raises(ConversionError):
                ENGINE.to_literal(value, annotation)
        containers: list[tuple[Any, Any]] = [
            ({"a": value}, dict),
            ([value] * 100, list[int]),
            ([value] * 100, list[float]),
        ]
        for wrapped, annotation in containers:
            with pytest.raises(ConversionError):
                ENGINE.to_literal(wrapped, annotation)
            with pytest.raises(ConversionError):
                ENGINE.to_bytes(wrapped, annotation)


# --- names of fields --------------------------------------------------------------------------------------------------


@dataclass
class ReadUnderAnother:
    a: int = field(metadata={"alias": "b"}, default=1)
    b: int = 2


def test_a_field_is_never_read_under_the_name_of_another_one() -> None:
    tree = ENGINE.to_literal({"b": 5}, dict)
    assert ENGINE.to_python(tree, ReadUnderAnother) == ReadUnderAnother(a=1, b=5)


def test_two_fields_under_one_name_are_refused() -> None:
    @dataclass
    class Written(ReadUnderAnother):
        class Config:
            serialize_by_alias = True

    with pytest.raises(AnnotationError) as caught:
        ENGINE.converter(Written)
    assert str(caught.value) == "`a` and `b` of `Written` are both written as 'b'"


# --- type variables ---------------------------------------------------------------------------------------------------

V = TypeVar("V")
Swapped = TypeAliasType("Swapped", dict[V, list[K]], type_params=(K, V))


class Base(TypedDict, Generic[K], total=False):
    x: K


class OfIntegers(Base[int]):
    y: str


def test_arguments_of_an_alias_go_by_its_parameters() -> None:
    assert ENGINE.literal_type(Swapped[int, str]) == ENGINE.literal_type(dict[str, list[int]])


def test_what_a_typed_dict_inherits_has_the_arguments_of_its_base() -> None:
    assert ENGINE.to_python(ENGINE.to_literal({"x": 1, "y": "a"}, OfIntegers), OfIntegers) == {"x": 1, "y": "a"}
    with pytest.raises(ConversionError) as caught:
        ENGINE.to_literal({"x": "wrong", "y": "a"}, OfIntegers)
    assert str(caught.value) == "expected `int`, got `str` 'wrong' - at `$[\"x\"]`"


@pytest.mark.parametrize(
    ("annotation", "factory"),
    [
        (collections.defaultdict[str, Sequence[int]], list),
        (collections.defaultdict[str, Annotated[list[int], "noted"]], list),
        (collections.defaultdict[str, Collection[int]], list),
    ],
)
def test_a_defaultdict_comes_back_with_a_factory_that_can_be_called(annotation: Any, factory: Any) -> None:
    value = collections.defaultdict(factory, a=[1])
    back = ENGINE.to_python(ENGINE.to_literal(value, annotation), annotation)
    assert back == value
    assert back["missing"] == []
