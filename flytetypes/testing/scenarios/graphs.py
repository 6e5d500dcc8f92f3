# ruff: noqa: ARG001, S101 - tasks take what they are given, and the asserts are what this is for
"""Scenarios: workflows, workflows in workflows, launch plans, order, and parts of what passes between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from flytetypes import (
    AttributePathError,
    CallError,
    ContainerTask,
    ConversionError,
    LaunchPlan,
    Workflow,
    create_node,
    current_context,
    kwtypes,
    node_of,
    reference_launch_plan,
    reference_task,
    task,
    workflow,
)
from flytetypes.executors import Origin
from flytetypes.testing._marks import mark, meet
from flytetypes.testing._scenarios import ANYTHING, Done, Fails, Scenario, refused


@dataclass
class Order:
    """Something with parts."""

    number: int
    items: list[int]
    prices: dict[str, float]


class Halves(NamedTuple):
    """Two outputs."""

    left: list[int]
    right: list[int]


@task
def increment(n: int) -> int:
    return n + 1


@task
def double(n: int) -> int:
    return 2 * n


@task
def add(a: int, b: int) -> int:
    return a + b


@task
def total(values: list[int]) -> int:
    return sum(values)


@task
def total_of_dict(values: dict[str, int]) -> int:
    return sum(values.values())


@task
def halves(values: list[int]) -> Halves:
    middle = len(values) // 2
    return Halves(values[:middle], values[middle:])


@task
def order(number: int) -> Order:
    return Order(number, [number, number + 1], {"a": 1.5})


@task
def describe_order(order: Order) -> str:
    return f"{order.number} {order.items} {order.prices}"


@task
def price_text(price: float) -> str:
    return f"{price:.2f}"


@task
def nested() -> dict[str, list[Order]]:
    return {"first": [Order(5, [50, 51], {"b": 2.0})]}


@task
def marked(folder: str, name: str) -> None:
    mark(folder, name)


@task
def first(folder: str) -> None:
    mark(folder, "first")


@task
def second(folder: str) -> int:
    return mark(folder, "second")


@task
def third(folder: str) -> int:
    return mark(folder, "third")


@task
def met(folder: str, name: str, count: int) -> str:
    meet(folder, name, count)
    return name


@task
def execution() -> str:
    return current_context().execution_id.name


@task
def longer(n: int, values: list[int]) -> list[int]:
    return [*values, n]


# --- workflows --------------------------------------------------------------------------------------------------------


@workflow
def chain(n: int) -> int:
    return increment(n=double(n=increment(n=n)))


@workflow
def diamond(n: int) -> int:
    top = increment(n=n)
    return add(a=double(n=top), b=increment(n=top))


@workflow
def input_through(n: int, text: str) -> tuple[str, int]:
    return text, n


@workflow
def constants_only() -> int:
    return add(a=1, b=2)


@workflow
def several(values: list[int]) -> Halves:
    parts = halves(values=values)
    return Halves(parts.right, parts.left)


@workflow
def no_outputs(folder: str) -> None:
    first(folder=folder)


@workflow
def nested_twice(n: int) -> int:
    return add(a=chain(n=n), b=chain(n=100))


@workflow
def inner(n: int) -> tuple[int, int]:
    return increment(n=n), double(n=n)


@workflow
def middle(n: int) -> int:
    one, two = inner(n=n)
    return add(a=one, b=two)


@workflow
def outer(n: int) -> int:
    return add(a=middle(n=n), b=middle(n=middle(n=n)))


@workflow
def empty_subworkflow(n: int) -> int:
    _text, number = input_through(n=n, text="a")
    return increment(n=number)


@workflow
def input_twice(n: int) -> int:
    return total(values=[n, n, increment(n=n)])


@workflow
def long_chain(n: int) -> int:
    for _ in range(300):
        n = increment(n=n)
    return n


@workflow
def wide(n: int) -> int:
    return total(values=[increment(n=n) for _ in range(200)])


def _deep(levels: int) -> Any:
    """Workflows in workflows, so many levels."""
    made: Any = increment
    for level in range(levels):
        built = Workflow(name=f"scenarios.deep_{level}")
        node = built.add_entity(made, n=built.add_workflow_input("n", int))
        built.add_workflow_output("o0", node.outputs["o0"])
        made = built
    return made


deep = _deep(30)

# --- order ------------------------------------------------------------------------------------------------------------


@workflow
def in_order(folder: str) -> None:
    last = create_node(third, folder=folder)
    begin = create_node(first, folder=folder)
    between = create_node(second, folder=folder)
    begin >> between
    between >> last


@workflow
def order_of_promises(folder: str) -> int:
    late = third(folder=folder)
    early = second(folder=folder)
    node_of(early) >> node_of(late)
    return late


@workflow
def order_of_a_subworkflow(folder: str) -> int:
    late = create_node(third, folder=folder)
    early = no_outputs(folder=folder)
    early >> late
    return late.o0  # type: ignore[no-any-return]


@workflow
def meeting(folder: str) -> tuple[str, str, str]:
    return (
        met(folder=folder, name="all", count=3),
        met(folder=folder, name="all", count=3),
        met(folder=folder, name="all", count=3),
    )


@workflow
def one_meets(folder: str) -> str:
    return met(folder=folder, name="subworkflows", count=2)


@workflow
def subworkflows_meet(folder: str) -> tuple[str, str]:
    return one_meets(folder=folder), one_meets(folder=folder)


@workflow
def no_barrier_between_levels(folder: str) -> str:
    # The second of a chain meets the first of another one: neither waits for what is beside it.
    early = create_node(first, folder=folder)
    second_of_chain = create_node(met, folder=folder, name="levels", count=2)
    early >> second_of_chain
    return met(folder=folder, name="levels", count=2)


# --- parts of promises ------------------------------------------------------------------------------------------------


@workflow
def an_attribute(number: int) -> int:
    return increment(n=order(number=number).number)


@workflow
def an_item(number: int) -> int:
    return increment(n=order(number=number).items[1])


@workflow
def a_key(number: int) -> str:
    return price_text(price=order(number=number).prices["a"])


@workflow
def a_deep_part() -> int:
    return increment(n=nested()["first"][0].items[1])


@workflow
def a_part_as_output(number: int) -> tuple[list[int], int]:
    made = order(number=number)
    return made.items, made.number


@workflow
def a_part_of_an_input(given: Order) -> int:
    return add(a=given.number, b=given.items[0])


@workflow
def a_part_that_is_missing(values: list[int]) -> int:
    return increment(n=halves(values=values).left[7])


@workflow
def a_key_that_is_missing(number: int) -> str:
    return price_text(price=order(number=number).prices["zzz"])


@workflow
def list_of_promises(n: int) -> int:
    return total(values=[increment(n=n), 10, double(n=n)])


@workflow
def dict_of_promises(n: int) -> int:
    return total_of_dict(values={"a": increment(n=n), "b": 10})


@workflow
def dataclass_of_promises(n: int) -> str:
    return describe_order(order=Order(increment(n=n), [double(n=n), 7], {"x": 1.0}))


@workflow
def promises_as_outputs(n: int) -> tuple[list[int], dict[str, int]]:
    return [increment(n=n), n], {"a": double(n=n)}


# --- launch plans -----------------------------------------------------------------------------------------------------


@workflow
def sum_of(a: int, b: int = 5) -> int:
    return add(a=a, b=b)


sum_with_default = LaunchPlan.get_or_create(sum_of, name="scenarios.sum_with_default", default_inputs={"a": 1})
sum_with_fixed = LaunchPlan.get_or_create(
    sum_of, name="scenarios.sum_with_fixed", fixed_inputs={"a": 100}, default_inputs={"b": 20}
)


@workflow
def calls_plans(n: int) -> tuple[int, int, int, int]:
    return sum_with_default(), sum_with_default(a=n), sum_with_fixed(), sum_with_fixed(b=n)


@workflow
def one_execution() -> str:
    return execution()


execution_plan = LaunchPlan.get_or_create(one_execution, name="scenarios.execution")


@workflow
def executions() -> tuple[str, str, str, str]:
    return execution(), execution_plan(), execution_plan(), one_execution()


@workflow
def crowd(folder: str) -> list[int]:
    return [second(folder=folder) for _ in range(6)]


one_by_one = LaunchPlan.get_or_create(crowd, name="scenarios.one_by_one", max_parallelism=1)
two_by_two = LaunchPlan.get_or_create(crowd, name="scenarios.two_by_two", max_parallelism=2)


@workflow
def crowd_of_a_plan(folder: str) -> list[int]:
    return one_by_one(folder=folder)


@workflow
def plan_beside(folder: str) -> tuple[list[int], str, str]:
    # What is beside a plan is not limited by it: these two meet.
    return (
        one_by_one(folder=folder),
        met(folder=folder, name="beside", count=2),
        met(folder=folder, name="beside", count=2),
    )


@workflow
def with_optional(n: int | None, b: int = 3) -> int:
    return add(a=b, b=b)


optional_plan = LaunchPlan.get_or_create(with_optional, name="scenarios.optional")


# --- what runs elsewhere only -----------------------------------------------------------------------------------------


@reference_task(project="p", domain="d", name="far.away", version="v1")
def far_away(n: int) -> int: ...  # type: ignore[empty-body]


@reference_launch_plan(project="p", domain="d", name="far.plan", version="v1")
def far_plan(n: int) -> int: ...  # type: ignore[empty-body]


@workflow
def needs_a_reference(n: int) -> int:
    return increment(n=far_away(n=double(n=n)))


@workflow
def needs_a_plan_elsewhere(n: int) -> int:
    return far_plan(n=n)


in_a_container = ContainerTask(
    name="scenarios.container",
    image="alpine:3.20",
    inputs=kwtypes(n=int),
    outputs=kwtypes(o=int),
    command=["/bin/sh", "-c"],
    arguments=["echo {{.inputs.n}} > /var/outputs/o"],
)


# --- step by step -----------------------------------------------------------------------------------------------------


def _built() -> Workflow:
    built = Workflow(name="scenarios.built")
    n = built.add_workflow_input("n", int)
    up = built.add_entity(increment, n=n)
    down = built.add_entity(total, values=[up.outputs["o0"], n])
    built.add_workflow_output("sum", down.outputs["o0"])
    built.add_workflow_output("up", up.outputs["o0"])
    return built


built = _built()


# --- the table --------------------------------------------------------------------------------------------------------


def _executions(done: Done) -> None:
    own, one, other, inside = done.result
    assert own == done.run.id == inside
    assert len({own, one, other}) == 3
    plans = [node for node in done.run.nodes if node.kind == "launch plan"]
    assert sorted(node.execution for node in plans) == sorted([one, other])
    for node in done.run.nodes:
        if node.parent in plans:
            assert node.parent is not None
            assert node.execution == node.parent.execution


def _ids(*expected: str) -> Any:
    def check(done: Done) -> None:
        assert sorted(node.id for node in done.run.nodes) == sorted(expected)

    return check


SCENARIOS: Final = (
    Scenario("a chain", chain, {"n": 1}, gives=5, ends={"increment": ["succeeded"] * 2, "double": ["succeeded"]}),
    Scenario("a diamond", diamond, {"n": 1}, gives=7, check=_ids("n0", "n1", "n2", "n3")),
    Scenario(
        "inputs that are outputs",
        input_through,
        {"n": 1, "text": "a"},
        gives=(
            "a",
            1,
        ),
    ),
    Scenario("a workflow of constants", constants_only, gives=3),
    Scenario("named outputs of a workflow", several, {"values": [1, 2, 3]}, gives=Halves([2, 3], [1])),
    Scenario("a workflow without outputs", no_outputs, gives=None, marks={"first": 1}),
    Scenario("the same subworkflow twice", nested_twice, {"n": 1}, gives=5 + 203, ends={"chain": ["succeeded"] * 2}),
    Scenario(
        "subworkflows in subworkflows",
        outer,
        {"n": 1},
        gives=4 + 13,
        ends={"middle": ["succeeded"] * 3, "inner": ["succeeded"] * 3, "add": ["succeeded"] * 4},
    ),
    Scenario(
        "ids say what a node is inside of", middle, {"n": 1}, gives=4, check=_ids("n0", "n0-0-n0", "n0-0-n1", "n1")
    ),
    Scenario("a subworkflow without nodes", empty_subworkflow, {"n": 1}, gives=2),
    Scenario("an input that is used three times", input_twice, {"n": 1}, gives=4),
    Scenario("three hundred nodes in a row", long_chain, {"n": 0}, gives=300),
    Scenario("two hundred nodes side by side", wide, {"n": 0}, gives=200, at_most={"increment": 32}),
    Scenario("thirty levels of workflows", deep, {"n": 1}, gives=2),
    Scenario(
        "a workflow built step by step",
        built,
        {"n": 1},
        gives=(
            3,
            2,
        ),
    ),
    Scenario(
        "at most three tasks of a run at the same time",
        wide,
        {"n": 0},
        gives=200,
        options={"max_parallelism": 3},
        at_most={"increment": 3},
    ),
    Scenario(
        "`>>` is kept, whatever the order of definition",
        in_order,
        gives=None,
        marks={"first": 1, "second": 1, "third": 1},
        order=["first < second", "second < third"],
    ),
    Scenario("`>>` between calls", order_of_promises, gives=1, order=["second < third"]),
    Scenario(
        "`>>` behind a subworkflow", order_of_a_subworkflow, gives=1, order=["no_outputs < third", "first < third"]
    ),
    Scenario(
        "independent nodes overlap",
        meeting,
        gives=(
            "all",
            "all",
            "all",
        ),
    ),
    Scenario("nodes of two subworkflows overlap", subworkflows_meet, gives=("subworkflows", "subworkflows")),
    Scenario("a node waits for what it needs only", no_barrier_between_levels, gives="levels", marks={"first": 1}),
    Scenario("an attribute of a result", an_attribute, {"number": 5}, gives=6),
    Scenario("an item of a list in a result", an_item, {"number": 5}, gives=7),
    Scenario("the entry of a dict in a result", a_key, {"number": 5}, gives="1.50"),
    Scenario("a part of a part of a part", a_deep_part, gives=52),
    Scenario(
        "parts as outputs",
        a_part_as_output,
        {"number": 5},
        gives=(
            [5, 6],
            5,
        ),
    ),
    Scenario("parts of an input", a_part_of_an_input, {"given": Order(1, [2], {})}, gives=3),
    Scenario(
        "an item that there is not",
        a_part_that_is_missing,
        {"values": [1, 2]},
        fails=Fails(
            AttributePathError,
            "`n0.left[7]`: expected a position from 0 to 0, got 7 - at `$[7]`",
            "SYSTEM",
            Origin.SYSTEM,
        ),
        ends={"halves": ["succeeded"]},
    ),
    Scenario(
        "a key that there is not",
        a_key_that_is_missing,
        {"number": 1},
        fails=Fails(
            AttributePathError, re.compile(r".*: expected a key of \{'a'\}, got 'zzz' - at .*"), "SYSTEM", Origin.SYSTEM
        ),
    ),
    Scenario("a list of promises and values", list_of_promises, {"n": 1}, gives=14),
    Scenario("a dict of promises and values", dict_of_promises, {"n": 1}, gives=12),
    Scenario("a dataclass of promises and values", dataclass_of_promises, {"n": 1}, gives="2 [2, 7] {'x': 1.0}"),
    Scenario(
        "outputs made of promises",
        promises_as_outputs,
        {"n": 1},
        gives=(
            [2, 1],
            {"a": 2},
        ),
    ),
    Scenario(
        "inputs of launch plans: defaults, fixed, given",
        calls_plans,
        {"n": 7},
        gives=(
            6,
            12,
            120,
            107,
        ),
    ),
    Scenario("a launch plan runs by itself", sum_with_fixed, {"b": 1}, gives=101),
    Scenario("a launch plan with its defaults", sum_with_default, gives=6),
    Scenario(
        "a fixed input cannot be given",
        sum_with_fixed,
        {"a": 1},
        fails=refused(
            CallError,
            "`scenarios.sum_with_fixed` has fixed its input `a`. It is scenarios.sum_with_fixed(b: int = 20) -> int",
        ),
    ),
    Scenario("an Optional input of a launch plan is None by default", optional_plan, gives=6),
    Scenario("each call of a launch plan has an execution of its own", executions, gives=ANYTHING, check=_executions),
    Scenario(
        "a launch plan runs one task at a time", one_by_one, gives=ANYTHING, at_most={"second": 1}, marks={"second": 6}
    ),
    Scenario(
        "a launch plan runs two tasks at a time", two_by_two, gives=ANYTHING, at_most={"second": 2}, marks={"second": 6}
    ),
    Scenario(
        "a launch plan in a workflow runs one task at a time", crowd_of_a_plan, gives=ANYTHING, at_most={"second": 1}
    ),
    Scenario(
        "a launch plan limits its own tasks only",
        plan_beside,
        gives=ANYTHING,
        at_most={"second": 1},
        marks={"second": 6},
        ends={"met": ["succeeded"] * 2},
    ),
    Scenario(
        "a missing input is refused",
        chain,
        fails=refused(CallError, "`chain` needs `n`. It is chain(n: int) -> int"),
    ),
    Scenario(
        "an unknown input is refused",
        chain,
        {"n": 1, "nn": 2},
        fails=refused(CallError, "`chain` has no input `nn`, did you mean `n`? It is chain(n: int) -> int"),
    ),
    Scenario(
        "a wrong input of a launch plan is refused",
        sum_with_default,
        {"a": 1.5},
        fails=refused(ConversionError, "`scenarios.sum_with_default`: expected `int`, got `float` 1.5 - at `a`"),
    ),
    Scenario(
        "a reference runs elsewhere only",
        needs_a_reference,
        {"n": 1},
        fails=Fails(
            NotImplementedError,
            "`far.away` of p/d is a reference: only its cluster runs it",
            "SYSTEM",
            Origin.SYSTEM,
        ),
        ends={"away": ["failed"], "increment": []},
    ),
    Scenario(
        "a launch plan of elsewhere",
        needs_a_plan_elsewhere,
        {"n": 1},
        fails=Fails(
            NotImplementedError,
            "`far.plan` of p/d is a reference: only its cluster runs it",
            "SYSTEM",
            Origin.SYSTEM,
        ),
    ),
    Scenario(
        "a container task",
        in_a_container,
        {"n": 1},
        fails=Fails(
            NotImplementedError,
            "`scenarios.container` is a `raw-container` task: only a Flyte backend runs it",
        ),
    ),
)
