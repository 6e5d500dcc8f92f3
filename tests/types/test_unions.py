"""Unions: which variant a value is of, how that is written, and what is read without a tag."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, make_dataclass
from typing import Annotated, Any, Literal, Optional, Union

import msgpack
import pytest

from flytetypes import idl
from flytetypes.errors import ConversionError
from flytetypes.testing import same
from flytetypes.types import FlyteAnnotation, HashMethod, Pickled, TypeEngine

ENGINE = TypeEngine(prefix="memory://unions/")


class Color(enum.Enum):
    RED = "red"


@dataclass
class Cat:
    name: str


@dataclass
class Dog:
    name: str


@dataclass
class Parent:
    x: int = 0


@dataclass
class Child(Parent):
    y: int = 0


@dataclass
class Holder:
    value: Any


def tag_of(value: Any, annotation: Any) -> str:
    return ENGINE.to_literal(value, annotation).scalar.union.type.structure.tag


def there_and_back(value: Any, annotation: Any) -> Any:
    back = ENGINE.to_python(ENGINE.to_literal(value, annotation), annotation)
    assert same(ENGINE.from_bytes(ENGINE.to_bytes(value, annotation), annotation), back)
    return back


@pytest.mark.parametrize(
    ("value", "tag"),
    [(1, "int"), (1.0, "float"), (True, "bool"), ("red", "str"), (Color.RED, "DefaultEnumTransformer"), (None, "none")],
)
def test_the_exact_class_of_the_value_picks_the_variant(value: Any, tag: str) -> None:
    annotation = Union[float, int, bool, Color, str, None]
    assert tag_of(value, annotation) == tag
    assert same(there_and_back(value, annotation), value)


def test_of_variants_of_one_class_the_first_that_accepts_wins() -> None:
    annotation = Union[list[int], list[str]]
    assert ENGINE.to_literal([], annotation).scalar.union.type.collection_type.simple == idl.SimpleType.INTEGER
    assert ENGINE.to_literal(["a"], annotation).scalar.union.type.collection_type.simple == idl.SimpleType.STRING


def test_a_value_of_no_variants_class_goes_to_the_first_that_takes_it() -> None:
    assert same(there_and_back(1, Union[str, float]), 1.0)


def test_the_order_of_the_variants_is_kept() -> None:
    one, other = ENGINE.literal_type(Union[int, str]), ENGINE.literal_type(Union[str, int])
    assert [variant.simple for variant in one.union_type.variants] == [1, 3]
    assert [variant.simple for variant in other.union_type.variants] == [3, 1]
    # `typing` takes them for equal, and gives for both what was made first; the engine's own key does not.
    assert ENGINE.literal_type(list[int | str]) != ENGINE.literal_type(list[str | int])


@pytest.mark.parametrize("value", [Cat("x"), Dog("x")])
def test_dataclasses_with_the_same_fields_come_back_as_what_they_were(value: Any) -> None:
    assert same(there_and_back(value, Union[Cat, Dog]), value)
    assert same(there_and_back([value], list[Union[Cat, Dog]]), [value])


@pytest.mark.parametrize("value", [Parent(1), Child(1, 2)])
@pytest.mark.parametrize("annotation", [Union[Parent, Child], Union[Child, Parent], Union[None, Parent, int, Child]])
def test_a_parent_and_its_child_come_back_as_what_they_were(value: Any, annotation: Any) -> None:
    assert same(there_and_back(value, annotation), value)


def test_where_types_are_equal_on_the_wire_the_variant_is_noted_beside_the_value() -> None:
    first, second = (make_dataclass("Twin", [("x", int)]) for _ in range(2))
    annotation = Union[first, second]
    literal = ENGINE.to_literal(second(1), annotation)
    assert dict(literal.metadata) == {"flytetypes.variant": "1"}
    assert type(there_and_back(first(1), annotation)) is first
    assert type(there_and_back(second(1), annotation)) is second
    literal.metadata.clear()
    assert type(ENGINE.to_python(literal, annotation)) is first


def test_where_types_differ_nothing_is_noted() -> None:
    assert dict(ENGINE.to_literal(1, Union[int, str]).metadata) == {}
    assert dict(ENGINE.to_literal(Dog("x"), Union[Cat, Dog]).metadata) == {}


def test_any_takes_what_the_other_variants_do_not() -> None:
    annotation = Union[int, Pickled[Any]]
    assert tag_of(1, annotation) == "int"
    assert tag_of(2**70, annotation) == "FlytePickle"
    assert same(there_and_back(2**70, annotation), 2**70)


# --- inside structs, where there is no tag ----------------------------------------------------------------------------

TRICKY: list[tuple[Any, list[Any]]] = [
    (Union[Cat, Dog], [Cat("x"), Dog("x")]),
    (Union[Parent, Child], [Parent(1), Child(1)]),
    (Union[int, float, bool, str], [1, 1.0, True, "1"]),
    (Union[str, dt.datetime, dt.date], ["2024-01-01", dt.datetime(2024, 1, 1), dt.date(2024, 1, 1)]),
    (Union[bytes, str, None], [b"YQ==", "YQ==", None]),
    (Union[tuple[int, int], list[int], set[int]], [(1, 2), [1, 2], {1, 2}]),
    (Union[dict[str, int], Cat, dict[int, int]], [{"name": 1}, Cat("x"), {1: 2}]),
    (Union[Literal["a"], Color, str], ["a", Color.RED, "red"]),
    (Union[tuple[int, int], Any], [(1, 2), (), [1, 2], "x"]),
    (Optional[Union[int, list[Optional[Cat]]]], [None, 1, [None, Cat("x")]]),
]


@pytest.mark.parametrize(("annotation", "values"), TRICKY, ids=[str(row[0]) for row in TRICKY])
def test_a_field_comes_back_as_the_variant_that_it_was(annotation: Any, values: list[Any]) -> None:
    holder = make_dataclass("Holder", [("value", annotation), ("others", list[annotation])])
    for value in values:
        assert same(there_and_back(holder(value, values), holder), holder(value, values))


def test_only_what_would_be_misread_is_hinted() -> None:
    holder = make_dataclass("Holder", [("value", Union[int, str])])
    assert dict(ENGINE.to_literal(holder(1), holder).metadata) == {}
    pets = make_dataclass("Holder", [("value", Union[Cat, Dog])])
    assert dict(ENGINE.to_literal(pets(Cat("x")), pets).metadata) == {}
    assert dict(ENGINE.to_literal(pets(Dog("x")), pets).metadata) == {"flytetypes.hints": '{"$[\\"value\\"]#": "1"}'}


# --- what others wrote ------------------------------------------------------------------------------------------------


def bare(tree: Any) -> idl.Literal:
    literal = idl.Literal()
    literal.scalar.binary.value = msgpack.packb(tree)
    literal.scalar.binary.tag = "msgpack"
    return literal


@pytest.mark.parametrize("value", [1, 1.5, "a", True, None, [1], {"name": "x"}])
def test_a_bare_msgpack_value_is_of_the_variant_of_its_class(value: Any) -> None:
    annotation = Union[bool, str, int, float, list[int], dict[str, str], None]
    assert same(ENGINE.to_python(bare(value), annotation), value)


def test_a_bare_primitive_is_of_the_variant_that_writes_it() -> None:
    integer = ENGINE.to_literal(4, int)
    assert same(ENGINE.to_python(integer, Union[float, int]), 4)
    assert same(ENGINE.to_python(integer, Union[str, float]), 4.0)
    assert ENGINE.to_python(ENGINE.to_literal(None, None), Optional[int]) is None


def test_a_union_literal_is_not_unwrapped_for_another_annotation() -> None:
    with pytest.raises(ConversionError):
        ENGINE.to_python(ENGINE.to_literal(4, Optional[int]), int)


def test_a_value_of_a_smaller_union_is_one_of_a_larger_union() -> None:
    assert ENGINE.to_python(ENGINE.to_literal(4, Optional[int]), Union[str, int, None]) == 4


def test_a_stored_enum_is_read_as_text_only_under_its_own_tag() -> None:
    other = enum.Enum("Color", {"RED": "red", "BLUE": "blue"})
    with pytest.raises(ConversionError):
        ENGINE.to_python(ENGINE.to_literal(Color.RED, Optional[Color]), Optional[other])


# --- Annotated --------------------------------------------------------------------------------------------------------


def test_an_annotation_of_a_variant_is_in_the_type_of_the_union_and_not_with_its_values() -> None:
    annotation = Optional[Annotated[int, FlyteAnnotation({"unit": "kg"})]]
    assert ENGINE.literal_type(annotation).union_type.variants[0].annotation.annotations["unit"] == "kg"
    assert not ENGINE.to_literal(5, annotation).scalar.union.type.HasField("annotation")


def test_a_hash_of_a_variant_is_kept() -> None:
    annotation = Optional[Annotated[int, HashMethod(str)]]
    assert ENGINE.to_literal(5, annotation).scalar.union.value.hash == "5"
    assert ENGINE.to_python(ENGINE.to_literal(5, annotation), annotation) == 5
