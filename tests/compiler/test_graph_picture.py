"""Graphs as pictures: which shapes and arrows each kind of node gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from flytetypes import (
    LaunchPlan,
    Workflow,
    approve,
    conditional,
    dynamic,
    map_task,
    reference_launch_plan,
    reference_task,
    sleep,
    task,
    wait_for_input,
    workflow,
)
from flytetypes.authoring import Constant, Graph, Node, Place, Reference, WorkflowEntity, node_of
from flytetypes.compiler import FORMS, Picture, draw, picture_of


class Two(NamedTuple):
    low: int
    high: int


@dataclass
class Item:
    name: str
    prices: list[int]


@task
def one(x: int) -> int:
    return x


@task
def two(x: int, y: int = 1) -> Two:
    return Two(x, y)


@task
def many(values: list[int], named: dict[str, int]) -> Item:
    return Item("", values)


@task
def clean(x: int) -> None: ...


@workflow
def inner(x: int) -> int:
    return one(x=one(x=x))


@workflow
def outer(x: int) -> int:
    return inner(x=x)


def arrows(picture: Picture) -> list[tuple[str, str, str]]:
    """Source, target, label; of dashed ones `>>`."""
    return [(each.source, each.target, ">>" if each.dashed else each.label) for each in picture.arrows]


def shapes(picture: Picture) -> list[tuple[str, str, str]]:
    return [(each.id, each.kind, each.parent or "") for each in picture.shapes]


def drawn(entity: WorkflowEntity[..., Any], **how: bool) -> Picture:
    return picture_of(entity.traced, **how)


def test_inputs_calls_and_outputs_are_shapes_in_their_order() -> None:
    @workflow
    def flow(x: int, unused: list[str]) -> Two:
        parts = two(x=x)
        return Two(parts.high, parts.low)

    picture = drawn(flow)
    assert picture.title == "flow"
    assert [(each.id, each.label, each.kind, each.detail) for each in picture.shapes] == [
        ("in.x", "x", "input", "int"),
        ("in.unused", "unused", "input", "list[str]"),
        ("n0", "n0  two", "task", "(x: int, y: int = 1) -> (int, int)"),
        ("out.low", "low", "output", "int"),
        ("out.high", "high", "output", "int"),
    ]
    assert arrows(picture) == [
        ("in.x", "n0", "x"),
        ("n0", "out.low", "high -> low"),
        ("n0", "out.high", "low -> high"),
    ]


def test_arrows_say_where_in_a_value_they_begin_and_end() -> None:
    @workflow
    def flow(x: int, item: Item) -> int:
        made = many(values=[x, item.prices[0], one(x=x), 7], named={"a b": x, "c": 1})
        return one(x=made.prices[2])

    assert arrows(drawn(flow)) == [
        ("in.x", "n0", "x"),
        ("in.x", "n1", 'x -> values[0], x -> named["a b"]'),
        ("in.item", "n1", "item.prices[0] -> values[1]"),
        ("n0", "n1", "o0 -> values[2]"),
        ("n1", "n2", "o0.prices[2] -> x"),
        ("n2", "out.o0", "o0"),
    ]


def test_of_many_values_that_go_one_way_some_are_named() -> None:
    @workflow
    def flow(x: int) -> Item:
        return many(values=[x] * 7, named={})

    label = "x -> values[0], x -> values[1], x -> values[2], x -> values[3], … 3 more"
    assert arrows(drawn(flow))[0] == ("in.x", "n0", label)


def test_orders_are_dashed_where_no_value_goes() -> None:
    @workflow
    def flow(x: int) -> int:
        first = one(x=x)
        second = one(x=first)
        third = one(x=x)
        first >> second
        first >> third
        return second

    assert arrows(drawn(flow)) == [
        ("in.x", "n0", "x"),
        ("n0", "n1", "o0 -> x"),
        ("in.x", "n2", "x"),
        ("n1", "out.o0", "o0"),
        ("n0", "n2", ">>"),
    ]


def test_branches_lie_in_their_conditional_behind_their_conditions() -> None:
    @workflow
    def flow(x: int) -> int:
        parts = two(x=x)
        return (
            conditional("size")
            .if_((x > 3) | (parts.high < x))
            .then(one(x=parts.low))
            .elif_(x == 1)
            .then(inner(x=x))
            .else_()
            .fail("too much")
        )

    picture = drawn(flow)
    assert [(each.id, each.kind, each.detail) for each in picture.shapes if each.parent == "n1"] == [
        ("n1.n0", "task", "(x: int) -> int"),
        ("n1.n1", "workflow", "(x: int) -> int"),
        ("n1.fail", "failure", "too much"),
    ]
    assert arrows(picture) == [
        ("in.x", "n0", "x"),
        ("in.x", "n1", "x"),
        ("n0", "n1", "high"),
        ("n1", "n1.n0", "if (x > 3) | (n0.high < x)"),
        ("n0", "n1.n0", "low -> x"),
        ("n1", "n1.n1", "elif x == 1"),
        ("in.x", "n1.n1", "x"),
        ("n1", "n1.fail", "else"),
        ("n1", "out.o0", "o0"),
    ]


def test_a_conditional_in_a_branch_lies_in_it() -> None:
    @workflow
    def flow(x: int) -> int:
        return (
            conditional("outside")
            .if_(x > 3)
            .then(conditional("inside").if_(x > 4).then(one(x=x)).else_().then(inner(x=x)))
            .else_()
            .then(one(x=x))
        )

    picture = drawn(flow, expand=True)
    assert shapes(picture) == [
        ("in.x", "input", ""),
        ("n0", "branch", ""),
        ("n0.n0", "branch", "n0"),
        ("n0.n0.n0", "task", "n0.n0"),
        ("n0.n0.n1", "workflow", "n0.n0"),
        ("n0.n0.n1.n0", "task", "n0.n0.n1"),
        ("n0.n0.n1.n1", "task", "n0.n0.n1"),
        ("n0.n1", "task", "n0"),
        ("out.o0", "output", ""),
    ]
    conditions = {target: label for source, target, label in arrows(picture) if target.startswith(f"{source}.n")}
    assert conditions == {
        "n0.n0": "if x > 3",
        "n0.n0.n0": "if x > 4",
        "n0.n0.n1": "else",
        "n0.n0.n1.n0": "x",
        "n0.n1": "else",
    }


def test_a_workflow_inside_is_closed_unless_it_is_asked_for() -> None:
    assert shapes(drawn(outer)) == [("in.x", "input", ""), ("n0", "workflow", ""), ("out.o0", "output", "")]
    opened = drawn(outer, expand=True)
    assert shapes(opened)[1:-1] == [("n0", "workflow", ""), ("n0.n0", "task", "n0"), ("n0.n1", "task", "n0")]
    assert arrows(opened) == [
        ("in.x", "n0", "x"),
        ("n0.n1", "n0", "o0"),
        ("n0", "n0.n0", "x"),
        ("n0.n0", "n0.n1", "o0 -> x"),
        ("n0", "out.o0", "o0"),
    ]


def test_what_goes_through_a_workflow_untouched_has_no_arrow_in_it() -> None:
    @workflow
    def through(x: int) -> Two:
        return Two(x, one(x=x))

    @workflow
    def flow(x: int) -> int:
        return through(x=x).low

    assert arrows(drawn(flow, expand=True)) == [
        ("in.x", "n0", "x"),
        ("n0.n0", "n0", "o0 -> high"),
        ("n0", "n0.n0", "x"),
        ("n0", "out.o0", "low -> o0"),
    ]


def test_each_kind_has_its_form_and_says_what_is_special() -> None:
    plan = LaunchPlan.get_or_create(inner, "test_graph_picture.plan")

    @reference_task(project="p", domain="d", name="n", version="v")
    def far(x: int) -> int:
        return x

    @reference_launch_plan(project="p", domain="d", name="n", version="v")
    def far_plan(x: int) -> int:
        return x

    @dynamic
    def often(x: int) -> int:
        return one(x=x)

    @workflow(on_failure=clean)
    def flow(x: int) -> int:
        map_task(one, concurrency=2, min_success_ratio=0.5)(x=[x])
        plan(x=x)
        far(x=x)
        far_plan(x=x)
        often(x=x)
        approve(x, "sure", timedelta(hours=2))
        wait_for_input("how many", timedelta(minutes=1), int)
        sleep(timedelta(seconds=5))
        return one(x=x)

    assert [(each.label, each.kind, each.detail) for each in drawn(flow).shapes][1:] == [
        ("n0  map_task(one)", "map", "(x: list[int]) -> list[int | None] (concurrency 2, min_success_ratio 0.5)"),
        ("n1  test_graph_picture.plan", "launch-plan", "(x: int) -> int"),
        ("n2  far", "task", "reference task (x: int) -> int"),
        ("n3  far_plan", "launch-plan", "reference launch plan (x: int) -> int"),
        ("n4  often", "task", "dynamic (x: int) -> int"),
        ("n5  sure", "gate", "approve, within 2:00:00"),
        ("n6  how many", "gate", "wait for input -> int, within 0:01:00"),
        ("n7  sleep-gate", "gate", "sleep 0:00:05"),
        ("n8  one", "task", "(x: int) -> int"),
        ("o0", "output", "int"),
        ("fn0  clean", "failure", "(x: int) -> None"),
    ]


def test_names_of_nodes_are_the_users() -> None:
    @workflow
    def flow(x: int) -> int:
        found = one(x=x)
        node_of(found).with_overrides(node_name="my-node")
        return found

    assert arrows(drawn(flow)) == [("in.x", "my-node", "x"), ("my-node", "out.o0", "o0")]


def test_imperative_workflows_are_drawn_alike() -> None:
    built = Workflow("test_graph_picture.built")
    node = built.add_entity(one, x=built.add_workflow_input("x", int))
    built.add_workflow_output("y", node.outputs["o0"])
    assert arrows(drawn(built)) == [("in.x", "n0", "x"), ("n0", "out.y", "o0 -> y")]


def graph_with(*nodes: Node, **outputs: Reference) -> Graph:
    return Graph(outer, nodes, outputs, {})


def node(node_id: str, *sources: str, after: tuple[str, ...] = ()) -> Node:
    bindings = {f"x{index}": Reference(source, "o0") for index, source in enumerate(sources)}
    return Node(node_id, one, bindings or {"x": Constant(b"")}, Place("flow.py", 1), after)


def test_graphs_with_mistakes_are_drawn_as_far_as_they_go() -> None:
    graph = graph_with(
        node("a", "gone", "b"),
        node("b", "a", after=("nowhere", "b")),
        node("a", "a"),
        node("loop", "loop", after=("loop",)),
        o0=Reference("gone", "o0"),
    )
    picture = picture_of(graph)
    assert [shape.id for shape in picture.shapes] == ["in.x", "a", "b", "a~2", "loop", "out.o0"]
    assert arrows(picture) == [("b", "a", "o0 -> x1"), ("a", "b", "o0 -> x0"), ("a", "a~2", "o0 -> x0")]
    for form in FORMS:
        assert draw(picture, form)


def test_a_workflow_that_calls_itself_is_opened_once() -> None:
    @workflow
    def around(x: int) -> int:
        return outer_around(x=x)

    @workflow
    def outer_around(x: int) -> int:
        return around(x=x)

    assert [shape.id for shape in drawn(around, expand=True).shapes] == ["in.x", "n0", "n0.n0", "out.o0"]


def test_depth_is_no_limit() -> None:
    deepest: Any = inner
    for number in range(1500):
        built = Workflow(f"test_graph_picture.deep{number}")
        below = built.add_entity(deepest, x=built.add_workflow_input("x", int))
        built.add_workflow_output("o0", below.outputs["o0"])
        deepest = built
    assert len(drawn(deepest, expand=True).shapes) == 2 + 1500 + 2


@given(st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=1, max_size=10))
def test_any_graph_can_be_drawn(edges: list[list[int]]) -> None:
    nodes = [node(f"n{index}", *(f"n{source}" for source in sources)) for index, sources in enumerate(edges)]
    picture = picture_of(graph_with(*nodes))
    for form in ("text", "json", "mermaid", "dot"):
        assert draw(picture, form) == draw(picture_of(graph_with(*nodes)), form)
