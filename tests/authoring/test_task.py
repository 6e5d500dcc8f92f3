"""Tasks: what calling one means, and what is refused."""

from __future__ import annotations

import copy
import functools
import gc
import inspect
import pickle
import weakref
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from flytetypes import AnnotationError, CallError, ConversionError, Task, task


@dataclass
class Order:
    items: list[int]
    note: str = ""


class Split(NamedTuple):
    low: list[int]
    high: list[int]


@task
def mean(values: list[float]) -> float:
    """The arithmetic mean."""
    return sum(values) / len(values)


@task
def scaled(value: int, factor: int = 2) -> int:
    return value * factor


@task
def split(values: list[int], at: int) -> Split:
    return Split([v for v in values if v < at], [v for v in values if v >= at])


@task
def pair(n: int) -> tuple[int, str]:
    return n, "x" * n


def test_a_task_outside_of_a_workflow_runs() -> None:
    assert mean(values=[float(i) for i in range(1, 11)]) == 5.5
    assert scaled(value=3) == 6
    assert scaled(value=3, factor=5) == 15


def test_integers_are_accepted_where_floats_are_declared() -> None:
    @task
    def classes(values: list[float], one: float) -> list[str]:
        return [type(v).__name__ for v in (*values, one)]

    assert classes(values=[1, 2.5], one=3) == ["float", "float", "float"]


def test_named_results_unpack_index_and_have_attributes() -> None:
    result = split(values=[1, 5, 2], at=3)
    low, high = result
    assert (low, high) == ([1, 2], [5]) == (result.low, result[1])
    assert type(result) is Split


def test_results_of_a_tuple_are_called_by_number() -> None:
    result: Any = pair(n=2)
    assert result == (2, "xx")
    assert (result.o0, result.o1) == (2, "xx")


def test_a_task_cannot_change_its_callers_values() -> None:
    @task
    def spoil(order: Order, numbers: list[int]) -> list[int]:
        order.items.append(9)
        numbers.clear()
        return order.items

    order, numbers = Order([1]), [1, 2]
    result = spoil(order=order, numbers=numbers)
    assert (order, numbers, result) == (Order([1]), [1, 2], [1, 9])


def test_inside_a_task_another_task_is_a_plain_call() -> None:
    calls = []

    @task
    def inner(order: Order) -> int:
        calls.append(order)
        return len(order.items)

    @task
    def outer(order: Order) -> bool:
        inner(order)  # positional: it is just Python here
        return calls[0] is order

    assert outer(order=Order([1])) is True


def test_a_wrong_value_names_task_argument_expected_and_got() -> None:
    with pytest.raises(TypeError) as caught:
        mean(values="hi")  # type: ignore[arg-type]
    assert str(caught.value) == "`mean`: expected `list[float]`, got `str` 'hi' - at `values`"


def test_a_wrong_result_names_the_output() -> None:
    @task
    def wrong() -> int:
        return "x"  # type: ignore[return-value]

    @task
    def too_few() -> tuple[int, str]:
        return 1  # type: ignore[return-value]

    with pytest.raises(ConversionError) as caught:
        wrong()
    assert str(caught.value) == "`wrong`: expected `int`, got `str` 'x' - at `o0`"
    with pytest.raises(ConversionError) as caught:
        too_few()
    assert str(caught.value) == "`too_few`: expected 2 outputs (o0, o1), got `int` 1 - at `return`"


def test_a_positional_call_is_answered_with_the_call_to_make() -> None:
    with pytest.raises(TypeError) as caught:
        scaled(3, factor=4)
    assert str(caught.value) == "`scaled` takes keywords: call it as `scaled(value=3, factor=4)`"
    with pytest.raises(CallError) as caught:
        scaled(3, 4, 5)  # type: ignore[call-arg]
    assert str(caught.value) == (
        "`scaled` takes keywords, and 2 of them. It is scaled(value: int, factor: int = 2) -> int"
    )


def test_missing_and_unknown_arguments() -> None:
    with pytest.raises(CallError) as caught:
        split(values=[1])  # type: ignore[call-arg]
    assert str(caught.value) == "`split` needs `at`. It is split(values: list[int], at: int) -> (list[int], list[int])"
    with pytest.raises(CallError) as caught:
        mean(valuse=[1.0])  # type: ignore[call-arg]
    assert str(caught.value) == (
        "`mean` has no input `valuse`, did you mean `values`? It is mean(values: list[float]) -> float"
    )


def test_an_exception_keeps_its_class_and_says_which_task_it_was() -> None:
    @task
    def fails() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError) as caught:
        fails()
    assert caught.value.__notes__ == [f"in task `{__name__}.{fails.function.__qualname__}`"]


def test_the_users_signature_and_docstring_are_kept() -> None:
    assert inspect.signature(scaled).parameters["factor"].default == 2
    assert inspect.getdoc(mean) == "The arithmetic mean."
    assert mean.function([1.0, 2.0]) == 1.5
    assert repr(mean) == "<task mean(values: list[float]) -> float>"


def test_brackets_make_no_difference() -> None:
    @task()
    def increased(n: int) -> int:
        return n + 1

    assert isinstance(increased, Task)
    assert increased(n=1) == 2


def test_local_classes_in_postponed_annotations() -> None:
    @dataclass
    class Local:
        x: int

    @task
    def doubled(value: Local) -> Local:
        return Local(value.x * 2)

    assert doubled(value=Local(2)) == Local(4)


def test_a_class_that_is_defined_further_down() -> None:
    assert later(value=Later(1)) == Later(2)


@task
def later(value: Later) -> Later:
    return Later(value.x + 1)


@dataclass
class Later:
    x: int


class Holder:
    def method(self, n: int) -> int:
        return n


async def asynchronous(n: int) -> int:
    return n


def generator(n: int) -> Any:
    yield n


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda n: n, "a lambda has no annotations and no name: write a function with `def`"),
        (functools.partial(print, 1), "a partial has no signature of its own: write a function that makes the call"),
        (Holder, "it is not a function"),
        (len, "it is not a function"),
        (staticmethod(len), "a method belongs to a class: make it a function of the module"),
        (asynchronous, "`async def` is not supported yet: write a function with `def`"),
        (generator, "a generator gives its values one by one: return a list"),
    ],
)
def test_what_cannot_be_a_task(function: Any, message: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        task(function)
    assert str(caught.value).startswith("@task cannot decorate `")
    assert str(caught.value).endswith(f": {message}")


def test_a_method_is_refused_for_its_self() -> None:
    with pytest.raises(AnnotationError) as caught:
        task(Holder.method)
    assert str(caught.value) == "`Holder.method` belongs to a class: make it a function of the module"


@pytest.mark.parametrize("kind", ["*args: int", "**kw: str", "x: int, /"])
def test_inputs_that_cannot_be_named_are_refused(kind: str) -> None:
    names: dict[str, Any] = {}
    exec(f"def odd({kind}) -> int:\n    return 1", names)
    with pytest.raises(AnnotationError, match=r"cannot be given by a keyword: give each input a name of its own$"):
        task(names["odd"])


def test_what_other_decorators_leave_on_a_function_is_not_ours() -> None:
    def plain(n: int) -> int:
        return n

    plain.name = "x"  # type: ignore[attr-defined]
    plain.function = 3  # type: ignore[attr-defined]
    made = task(plain)
    assert (made.name.endswith("plain"), made.function, made(n=1)) == (True, plain, 1)


def test_a_task_is_pickled_and_copied_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(mean)) is mean
    assert copy.deepcopy(mean) is mean


def test_a_local_class_that_is_defined_after_the_task() -> None:
    @task
    def made() -> After:
        return After(1)

    @dataclass
    class After:
        x: int

    assert made() == After(1)


def test_local_names_that_annotations_do_not_mention_are_not_kept() -> None:
    class Big:
        pass

    def scope() -> tuple[Any, weakref.ref[Big]]:
        big = Big()

        @task
        def small(n: int) -> int:
            return n

        return small, weakref.ref(big)

    made, big = scope()
    gc.collect()
    assert (made(n=1), big()) == (1, None)


def test_a_local_named_tuple_of_local_classes() -> None:
    @dataclass
    class Local:
        x: int

    class Result(NamedTuple):
        one: Local
        two: int

    @task
    def made() -> Result:
        return Result(Local(1), 2)

    assert made() == Result(Local(1), 2)
