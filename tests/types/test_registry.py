"""Which transformer an annotation gets: the steps of the look-up, one by one, and registering late, scoped and twice."""

from __future__ import annotations

import collections
import enum
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import pytest

from flytetypes import idl
from flytetypes._annotations import Annotation, parse
from flytetypes.errors import AnnotationError, ConversionError, RegistrationError
from flytetypes.types import Converter, Inbox, Outbox, Registry, TypeEngine, TypeTransformer, default_registry


class TextTransformer(TypeTransformer[Any]):
    """Writes a class as the text that its `str` gives."""

    def __init__(self, name: str, aliases: tuple[str, ...] = ()) -> None:
        self.name = name
        self.aliases = aliases

    def compile(self, annotation: Annotation, engine: Any) -> Converter[Any]:
        cls = annotation.origin

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            if type(value) is not cls:
                raise ConversionError(f"`{annotation.source}`", value)
            into.scalar.primitive.string_value = str(value)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            return cls(literal.scalar.primitive.string_value)

        string = idl.LiteralType(simple=idl.SimpleType.STRING)
        return Converter(
            annotation, self.name, literal_type=string, encode=encode, decode=decode, engine=engine, classes=(cls,)
        )


class Money:
    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.text == self.text

    __hash__ = None  # type: ignore[assignment]


class Euro(Money):
    pass


@dataclass
class Known:
    x: int


class MyInt(int):
    pass


class MyList(list):  # type: ignore[type-arg]
    pass


class Point(NamedTuple):
    x: int


class Color(str, enum.Enum):
    RED = "red"


def found(registry: Registry, annotation: Any) -> str:
    return registry.find(parse(annotation)).transformer.name


# --- the steps, in their order ----------------------------------------------------------------------------------------


def test_first_a_transformer_inside_annotated() -> None:
    registry = default_registry()
    assert found(registry, Annotated[int, TextTransformer("mine")]) == "mine"
    assert found(registry, Annotated[int, "anything else"]) == "int"


def test_then_the_exact_annotation() -> None:
    registry = default_registry()
    assert found(registry, int) == "int"
    assert found(registry, Any) == "Any"
    registry.register(TextTransformer("special"), dict[str, Money])
    assert found(registry, dict[str, Money]) == "special"
    assert found(registry, dict[str, int]) == "Typed Dict"


def test_then_its_origin() -> None:
    registry = default_registry()
    assert found(registry, list[int]) == "Typed List"
    assert found(registry, int | str) == "Typed Union"


def test_then_the_classes_of_its_mro_nearest_first() -> None:
    registry = Registry()
    registry.register(TextTransformer("money"), Money)
    assert found(registry, Euro) == "money"
    registry.register(TextTransformer("euro"), Euro)
    assert found(registry, Euro) == "euro"
    assert found(registry, Money) == "money"


def test_a_registration_may_not_serve_subclasses() -> None:
    registry = Registry()
    registry.register(TextTransformer("money"), Money, subclasses=False)
    assert found(registry, Money) == "money"
    with pytest.raises(AnnotationError):
        registry.find(parse(Euro))


@pytest.mark.parametrize("cls", [MyInt, MyList])
def test_built_in_classes_do_not_serve_subclasses_which_would_come_back_as_their_parents(cls: type) -> None:
    with pytest.raises(AnnotationError):
        TypeEngine().converter(cls)


def test_an_enum_is_an_enum_whatever_it_is_mixed_with() -> None:
    assert found(default_registry(), Color) == "DefaultEnumTransformer"


def test_then_the_forms_in_the_order_of_their_registration() -> None:
    registry = default_registry()
    assert found(registry, Known) == "Object-Dataclass-Transformer"
    assert found(registry, Point) == "NamedTuple"
    registry.register(TextTransformer("known"), Known)
    assert found(registry, Known) == "known", "what is registered comes before any form"


def test_a_package_brings_its_transformers_when_a_class_of_it_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    package, module = types.ModuleType("coins"), types.ModuleType("coins_for_flyte")
    package.Coin = type("Coin", (Money,), {"__module__": "coins.inner"})  # type: ignore[attr-defined]
    calls = []

    def register(registry: Registry) -> None:
        calls.append(registry)
        registry.register(TextTransformer("coin"), package.Coin)

    module.register = register  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "coins_for_flyte", module)
    registry = Registry()
    registry.register_package("coins", "coins_for_flyte")
    assert calls == []
    assert found(registry, package.Coin) == found(registry, package.Coin) == "coin"
    assert calls == [registry]


def test_else_an_error_that_says_what_to_do() -> None:
    with pytest.raises(
        AnnotationError, match="Register a transformer for `Money`, make it a dataclass, or annotate it"
    ):
        default_registry().find(parse(Money))


def test_explain_tells_the_steps() -> None:
    explanation = TypeEngine().explain(list[Known])
    assert str(explanation) == (
        "list[Known]: list[struct Known], by Typed List, inline\n"
        "  no transformer inside Annotated\n"
        "  nothing registered for exactly `list[Known]`\n"
        "  registered for its origin `list`: ListTransformer ('Typed List')\n"
        "  element: Known: struct Known, by Object-Dataclass-Transformer, inline\n"
        "    x: int: inside the struct, by int, inline"
    )


# --- registering ------------------------------------------------------------------------------------------------------


def test_what_is_registered_late_counts_from_then_on() -> None:
    engine = TypeEngine(default_registry())
    with pytest.raises(AnnotationError):
        engine.converter(list[Money])
    assert engine.converter(list[Known]).literal_type.collection_type.simple == idl.SimpleType.STRUCT
    engine.registry.register(TextTransformer("money"), Money)
    engine.registry.register(TextTransformer("known"), Known)
    assert engine.to_python(engine.to_literal([Money("5")], list[Money]), list[Money]) == [Money("5")]
    assert engine.converter(list[Known]).literal_type.collection_type.simple == idl.SimpleType.STRING


def test_a_scope_is_undone() -> None:
    engine = TypeEngine(default_registry())
    with engine.registry.scope() as registry:
        registry.register(TextTransformer("known"), Known)
        assert engine.converter(Known).transformer == "known"
    assert engine.converter(Known).transformer == "Object-Dataclass-Transformer"


def test_a_copy_changes_on_its_own() -> None:
    registry = default_registry()
    copy = registry.copy()
    copy.register(TextTransformer("money"), Money)
    assert found(copy, Money) == "money"
    with pytest.raises(AnnotationError):
        registry.find(parse(Money))


def test_the_same_registration_again_is_none() -> None:
    registry = Registry()
    money = TextTransformer("money")
    registry.register(money, Money)
    registry.register(money, Money)
    assert registry.transformers() == [money]


def test_nothing_is_registered_when_one_of_several_annotations_is_taken() -> None:
    registry = Registry()
    registry.register(TextTransformer("money"), Money)
    with pytest.raises(RegistrationError):
        registry.register(TextTransformer("both"), Known, Money)
    with pytest.raises(AnnotationError):
        registry.find(parse(Known))
    registry.register(TextTransformer("both"), Known)  # its name is free as well


def test_every_name_of_the_wire_is_registered() -> None:
    names = {transformer.name for transformer in default_registry().transformers()}
    assert {
        *("int", "float", "str", "bool", "datetime", "date", "timedelta", "none", "Typed List", "Typed Dict"),
        *("Typed Union", "DefaultEnumTransformer", "LiteralTypeTransformer", "Object-Dataclass-Transformer"),
        *("Protobuf-Transformer", "FlyteError"),
    } <= names


# --- names that were -----------------------------------------------------------------------------------------------


def test_values_under_a_former_name_are_read() -> None:
    before, after = TypeEngine(default_registry()), TypeEngine(default_registry())
    before.registry.register(TextTransformer("money"), Money)
    after.registry.register(TextTransformer("currency", aliases=("money",)), Money)
    old = before.to_literal(Money("5"), Money | int)
    assert old.scalar.union.type.structure.tag == "money"
    assert after.to_python(old, Money | int) == Money("5")
    assert after.to_literal(Money("5"), Money | int).scalar.union.type.structure.tag == "currency"


def test_counters_are_not_ordered_dicts() -> None:
    registry = default_registry()
    assert found(registry, collections.Counter) == "Counter"
    assert found(registry, collections.OrderedDict) == "OrderedDict"


# --- several threads --------------------------------------------------------------------------------------------------


class Slow:
    pass


def _slow_module(name: str, register: Any) -> None:
    module = types.ModuleType(name)
    module.register = register  # type: ignore[attr-defined]
    sys.modules[name] = module


def _in_threads(calls: list[Any]) -> list[Any]:
    barrier = threading.Barrier(len(calls))

    def run(call: Any) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(10) for future in [pool.submit(run, call) for call in calls]]


def test_threads_that_meet_a_package_at_once_all_find_its_transformer() -> None:
    def register(registry: Registry) -> None:
        time.sleep(0.05)
        registry.register(TextTransformer("slow"), Slow)

    _slow_module("tests_slow_package", register)
    registry = default_registry()
    registry.register_package(Slow.__module__.partition(".")[0], "tests_slow_package")
    engines = [TypeEngine(registry) for _ in range(4)]
    found = _in_threads([lambda engine=engine: engine.converter(Slow) for engine in engines * 2])
    assert [converter.transformer for converter in found] == ["slow"] * 8


def test_threads_that_meet_a_model_at_once_all_convert_it() -> None:
    import pydantic

    class Model(pydantic.BaseModel):
        x: int

    for _ in range(20):
        registry = default_registry()
        engines = [TypeEngine(registry) for _ in range(4)]
        assert len(_in_threads([lambda e=e: e.to_bytes(Model(x=1), Model) for e in engines * 2])) == 8


@pytest.mark.parametrize("half_way", [False, True])
def test_a_package_that_failed_to_load_is_tried_again(half_way: bool) -> None:
    failures = [ImportError("not yet"), None]

    def register(registry: Registry) -> None:
        failure = failures.pop(0)
        if failure is not None and not half_way:
            raise failure
        registry.register(TextTransformer("slow"), Slow)
        if failure is not None:
            raise failure

    _slow_module("tests_failing_package", register)
    registry = default_registry()
    registry.register_package(Slow.__module__.partition(".")[0], "tests_failing_package")
    with pytest.raises(ImportError, match="not yet"):
        registry.find(parse(Slow))
    assert registry.find(parse(Slow)).transformer.name == "slow"
