"""Workflows that are wrong, each in one way: what we say of it, and whether Flyte's own compiler would say anything.

`BAD` has a function for each, which gives the workflow; `refused_by_flyte` is False where only we see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple

from annotated_types import Ge, MaxLen

from flytetypes import (
    ContainerTask,
    FlyteDirectory,
    FlyteFile,
    LaunchPlan,
    StructuredDataset,
    approve,
    conditional,
    kwtypes,
    map_task,
    node_of,
    reference_workflow,
    task,
    wait_for_input,
    workflow,
)


@dataclass
class Bad:
    """A wrong workflow."""

    make: Callable[[], Any]
    code: str
    refused_by_flyte: bool


BAD: dict[str, Bad] = {}


def bad(code: str, *, refused_by_flyte: bool = True) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def add(make: Callable[[], Any]) -> Callable[[], Any]:
        BAD[make.__name__] = Bad(make, code, refused_by_flyte)
        return make

    return add


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    name: str


class Two(NamedTuple):
    number: int
    text: str


@task
def an_int(n: int) -> int:
    return n


@task
def a_str(s: str) -> str:
    return s


@task
def a_float(f: float) -> float:
    return f


@task
def two(n: int) -> Two:
    return Two(n, "t")


@task
def total(xs: list[int]) -> int:
    return sum(xs)


@task
def added(xs: list[int], ys: list[int]) -> int:
    return sum(xs) + sum(ys)


@task
def of_dict(d: dict[str, int]) -> int:
    return len(d)


@task
def a_point() -> Point:
    return Point(1, "p")


@task
def of_point(p: Point) -> int:
    return p.x


@task
def maybe(n: int | None) -> int | None:
    return n


@task
def of_color(c: Color) -> str:
    return c.value


@task
def a_color() -> Color:
    return Color.RED


@task
def mode(m: Literal["fast", "slow"]) -> str:
    return m


@task
def positive(n: Annotated[int, Ge(1)], s: Annotated[str, MaxLen(3)] = "a") -> int:
    return n


@task
def a_file() -> FlyteFile:
    return FlyteFile("s3://b/k")


@task
def of_file(f: FlyteFile) -> int:
    return 1


@task
def of_directory(d: FlyteDirectory) -> int:
    return 1


@task
def of_csv(f: FlyteFile["csv"]) -> int:  # noqa: F821, UP037 - a format
    return 1


@task
def a_jpeg() -> FlyteFile["jpeg"]:  # noqa: F821, UP037 - a format
    return FlyteFile("s3://b/k")


@task
def a_frame() -> Annotated[StructuredDataset, kwtypes(a=int)]:
    return StructuredDataset()


@task
def of_frame(s: Annotated[StructuredDataset, kwtypes(a=str)]) -> int:
    return 1


@task
def nothing() -> None: ...


@task
def a_bool(n: int) -> bool:
    return bool(n)


@workflow
def inner(n: int, s: str = "s") -> int:
    return an_int(n=n)


plan = LaunchPlan.get_or_create(inner, name="bad_plan", fixed_inputs={"s": "f"})


@reference_workflow(project="p", domain="d", name="w", version="1")
def elsewhere(n: int) -> int: ...  # type: ignore[empty-body]


# --- edges ------------------------------------------------------------------------------------------------------------


@bad("type-mismatch")
def a_text_for_a_number() -> Any:
    @workflow
    def wf(s: str) -> int:
        return an_int(n=a_str(s=s))  # type: ignore[arg-type]

    return wf


@bad("type-mismatch")
def an_int_for_a_float() -> Any:
    @workflow
    def wf(n: int) -> float:
        return a_float(f=an_int(n=n))

    return wf


@bad("type-mismatch")
def an_optional_for_what_takes_no_none() -> Any:
    @workflow
    def wf(n: int) -> int:
        return an_int(n=maybe(n=n))  # type: ignore[arg-type]

    return wf


@bad("type-mismatch")
def a_list_of_the_wrong_elements() -> Any:
    @workflow
    def wf(s: str) -> int:
        return total(xs=[1, a_str(s=s)])  # type: ignore[list-item]

    return wf


@bad("type-mismatch")
def a_dict_of_the_wrong_values() -> Any:
    @workflow
    def wf(s: str) -> int:
        return of_dict(d={"k": a_str(s=s)})  # type: ignore[dict-item]

    return wf


@bad("type-mismatch")
def an_element_for_a_list() -> Any:
    @workflow
    def wf(n: int) -> int:
        return total(xs=an_int(n=n))  # type: ignore[arg-type]

    return wf


@bad("type-mismatch")
def a_list_for_an_element() -> Any:
    @workflow
    def wf(xs: list[int]) -> int:
        return an_int(n=xs)  # type: ignore[arg-type]

    return wf


@bad("type-mismatch")
def an_output_of_the_wrong_type() -> Any:
    @workflow
    def wf(n: int) -> list[float]:
        return an_int(n=n)  # type: ignore[return-value]

    return wf


@bad("type-mismatch")
def the_wrong_one_of_two_outputs() -> Any:
    @workflow
    def wf(n: int) -> int:
        return an_int(n=two(n=n).text)  # type: ignore[arg-type]

    return wf


@bad("type-mismatch")
def a_field_of_the_wrong_type() -> Any:
    @workflow
    def wf() -> int:
        return an_int(n=a_point().name)  # type: ignore[arg-type]

    return wf


@bad("type-mismatch")
def a_file_of_another_format() -> Any:
    @workflow
    def wf() -> int:
        return of_csv(f=a_jpeg())

    return wf


@bad("type-mismatch")
def a_frame_with_other_columns() -> Any:
    @workflow
    def wf() -> int:
        return of_frame(s=a_frame())

    return wf


@bad("type-mismatch")
def a_number_for_a_struct() -> Any:
    @workflow
    def wf(n: int) -> int:
        return of_point(p=an_int(n=n))  # type: ignore[arg-type]

    return wf


@bad("directory-for-file", refused_by_flyte=False)
def a_file_for_a_directory() -> Any:
    @workflow
    def wf() -> int:
        return of_directory(d=a_file())  # type: ignore[arg-type]

    return wf


@bad("unknown-attribute")
def a_field_that_is_not_there() -> Any:
    @workflow
    def wf() -> int:
        return an_int(n=a_point().y)  # type: ignore[attr-defined]

    return wf


@bad("unknown-attribute", refused_by_flyte=False)
def a_step_into_a_number() -> Any:
    @workflow
    def wf(n: int) -> int:
        return an_int(n=an_int(n=n).imag.real)

    return wf


@bad("negative-index", refused_by_flyte=False)
def the_last_of_a_list() -> Any:
    @workflow
    def wf(xs: list[int]) -> int:
        return an_int(n=xs[-1])

    return wf


# --- calls ------------------------------------------------------------------------------------------------------------


@bad("missing-input")
def an_input_that_is_missing() -> Any:
    @workflow
    def wf(n: int) -> int:
        return added(xs=[n])  # type: ignore[call-arg]

    return wf


@bad("unknown-input", refused_by_flyte=False)  # it never reaches the wire
def an_input_that_is_not_there() -> Any:
    @workflow
    def wf(n: int) -> int:
        return an_int(n=n, m=1)  # type: ignore[call-arg]

    return wf


@bad("positional-call", refused_by_flyte=False)
def a_positional_call() -> Any:
    @workflow
    def wf(n: int) -> int:
        return an_int(n)

    return wf


@bad("fixed-input", refused_by_flyte=False)
def a_fixed_input() -> Any:
    @workflow
    def wf(n: int) -> int:
        return plan(n=n, s="other")

    return wf


@bad("wrong-constant")
def a_constant_of_the_wrong_type() -> Any:
    @workflow
    def wf(n: int) -> int:
        an_int(n=n)
        return an_int(n="seven")  # type: ignore[arg-type]

    return wf


@bad("wrong-constant")
def a_constant_outside_of_an_enum() -> Any:
    @workflow
    def wf(n: int) -> str:
        an_int(n=n)
        return of_color(c="green")  # type: ignore[arg-type]

    return wf


@bad("wrong-constant")
def a_constant_outside_of_a_literal() -> Any:
    @workflow
    def wf(n: int) -> str:
        an_int(n=n)
        return mode(m="medium")  # type: ignore[arg-type]

    return wf


@bad("wrong-constant")
def a_constant_below_its_bound() -> Any:
    @workflow
    def wf() -> int:
        return positive(n=0)

    return wf


@bad("wrong-constant")
def a_constant_longer_than_allowed() -> Any:
    @workflow
    def wf() -> int:
        return positive(n=1, s="long")

    return wf


@bad("formatted-promise")
def a_promise_made_a_text() -> Any:
    @workflow
    def wf(n: int) -> str:
        an_int(n=n)
        return a_str(s="%s" % n)  # noqa: UP031 - an f-string is refused at once

    return wf


@bad("out-of-scope")
def a_promise_of_another_workflow() -> Any:
    kept: list[Any] = []

    @workflow
    def first(n: int) -> int:
        kept.append(an_int(n=n))
        return an_int(n=n)

    @workflow
    def wf(n: int) -> int:
        first(n=n)
        return an_int(n=kept[0])

    assert first.traced
    return wf


@bad("local-only")
def a_dataclass_made_of_promises() -> Any:
    @workflow
    def wf(n: int) -> int:
        return of_point(p=Point(an_int(n=n), "p"))

    return wf


@bad("local-only", refused_by_flyte=False)
def a_file_of_this_machine() -> Any:
    @workflow
    def wf() -> int:
        return of_file(f=FlyteFile(__file__))

    return wf


# --- outputs ----------------------------------------------------------------------------------------------------------


@bad("unbound-output")
def too_few_outputs() -> Any:
    @workflow
    def wf(n: int) -> tuple[int, str]:
        return an_int(n=n)  # type: ignore[return-value]

    return wf


@bad("unbound-output")
def nothing_is_returned() -> Any:
    @workflow
    def wf(n: int) -> int:
        if an_int(n=n) is None:
            return 1
        return None  # type: ignore[return-value]

    return wf


# --- order and names --------------------------------------------------------------------------------------------------


@bad("cycle")
def a_circle_of_order() -> Any:
    @workflow
    def wf(n: int) -> int:
        first = an_int(n=n)
        second = an_int(n=first)
        node_of(second) >> node_of(first)
        return second

    return wf


@bad("cycle")
def a_circle_without_data() -> Any:
    @workflow
    def wf() -> None:
        first, second, third = node_of(nothing()), node_of(nothing()), node_of(nothing())
        _ = first >> second >> third >> first

    return wf


@bad("duplicate-id", refused_by_flyte=False)
def two_nodes_of_one_name() -> Any:
    @workflow
    def wf(n: int) -> int:
        node_of(an_int(n=n)).with_overrides(node_name="same")
        b = an_int(n=n)
        node_of(b).with_overrides(node_name="Same")
        return b

    return wf


@bad("bad-name")
def a_name_that_flyte_keeps_for_itself() -> Any:
    @workflow
    def wf(n: int) -> int:
        a = an_int(n=n)
        node_of(a).with_overrides(node_name="start-node")
        return a

    return wf


@bad("duplicate-id", refused_by_flyte=False)
def two_gates_of_one_name() -> Any:
    @workflow
    def wf(n: int) -> int:
        return approve(approve(an_int(n=n), "ok"), "ok")

    return wf


@bad("local-only")
def a_workflow_that_calls_nothing() -> Any:
    @workflow
    def wf(n: int) -> int:
        return n

    return wf


@bad("local-only")
def a_workflow_below_that_calls_nothing() -> Any:
    @workflow
    def empty(n: int) -> int:
        return n

    @workflow
    def wf(n: int) -> int:
        return an_int(n=empty(n=n))

    return wf


@bad("not-loadable")
def a_reference_workflow_as_a_node() -> Any:
    @workflow
    def wf(n: int) -> int:
        return elsewhere(n=n)

    return wf


# --- conditionals -----------------------------------------------------------------------------------------------------


@bad("branch-outputs")
def branches_of_different_types() -> Any:
    @workflow
    def wf(n: int, s: str) -> int:
        return conditional("c").if_(n > 1).then(an_int(n=n)).else_().then(a_str(s=s))  # type: ignore[arg-type]

    return wf


@bad("local-only")
def a_condition_on_a_part() -> Any:
    @workflow
    def wf(n: int) -> int:
        p = a_point()
        return conditional("c").if_(p.x > 1).then(an_int(n=n)).else_().then(an_int(n=0))

    return wf


@bad("local-only")
def a_condition_on_an_optional() -> Any:
    @workflow
    def wf(n: int) -> int:
        m = maybe(n=n)
        return conditional("c").if_(m == 1).then(an_int(n=n)).else_().then(an_int(n=0))

    return wf


@bad("local-only")
def a_condition_on_an_enum() -> Any:
    @workflow
    def wf(n: int) -> int:
        c = a_color()
        return conditional("c").if_(c == Color.RED).then(an_int(n=n)).else_().then(an_int(n=0))

    return wf


@bad("local-only")
def a_comparison_of_an_int_with_a_float() -> Any:
    @workflow
    def wf(n: int, f: float) -> int:
        return conditional("c").if_(n > f).then(an_int(n=n)).else_().then(an_int(n=0))

    return wf


@bad("condition")
def a_comparison_of_a_number_with_a_text() -> Any:
    @workflow
    def wf(n: int, s: str) -> int:
        same = n == s  # type: ignore[comparison-overlap]
        return conditional("c").if_(same).then(an_int(n=n)).else_().then(an_int(n=0))

    return wf


@bad("condition", refused_by_flyte=False)
def an_order_of_bools() -> Any:
    @workflow
    def wf(n: int) -> int:
        b = a_bool(n=n)
        return conditional("c").if_(b > False).then(an_int(n=n)).else_().then(an_int(n=0))

    return wf


@bad("local-only")
def a_conditional_without_an_else() -> Any:
    @workflow
    def wf(n: int) -> None:
        conditional("c").if_(n > 1).then(nothing())

    return wf


@bad("branch-outputs")
def an_output_of_a_conditional_without_an_else() -> Any:
    @workflow
    def wf(n: int) -> int:
        return conditional("c").if_(n > 1).then(an_int(n=n))

    return wf


@bad("branch-body")
def two_calls_in_a_branch() -> Any:
    @workflow
    def wf(n: int) -> int:
        return conditional("c").if_(n > 1).then(an_int(n=an_int(n=n))).else_().then(an_int(n=0))

    return wf


# --- maps, plans, handlers --------------------------------------------------------------------------------------------


@bad("type-mismatch")
def a_map_over_no_list() -> Any:
    @workflow
    def wf(n: int) -> list[int]:
        return map_task(an_int)(n=n)

    return wf


@bad("type-mismatch")
def a_map_that_gives_a_list() -> Any:
    @workflow
    def wf(xs: list[int]) -> int:
        return map_task(an_int)(n=xs)  # type: ignore[return-value]

    return wf


@bad("bad-map", refused_by_flyte=False)
def lists_of_different_lengths() -> Any:
    pairs = map_task(a_pair)

    @workflow
    def wf(n: int) -> list[int]:
        return pairs(a=[n, 1], b=[1, 2, 3])

    return wf


@task
def a_pair(a: int, b: int) -> int:
    return a + b


@bad("local-only")
def a_map_over_a_launch_plan() -> Any:
    @workflow
    def wf(ns: list[int]) -> list[int]:
        return map_task(plan)(n=ns)

    return wf


@bad("local-only", refused_by_flyte=False)
def a_map_over_a_container_task() -> Any:
    box = ContainerTask(name="box", image="i", command=["c"], inputs=kwtypes(n=int), outputs=kwtypes(m=int))

    @workflow
    def wf(ns: list[int]) -> list[int]:
        return map_task(box)(n=ns)  # type: ignore[no-any-return]

    return wf


@bad("bad-handler", refused_by_flyte=False)
def a_handler_that_takes_less() -> Any:
    @workflow(on_failure=nothing)
    def wf(n: int) -> int:
        return an_int(n=n)

    return wf


@bad("bad-handler")
def a_handler_that_takes_more() -> Any:
    @workflow(on_failure=a_pair)
    def wf(a: int) -> int:
        return an_int(n=a)

    return wf


@bad("type-mismatch")
def a_handler_of_other_types() -> Any:
    @workflow(on_failure=a_str)
    def wf(s: int) -> int:
        return an_int(n=s)

    return wf


@bad("type-mismatch")
def a_gate_of_another_type() -> Any:
    @workflow
    def wf() -> int:
        return an_int(n=wait_for_input("text", timedelta(minutes=1), expected_type=str))  # type: ignore[arg-type]

    return wf


@bad("type-mismatch")
def a_mistake_in_a_workflow_below() -> Any:
    @workflow
    def broken(s: str) -> int:
        return an_int(n=a_str(s=s))  # type: ignore[arg-type]

    @workflow
    def wf(s: str) -> int:
        return broken(s=s)

    return wf
