"""The engine: one converter for one annotation, from any thread, and the switches that it has."""

from __future__ import annotations

import decimal
import gc
import threading
import typing
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, make_dataclass
from typing import Annotated, Any, Generic, Literal, Optional, TypeVar, Union

import numpy as np
import pytest

from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.storage import MemoryStore, StoreRouter
from flytetypes.testing import same
from flytetypes.types import FlyteAnnotation, Outbox, Pickled, TypeEngine, default_registry

ENGINE = TypeEngine()


# --- one converter ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (list[int], typing.List[int]),  # noqa: UP006
        (dict[str, int], typing.Dict[str, int]),  # noqa: UP006
        (int | None, Optional[int]),
        (None, type(None)),
        (typing.NewType("Meters", float), float),
        (Annotated[int, "a note"], Annotated[int, "a note"]),
    ],
    ids=str,
)
def test_annotations_that_mean_the_same_share_a_type(one: Any, other: Any) -> None:
    assert ENGINE.literal_type(one) == ENGINE.literal_type(other)
    assert ENGINE.converter(one) is ENGINE.converter(other)


def test_annotations_that_python_takes_for_equal_are_told_apart() -> None:
    for one, other in (
        (Union[int, str], Union[str, int]),
        (Literal[0], Literal[False]),
        (list[Literal[1]], list[Literal[True]]),
        (Annotated[int, FlyteAnnotation({"a": 1})], Annotated[int, FlyteAnnotation({"a": 2})]),
    ):
        assert ENGINE.converter(one) is not ENGINE.converter(other)
        assert ENGINE.literal_type(one) != ENGINE.literal_type(other)


def test_a_literal_type_is_the_callers_own() -> None:
    literal_type = ENGINE.literal_type(int)
    literal_type.simple = idl.SimpleType.STRING
    assert ENGINE.literal_type(int).simple == idl.SimpleType.INTEGER


def test_classes_of_one_name_are_different_classes() -> None:
    before, after = make_dataclass("Redefined", [("x", int)]), make_dataclass("Redefined", [("y", str)])
    engine = TypeEngine()
    assert engine.to_python(engine.to_literal(before(1), before), before) == before(1)
    assert engine.to_python(engine.to_literal(after("a"), after), after) == after("a")
    with pytest.raises(ConversionError):
        engine.to_literal(before(1), after)


def test_a_thousand_redefined_classes_do_not_pile_up() -> None:
    engine = TypeEngine()
    first = make_dataclass("Cell", [("x", int)])
    engine.to_literal(first(1), first)
    alive = weakref.ref(first)
    del first
    for _ in range(5_000):
        annotation = make_dataclass("Cell", [("x", int)])
        engine.converter(annotation)
    gc.collect()
    assert alive() is None


# --- threads ----------------------------------------------------------------------------------------------------------


@dataclass
class Node:
    value: int
    next: Node | None = None
    others: list[Edge] | None = None


@dataclass
class Edge:
    to: Node
    weight: float = 0.0


def test_threads_compile_a_recursive_class_once() -> None:
    for _ in range(20):
        engine = TypeEngine()
        barrier = threading.Barrier(8)

        def compile_and_use(index: int, engine: TypeEngine = engine, barrier: threading.Barrier = barrier) -> Any:
            barrier.wait()
            annotation = (Node, list[Edge], Edge, Optional[Node])[index % 4]
            node = Node(1, Node(2), [Edge(Node(3), 0.5)])
            value = (node, [Edge(node)], Edge(node), node)[index % 4]
            assert engine.from_bytes(engine.to_bytes(value, annotation), annotation) == value
            return engine.converter(Node)

        with ThreadPoolExecutor(8) as threads:
            converters = list(threads.map(compile_and_use, range(8)))
        assert all(converter is converters[0] for converter in converters)


def test_an_annotation_that_fails_fails_again_and_leaves_nothing_behind() -> None:
    engine = TypeEngine()
    Broken = make_dataclass("Broken", [("good", Node), ("bad", object)])
    for _ in range(2):
        with pytest.raises(AnnotationError, match=r"no transformer for `object`: .* - in field `bad` of `Broken`"):
            engine.converter(Broken)
    assert engine.to_python(engine.to_literal(Node(1), Node), Node) == Node(1)


# --- numpy ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "given", "back"),
    [
        (int, np.int64(3), 3),
        (float, np.float64(1.5), 1.5),
        (float, np.float32(0.5), 0.5),
        (float, np.int8(3), 3.0),
        (bool, np.bool_(True), True),
        (str, np.str_("a"), "a"),
        (list[int], [np.int64(1), 2], [1, 2]),
        (list[int], [np.int64(1)] * 500, [1] * 500),
        (dict[str, float], {"a": np.float64(1.5)}, {"a": 1.5}),
        (Optional[int], np.int64(3), 3),
    ],
)
def test_numpy_scalars_are_taken_for_the_numbers_that_they_equal(annotation: Any, given: Any, back: Any) -> None:
    assert same(ENGINE.to_python(ENGINE.to_literal(given, annotation), annotation), back)
    assert same(ENGINE.from_bytes(ENGINE.to_bytes(given, annotation), annotation), back)


@pytest.mark.parametrize(
    ("annotation", "value"), [(int, np.float64(1.0)), (int, np.bool_(True)), (int, np.array([1])), (bool, np.int8(1))]
)
def test_other_numpy_values_are_not(annotation: Any, value: Any) -> None:
    with pytest.raises(ConversionError):
        ENGINE.to_literal(value, annotation)


# --- switches ---------------------------------------------------------------------------------------------------------


class Unknown:
    def __init__(self, x: int) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return type(other) is Unknown and other.x == self.x

    def __hash__(self) -> int:
        return hash(self.x)


@pytest.mark.parametrize("annotation", [set[int], bytes, decimal.Decimal])
def test_what_flytekit_pickles_is_pickled_when_the_switch_is_on_and_has_its_form_else(annotation: Any) -> None:
    assert not TypeEngine().converter(annotation).runs_code
    assert TypeEngine(allow_pickle=True).converter(annotation).runs_code


@pytest.mark.parametrize(("annotation", "value"), [(Unknown, Unknown(1)), (Any, b"x")])
def test_what_has_no_transformer_is_pickled_only_when_the_switch_is_on(annotation: Any, value: Any) -> None:
    strict = TypeEngine()
    lenient = TypeEngine(allow_pickle=True, store=StoreRouter({"memory": MemoryStore()}), prefix="memory://switch/")
    with pytest.raises(AnnotationError):
        strict.converter(annotation)
    for of in (annotation, list[annotation], Optional[annotation]):
        wrapped = [value] if of == list[annotation] else value
        assert same(lenient.to_python(lenient.to_literal(wrapped, of), of), wrapped)
    assert lenient.converter(annotation).runs_code


def test_the_switch_pickles_no_tuples_as_flytekit_refuses_them() -> None:
    assert not TypeEngine(allow_pickle=True).converter(tuple[int, str]).runs_code


def test_the_switch_is_not_needed_for_what_asks_to_be_pickled() -> None:
    assert ENGINE.converter(Pickled[Unknown]).transformer == "FlytePickle"
    assert str(ENGINE.explain(list[Pickled[Unknown]])).splitlines()[0].endswith("in the store, runs code when read")


@pytest.mark.parametrize(("text", "old"), [("true", True), ("T", True), ("1", True), ("yes", False), ("", False)])
def test_the_old_format_is_asked_for_by_flytekits_variable(
    monkeypatch: pytest.MonkeyPatch, text: str, old: bool
) -> None:
    monkeypatch.setenv("FLYTE_USE_OLD_DC_FORMAT", text)
    literal = ENGINE.to_literal({"a": 1}, dict)
    assert literal.scalar.WhichOneof("value") == ("generic" if old else "binary")
    assert ENGINE.to_bytes({"a": 1}, dict) == literal.SerializeToString(deterministic=True)
    assert Outbox().old_format is old


# --- whole calls ------------------------------------------------------------------------------------------------------


def test_several_values_at_once_are_told_by_name() -> None:
    values = {"a": (ENGINE.converter(int), 1), "b": (ENGINE.converter(list[int]), [1])}
    data = ENGINE.to_bytes_all(values)
    literals = {name: (values[name][0], data[name]) for name in values}
    assert ENGINE.from_bytes_all(literals) == {"a": 1, "b": [1]}
    with pytest.raises(ConversionError, match=r"expected `int`, got `str` 'x' - at `b\[1\]`"):
        ENGINE.to_bytes_all({**values, "b": (ENGINE.converter(list[int]), [1, "x"])})


# --- protobuf messages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        idl.Struct(),
        idl.LiteralType(simple=idl.SimpleType.INTEGER),
        idl.Literal(hash="x"),
        idl.BlobType(format="csv", dimensionality=idl.BlobType.MULTIPART),
        idl.Primitive(integer=2**60),
        idl.Primitive(float_value=float("nan")),
        idl.Binary(value=b"\x00\xff", tag="msgpack"),
        idl.ListValue(),
    ],
)
def test_protobuf_messages_come_back(message: idl.Message) -> None:
    cls = type(message)
    literal = ENGINE.to_literal(message, cls)
    assert ENGINE.to_python(literal, cls).SerializeToString() == message.SerializeToString()
    assert ENGINE.from_bytes(ENGINE.to_bytes(message, cls), cls).SerializeToString() == message.SerializeToString()


def test_a_message_without_a_form_in_json_is_refused() -> None:
    struct = idl.Struct()
    struct.fields["x"].number_value = float("nan")
    with pytest.raises(ConversionError, match="expected `Struct` that has a JSON form"):
        ENGINE.to_literal(struct, idl.Struct)
    with pytest.raises(ConversionError, match="expected `Timestamp` whose JSON is an object"):
        ENGINE.to_literal(idl.Timestamp(seconds=1), idl.Timestamp)


def test_what_was_compiled_first_is_forgotten_first_and_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flytetypes.types._engine._MEMO_SIZE", 2)
    engine = TypeEngine()
    first = engine.converter(int)
    for annotation in (str, bool, float):
        assert engine.converter(annotation) is engine.converter(annotation)
    again = engine.converter(int)
    assert again is not first
    assert again.to_python(first.to_literal(3)) == 3


# --- types do not depend on what was asked before ---------------------------------------------------------------------

T = TypeVar("T")


@dataclass
class Holder(Generic[T]):
    content: T


@dataclass
class Author:
    books: list[Book]


@dataclass
class Book:
    author: Optional[Author] = None


@pytest.mark.parametrize(
    ("first", "then"), [(Holder[bool], Holder[Holder[bool]]), (Book, Author), (Author, Book), (list[Book], Author)]
)
def test_a_type_is_the_same_whatever_was_asked_before(first: Any, then: Any) -> None:
    asked = TypeEngine()
    asked.literal_type(first)
    assert asked.literal_type(then) == TypeEngine().literal_type(then)
    assert asked.literal_type(first) == TypeEngine().literal_type(first)


def test_a_class_inside_one_of_its_own_kind_is_told_with_its_fields() -> None:
    inner = TypeEngine().literal_type(Holder[Holder[bool]]).structure.dataclass_type["content"]
    assert inner.structure.dataclass_type["content"].simple == idl.SimpleType.BOOLEAN


def test_what_brings_a_package_is_compiled_once_and_for_all() -> None:
    engine = TypeEngine(default_registry())
    annotation = dict[int, decimal.Decimal]
    assert engine.converter(annotation) is engine.converter(annotation)
