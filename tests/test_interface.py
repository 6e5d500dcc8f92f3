"""Interfaces: signatures to the wire and back, and whole calls."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from flytetypes import AnnotationError, ConversionError, Interface, Pickled, TypeEngine, idl


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Named(NamedTuple):
    total: int
    label: str


@dataclass
class Point:
    x: int
    y: float = 1.5


def google(count: int, color: Color = Color.RED) -> Named:
    """Count things.

    Args:
        count: How many,
            counted once.
        color (Color): Of which colour.

    Returns:
        What was counted.
    """
    return Named(count, color.value)


def numpy_style(count: int, color: str) -> tuple[int, str]:
    """Count things.

    Parameters
    ----------
    count : int
        How many.
    color : str
        Of which colour.

    Returns
    -------
    o0 : int
        The number.
    o1 : str
        The name.
    """
    return count, color


def sphinx(count: int) -> int:
    """Count things.

    :param int count: How many,
        counted once.
    :returns: The number.
    """
    return count


def descriptions(interface: Interface) -> dict[str, str]:
    return {v.name: v.description for v in (*interface.inputs.values(), *interface.outputs.values())}


def test_descriptions_come_from_the_docstring_in_three_styles() -> None:
    assert descriptions(Interface.of(google)) == {
        "count": "How many,\ncounted once.",
        "color": "Of which colour.",
        "total": "What was counted.",
        "label": "What was counted.",
    }
    assert descriptions(Interface.of(numpy_style)) == {
        "count": "How many.",
        "color": "Of which colour.",
        "o0": "The number.",
        "o1": "The name.",
    }
    assert descriptions(Interface.of(sphinx)) == {"count": "How many,\ncounted once.", "o0": "The number."}
    assert Interface.of(google).description == "Count things."


def test_the_signature_is_shown_with_types_and_defaults() -> None:
    assert Interface.of(google).signature() == "google(count: int, color: Color = <Color.RED: 'red'>) -> (int, str)"


def test_an_interface_goes_to_the_wire_and_back() -> None:
    interface = Interface.of(numpy_style)
    back = Interface.from_idl(interface.to_idl(), name="numpy_style")
    assert back.to_idl() == interface.to_idl()
    assert list(back.inputs) == ["color", "count"]
    assert list(back.outputs) == ["o0", "o1"]


def test_outputs_from_the_wire_are_counted_not_spelled() -> None:
    interface = idl.TypedInterface()
    for index in (0, 10, 9, 1):
        interface.outputs.variables[f"o{index}"].type.simple = idl.SimpleType.INTEGER
    assert list(Interface.from_idl(interface).outputs) == ["o0", "o1", "o9", "o10"]
    assert list(Interface.from_idl(interface, output_order=["o9", "o1", "o0", "o10"]).outputs) == [
        "o9",
        "o1",
        "o0",
        "o10",
    ]


def test_defaults_come_back_from_the_parameters() -> None:
    def function(count: int = 3, label: str = "x", free: float | None = None) -> None:
        pass

    interface = Interface.of(function)
    back = Interface.from_idl(interface.to_idl(), parameters=interface.to_parameters())
    assert {name: variable.default for name, variable in back.inputs.items()} == {
        "count": 3,
        "free": None,
        "label": "x",
    }


def test_parameters_follow_the_rules_of_launch_plans() -> None:
    def function(a: int, b: int | None, c: int = None, d: int | None = 4, e: int = 0) -> None:  # type: ignore[assignment]  # noqa: RUF013
        pass

    parameters = Interface.of(function).to_parameters().parameters
    assert parameters["a"].required
    assert parameters["b"].default.scalar.WhichOneof("value") == "none_type"
    assert parameters["c"].required
    assert parameters["d"].default.scalar.union.value.scalar.primitive.integer == 4
    assert parameters["e"].default.scalar.primitive.WhichOneof("value") == "integer"


def test_a_call_goes_to_bytes_and_back() -> None:
    interface = Interface.of(google)
    data = interface.encode_inputs({"color": Color.GREEN, "count": 3})
    assert interface.decode_inputs(data) == {"count": 3, "color": Color.GREEN}
    assert set(idl.LiteralMap.FromString(data).literals) == {"count", "color"}
    assert data == idl.LiteralMap.FromString(data).SerializeToString(deterministic=True)
    result = interface.decode_outputs(interface.encode_outputs(Named(3, "green")))
    assert result == Named(3, "green")
    assert type(result) is Named


@pytest.mark.parametrize("result", [5, (5,), (5, "x", 1), None])
def test_a_result_of_another_number_of_values_is_refused(result: Any) -> None:
    with pytest.raises(ConversionError, match=r"expected 2 outputs \(o0, o1\), got .* - at `return`"):
        Interface.of(numpy_style).encode_outputs(result)


def test_an_argument_error_starts_with_the_argument() -> None:
    def function(points: dict[str, list[Point]]) -> None:
        pass

    with pytest.raises(ConversionError) as caught:
        Interface.of(function).encode_inputs({"points": {"a": [Point(1), Point("x")]}})  # type: ignore[arg-type]
    assert str(caught.value) == "expected `int`, got `str` 'x' - at `points[\"a\"][1].x`"


def test_names_that_nobody_declared_are_refused() -> None:
    interface = Interface.of(sphinx)
    with pytest.raises(ConversionError) as caught:
        interface.encode_inputs({"kount": 3})
    assert str(caught.value) == "expected an input of `sphinx` (count), got `kount` - at `kount`"
    other = Interface.of(google).encode_inputs({"color": Color.RED})
    with pytest.raises(ConversionError) as caught:
        interface.decode_inputs(other)
    assert str(caught.value) == "expected one of the names count, got `color` - at `color`"


def test_bytes_that_are_no_map_are_refused() -> None:
    data = Interface.of(sphinx).encode_inputs({"count": 3})
    with pytest.raises(ConversionError) as caught:
        Interface.of(sphinx).decode_inputs(data[:-1])
    assert (
        str(caught.value)
        == f"expected a serialised LiteralMap, got {len(data) - 1} bytes that are cut off or none - at `$`"
    )


def refused(function: Any) -> str:
    with pytest.raises(AnnotationError) as caught:
        Interface.of(function, TypeEngine())
    return str(caught.value)


def test_signatures_that_cannot_be_on_the_wire() -> None:
    def unannotated(x) -> None:  # type: ignore[no-untyped-def]
        pass

    def one() -> tuple[int]:
        return (1,)

    def silent() -> int:  # type: ignore[return]
        print("no value")

    def unsupported(x: list[object]) -> None:
        pass

    assert refused(unannotated) == "`unannotated` does not say what `x` is: annotate it"
    assert refused(one) == "`one` gives `tuple[int]`, a tuple of one: declare the element itself, or a NamedTuple"
    assert (
        refused(silent) == "`silent` declares one output and has no `return` with a value: return it, or declare None"
    )
    assert refused(unsupported).startswith("no transformer for `object`: ")
    assert refused(unsupported).endswith(" - in `x` of `unsupported`")


def test_a_raise_instead_of_a_return_is_enough() -> None:
    def pending() -> int:
        raise NotImplementedError

    assert list(Interface.of(pending).outputs) == ["o0"]


def test_variadic_parameters_are_ordinary_inputs() -> None:
    def function(*args: int, **kw: str) -> None:
        pass

    assert Interface.of(function).signature() == "function(args: int, kw: str) -> None"


def test_local_names_are_given_by_hand_where_nobody_can_see_them() -> None:
    def made() -> tuple[Any, type]:
        @dataclass
        class Local:
            x: int

        def function(value: Local) -> None:
            pass

        return function, Local

    function, local = made()
    with pytest.raises(AnnotationError, match=r"`Local` in the annotations of .* is not defined"):
        Interface.of(function)
    assert Interface.of(function, localns={"Local": local}).inputs["value"].annotation is local


def test_a_value_that_is_too_deep_for_a_call() -> None:
    deep: Any = int
    value: Any = 1
    for _ in range(49):
        deep, value = list[deep], [value]

    def function(value) -> None:  # type: ignore[no-untyped-def]
        pass

    function.__annotations__["value"] = deep
    interface = Interface.of(function)
    assert interface.inputs["value"].converter.to_python(interface.inputs["value"].converter.to_literal(value)) == value
    with pytest.raises(ConversionError) as caught:
        interface.encode_inputs({"value": value})
    assert str(caught.value) == (
        "expected a value that protobuf's parsers can read in a call: 48 lists deep at most, got one that is deeper"
        " - at `value`"
    )
    (shallower,) = value
    function.__annotations__["value"] = deep.__args__[0]
    interface = Interface.of(function)
    assert interface.decode_inputs(interface.encode_inputs({"value": shallower})) == {"value": shallower}


def test_what_a_call_promises_is_moved_together() -> None:
    engine = TypeEngine(prefix="memory://calls/raw")

    def function(a: Pickled[complex], b: list[Pickled[complex]], c: int) -> None:
        pass

    interface = Interface.of(function, engine)
    values = {"a": 1j, "b": [2j, 3j], "c": 4}
    assert interface.decode_inputs(interface.encode_inputs(values)) == values
    before = set(engine.store.list("memory://calls/raw/"))
    with pytest.raises(ConversionError, match=r"at `c`$"):
        interface.encode_inputs({**values, "c": "x"})
    assert set(engine.store.list("memory://calls/raw/")) == before
    assert len(before) == 3


def test_only_a_union_with_none_is_optional() -> None:
    def function(a: list[None], b: dict[str, None], c: int | None) -> None:
        pass

    parameters = Interface.of(function).to_parameters().parameters
    assert [parameters[name].required for name in "abc"] == [True, True, False]


def test_an_output_that_is_missing_is_told() -> None:
    with pytest.raises(ConversionError) as caught:
        Interface.of(sphinx).decode_outputs(b"")
    assert str(caught.value) == "expected the output `o0` of `sphinx`, got a result without it - at `$`"


def test_a_tuple_of_any_length_is_one_output() -> None:
    def halves(numbers: list[int]) -> tuple[int, ...]:
        return tuple(number // 2 for number in numbers)

    interface = Interface.of(halves, TypeEngine())
    assert list(interface.outputs) == ["o0"]
    assert interface.outputs["o0"].converter.to_python(interface.outputs["o0"].converter.to_literal((1, 2))) == (1, 2)
