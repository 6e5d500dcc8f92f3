"""`flytetypes.testing`: what `same` tells apart, and which values `values` draws; the suites have tests of their own."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, Union
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pydantic
import pytest
from annotated_types import Ge, Gt, Interval, Len, MultipleOf, Not, Predicate, Timezone
from hypothesis import find, given
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from flytetypes.errors import AnnotationError
from flytetypes.testing import same, values
from flytetypes.types import Pickled

T = TypeVar("T")
NAN = float("nan")
BERLIN = ZoneInfo("Europe/Berlin")

# --- same -------------------------------------------------------------------------------------------------------------


@dataclass
class Holder(Generic[T]):
    content: T


class Bare:
    def __init__(self, content: Any) -> None:
        self.content = content


class Slotted:
    __slots__ = ("content",)

    def __init__(self, content: Any) -> None:
        self.content = content


class Model(pydantic.BaseModel):
    content: Any
    _hidden: int = 0


class Struct(msgspec.Struct):
    content: Any


NOON = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        ([1], (1,)),
        ([1], [True]),
        ({1: "a"}, {1.0: "a"}),
        ({1}, {True}),
        ({"a": [1]}, {"a": [1.0]}),
        (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        (NOON, NOON.astimezone(BERLIN)),
        (NOON.astimezone(BERLIN), dt.datetime(2024, 6, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))),
        ({NOON}, {NOON.astimezone(BERLIN)}),
        (collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1)),
        (collections.defaultdict(list), collections.defaultdict(int)),
        (collections.deque([1]), collections.deque([1], 5)),
        (Holder(1), Holder(1.0)),
        (Bare(1), Bare(2)),
        (Slotted(1), Slotted(2)),
        (Model(content=1), Model(content=1.0)),
        (Struct(1), Struct(True)),
        (np.float32(1), np.float64(1)),
        (np.zeros((2, 1)), np.zeros((1, 2))),
        (len, max),
    ],
)
def test_what_differs_in_class_or_value_is_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same([one], [other])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NAN, float("nan")),
        ([NAN], [float("nan")]),
        ({"a": NAN}, {"a": float("nan")}),
        ({NAN: 1}, {float("nan"): 1}),
        ({NAN, 1.0}, {1.0, float("nan")}),
        (decimal.Decimal("sNaN"), decimal.Decimal("sNaN")),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (Holder([NAN]), Holder([float("nan")])),
        (Bare([NAN]), Bare([float("nan")])),
        (Slotted(NAN), Slotted(float("nan"))),
        (Model(content=NAN), Model(content=float("nan"))),
        (Struct(NAN), Struct(float("nan"))),
        (np.float32("nan"), np.float32("nan")),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan])),
        (NOON.astimezone(BERLIN), NOON.astimezone(ZoneInfo.no_cache("Europe/Berlin"))),
        (len, len),
    ],
)
def test_equal_values_of_one_class_are_the_same_and_so_is_nan(one: Any, other: Any) -> None:
    assert same(one, other)


def test_private_attributes_of_models_count() -> None:
    one, other = Model(content=1), Model(content=1)
    assert same(one, other)
    other._hidden = 1
    assert not same(one, other)


# --- values -----------------------------------------------------------------------------------------------------------


@dataclass
class Chain:
    next: Chain | None = None
    many: list[Chain] = field(default_factory=list)


@dataclass
class Endless:
    next: Endless


@dataclass
class Child(Holder[int]):
    name: str = ""


@dataclass
class Even:
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError(self.number)


class Color(enum.Enum):
    RED = "red"


class Pair(NamedTuple):
    one: int
    other: str


class Bounded(pydantic.BaseModel):
    size: int = pydantic.Field(gt=0, le=9)
    code: str = pydantic.Field(pattern="^[a-z]{2}$")


def has(annotation: Any, condition: Any) -> bool:
    """Whether values of an annotation have one for which a condition holds."""
    try:
        find(values(annotation), condition)
    except NoSuchExample:
        return False
    return True


@given(data=st.data())
@pytest.mark.parametrize(
    ("annotation", "holds"),
    [
        (Annotated[int, Gt(5)], lambda value: type(value) is int and value > 5),
        (Annotated[int, Interval(ge=2**62), MultipleOf(3)], lambda value: value >= 2**62 and value % 3 == 0),
        (Annotated[float, Ge(0)], lambda value: value >= 0),
        (Annotated[list[int], Len(2, 3)], lambda value: 2 <= len(value) <= 3),
        (Annotated[dict[str, int], Len(2)], lambda value: len(value) >= 2),
        (Annotated[int, Not(bool)], lambda value: value == 0),
        (Annotated[int, Predicate(bool)], bool),
        (Annotated[dt.datetime, Timezone(None)], lambda value: value.tzinfo is None),
        (Annotated[int | None, Gt(5)], lambda value: value is None or value > 5),
        (Annotated[int, msgspec.Meta(ge=3, lt=5)], lambda value: value in (3, 4)),
        (Annotated[str, pydantic.StringConstraints(max_length=1)], lambda value: len(value) <= 1),
        (Bounded, lambda value: 0 < value.size <= 9 and len(value.code) in (2, 3)),
        (Even, lambda value: value.number % 2 == 0),
        (Pickled[Any], lambda value: value is not None),
        (Child, lambda value: type(value.content) is int),
        (Holder[Pair], lambda value: type(value.content) is Pair and type(value.content.other) is str),
        (Union[list[float], list[int]], lambda value: len(set(map(type, value))) <= 1),
    ],
)
def test_values_are_what_the_annotation_says(data: st.DataObject, annotation: Any, holds: Any) -> None:
    assert holds(data.draw(values(annotation)))


def test_awkward_values_are_among_them() -> None:
    assert has(float, lambda value: value != value)
    assert has(int, lambda value: value == 2**53 + 1)
    assert has(dt.datetime, lambda value: value.tzinfo is not None and value.fold == 1)
    assert has(dict[str, list[int]], lambda value: value == {})
    assert has(Chain, lambda value: value.many and value.many[0].next is not None)
    assert has(tuple[int, ...], lambda value: len(value) == 3)


def test_keys_equal_themselves() -> None:
    assert not has(dict[float, int], lambda value: any(key != key for key in value))


def test_a_class_that_cannot_come_to_an_end_has_no_values() -> None:
    with pytest.raises(AnnotationError) as caught:
        values(Endless)
    assert str(caught.value) == "`Endless` has no values: each would have to contain another one"


def test_a_class_of_ones_own_is_drawn_as_hypothesis_knows_it() -> None:
    class Token:
        def __init__(self, text: Any) -> None:
            self.text = text

    with pytest.raises(AnnotationError) as caught:
        values(list[Token])
    assert str(caught.value) == (
        "no values of `Token` are known: register them with `hypothesis.strategies.register_type_strategy(Token, ...)`"
    )
    st.register_type_strategy(Token, st.builds(Token, st.just("a")))
    assert has(list[Token], lambda value: value and value[0].text == "a")


# --- importing --------------------------------------------------------------------------------------------------------


def test_same_and_the_suite_of_stores_need_no_hypothesis() -> None:
    program = """
import sys
sys.modules["hypothesis"] = None
from flytetypes.testing import same
assert "pytest" not in sys.modules
from flytetypes.testing import StoreSuite
try:
    from flytetypes.testing import values
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "drawing values of an annotation needs hypothesis: pip install 'flytetypes[testing]'\n"
