"""Workflows that are built step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import pytest

from flytetypes import (
    AnnotationError,
    Documentation,
    FlyteError,
    ImperativeWorkflow,
    LaunchPlan,
    OptionError,
    Options,
    Workflow,
    WorkflowError,
    WorkflowFailurePolicy,
    conditional,
    dynamic,
    map_task,
    task,
    workflow,
)
from flytetypes.authoring import Reference, WorkflowOptions
from refusals import codes, quietly, refusal

RUNS: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RUNS.clear()


@dataclass
class Point:
    x: int
    y: int


@task
def double(n: int) -> int:
    RUNS.append(f"double {n}")
    return n * 2


@task
def text_of(n: int, suffix: str = "!") -> str:
    RUNS.append(f"text_of {n}")
    return f"{n}{suffix}"


@task
def note(text: str) -> None:
    RUNS.append(text)


@task
def point(n: int) -> Point:
    return Point(n, -n)


@workflow
def doubled_text(n: int) -> str:
    return text_of(n=double(n=n))


def built() -> Any:
    wf = Workflow("built")
    wf.add_workflow_input("n", int)
    node = wf.add_entity(double, n=wf.inputs["n"])
    wf.add_workflow_output("doubled", node.outputs["o0"])
    return wf


# --- building ---------------------------------------------------------------------------------------------------------


def test_a_workflow_that_is_built_runs() -> None:
    assert built()(n=4) == 8


def test_it_has_the_interface_that_was_built() -> None:
    wf = built()
    assert (wf.name, wf.interface.signature()) == ("built", "built(n: int) -> int")
    assert repr(wf) == "<workflow built(n: int) -> int>"


def test_its_graph_is_like_that_of_a_function() -> None:
    graph = built().graph
    assert [(node.id, node.target, node.bindings) for node in graph.nodes] == [
        ("n0", double, {"n": Reference(None, "n")})
    ]
    assert graph.outputs == {"doubled": Reference("n0", "o0")}
    assert str(graph.nodes[0].place).startswith("test_imperative.py:")


def test_an_input_is_a_promise_at_once() -> None:
    wf = Workflow("wf")
    n = wf.add_workflow_input("n", int)
    wf.add_workflow_output("text", wf.add_entity(text_of, n=n).outputs["o0"])
    assert wf(n=1) == "1!"


def test_an_input_may_have_a_default() -> None:
    wf = Workflow("wf")
    n = wf.add_workflow_input("n", int, 5)
    wf.add_workflow_output("text", wf.add_entity(text_of, n=n).o0)
    assert (wf(), wf(n=1)) == ("5!", "1!")


def test_constants_and_containers_of_promises() -> None:
    @task
    def total(values: list[int]) -> int:
        return sum(values)

    wf = Workflow("wf")
    n = wf.add_workflow_input("n", int)
    first = wf.add_entity(double, n=3)
    wf.add_workflow_output("sum", wf.add_entity(total, values=[n, first.outputs["o0"], 1]).outputs["o0"])
    assert wf(n=10) == 17


def test_several_outputs_have_their_names() -> None:
    wf = built()
    wf.add_workflow_output("n", wf.inputs["n"])
    result = wf(n=4)
    assert (result, result.doubled, result.n) == ((8, 4), 8, 4)


def test_lists_and_dicts_of_promises_are_outputs() -> None:
    wf = Workflow("wf")
    n = wf.add_workflow_input("n", int)
    node = wf.add_entity(double, n=n)
    wf.add_workflow_output("numbers", [n, node.outputs["o0"], 0], list[int])
    wf.add_workflow_output("by_name", {"n": n, "doubled": node.outputs["o0"]}, dict[str, int])
    assert tuple(wf(n=2)) == ([2, 4, 0], {"n": 2, "doubled": 4})


def test_a_part_of_an_output_is_an_output() -> None:
    wf = Workflow("wf")
    node = wf.add_entity(point, n=wf.add_workflow_input("n", int))
    wf.add_workflow_output("y", node.outputs["o0"].y, int)
    assert wf(n=2) == -2


def test_a_task_without_outputs_is_a_node() -> None:
    wf = Workflow("wf")
    node = wf.add_entity(note, text=wf.add_workflow_input("text", str))
    assert (node.outputs, wf(text="seen")) == ({}, None)
    assert RUNS == ["seen"]


def test_nodes_have_an_order_and_overrides() -> None:
    wf = Workflow("wf")
    second = wf.add_entity(note, text="second")
    first = wf.add_entity(note, text="first").with_overrides(node_name="The_First")
    first >> second
    wf()
    assert RUNS == ["first", "second"]
    assert [node.id for node in wf.graph.nodes] == ["n0", "the-first"]


@pytest.mark.parametrize("add", ["add_entity", "add_subwf"])
def test_a_subworkflow_is_a_node(add: str) -> None:
    wf = Workflow("wf")
    node = getattr(wf, add)(doubled_text, n=wf.add_workflow_input("n", int))
    wf.add_workflow_output("text", node.outputs["o0"])
    assert wf(n=2) == "4!"


def test_a_launch_plan_is_a_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LaunchPlan, "CACHE", {})
    plan = LaunchPlan.create("test_imperative.plan", doubled_text, fixed_inputs={"n": 7})
    wf = Workflow("wf")
    wf.add_workflow_output("text", wf.add_launch_plan(plan).outputs["o0"])
    assert wf() == "14!"


def test_a_map_and_a_dynamic_are_nodes() -> None:
    @dynamic
    def repeated(n: int) -> list[int]:
        return [double(n=n) for _ in range(n)]

    wf = Workflow("wf")
    numbers = wf.add_entity(repeated, n=wf.add_workflow_input("n", int))
    wf.add_workflow_output("all", wf.add_task(map_task(double), n=numbers.outputs["o0"]).outputs["o0"])
    assert wf(n=2) == [8, 8]


def test_an_imperative_workflow_is_a_node_of_a_function() -> None:
    inner = built()

    @workflow
    def outer(n: int) -> str:
        return text_of(n=inner(n=n))

    assert outer(n=4) == "8!"


def test_an_imperative_workflow_is_a_node_of_another() -> None:
    wf = Workflow("outer")
    node = wf.add_subwf(built(), n=wf.add_workflow_input("n", int))
    wf.add_workflow_output("text", wf.add_entity(text_of, n=node.outputs["doubled"]).outputs["o0"])
    assert wf(n=4) == "8!"


def test_a_conditional_is_written_by_a_function() -> None:
    wf = Workflow("wf")
    n = wf.add_workflow_input("n", int)
    doubled = wf.add_entity(double, n=n).outputs["o0"]
    chosen = wf.add_conditional(
        lambda: conditional("size").if_(doubled > 4).then(text_of(n=n)).else_().then(text_of(n=n, suffix="?"))
    )
    wf.add_workflow_output("text", chosen)
    assert (wf(n=1), wf(n=3)) == ("1?", "3!")


def test_an_open_conditional_ends_with_its_function() -> None:
    wf = Workflow("wf")
    n = wf.add_workflow_input("n", int)
    wf.add_conditional(lambda: conditional("size").if_(n > 4).then(note(text="large")))
    quietly(wf, n=5)
    assert RUNS == ["large"]


# --- options and the failure handler ----------------------------------------------------------------------------------


def test_options_are_kept() -> None:
    wf = Workflow(
        "wf",
        WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE,
        True,
        docs=Documentation("Short."),
        default_options=Options(max_parallelism=2),
    )
    assert wf.options == WorkflowOptions(
        WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE,
        True,
        docs=Documentation("Short."),
        default_options=Options(max_parallelism=2),
    )


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError) as caught:
        Workflow("wf", interruptible="yes")  # type: ignore[arg-type]
    assert str(caught.value) == "`interruptible` takes a bool; got `str` 'yes'"


@task
def fails(n: int) -> int:
    raise ZeroDivisionError("by zero")


@task
def told_of(n: int, err: Optional[FlyteError] = None) -> None:
    assert err is not None
    RUNS.append(f"{n}: {err.message.splitlines()[-1].strip()} in {err.failed_node_id}")


def test_the_failure_handler_runs_when_a_node_has_failed() -> None:
    wf = Workflow("wf")
    wf.add_entity(fails, n=wf.add_workflow_input("n", int))
    wf.add_on_failure_handler(told_of)
    with pytest.raises(ZeroDivisionError):
        wf(n=3)
    assert RUNS == ["3: ZeroDivisionError: by zero in efn"]
    assert wf.graph.failure_node is not None
    assert wf.graph.failure_node.id == "efn"


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_name_that_is_taken_is_refused() -> None:
    wf = built()
    with pytest.raises(AnnotationError) as caught:
        wf.add_workflow_input("n", str)
    assert str(caught.value) == "the workflow `built` has an input `n` already"
    with pytest.raises(AnnotationError) as caught:
        wf.add_workflow_output("doubled", wf.inputs["n"])
    assert str(caught.value) == "the workflow `built` has an output `doubled` already"


def test_an_output_whose_type_nobody_says_is_refused() -> None:
    wf = built()
    with pytest.raises(AnnotationError) as caught:
        wf.add_workflow_output("numbers", [wf.inputs["n"]])
    assert str(caught.value) == "say what the output `numbers` is: `add_workflow_output('numbers', ..., list[int])`"


def test_an_annotation_that_is_not_supported_is_refused() -> None:
    with pytest.raises(AnnotationError) as caught:
        Workflow("wf").add_workflow_input("x", list[int, str])
    assert str(caught.value) == "`list[int, str]` has 2 in its brackets, and takes 1 - in `x` of `wf`"


@pytest.mark.parametrize(
    "change",
    [
        lambda wf: wf.add_workflow_input("m", int),
        lambda wf: wf.add_entity(double, n=1),
        lambda wf: wf.add_workflow_output("m", wf.inputs["n"]),
        lambda wf: wf.add_on_failure_handler(told_of),
        lambda wf: wf.add_conditional(lambda: None),
    ],
)
def test_a_workflow_that_was_used_does_not_change_any_more(change: Any) -> None:
    wf = built()
    wf(n=1)
    with pytest.raises(OptionError) as caught:
        change(wf)
    assert str(caught.value) == "the workflow `built` has been used already: build it whole before that"


def test_problems_are_told_when_it_is_used() -> None:
    wf = Workflow("wf")
    n = wf.add_workflow_input("n", int)
    wf.add_entity(note, text=n)
    wf.add_entity(double, n="x", m=3)
    wf.add_entity(double)
    wf.add_workflow_output("text", n, str)
    assert refusal(wf, n=1) == (
        "workflow `wf` has 5 problems; no task has run\n"
        "  error[wrong-constant] here: `double`: expected `int`, got `str` 'x' - at `n`\n"
        "    at        `n`\n"
        "    to        `double(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str` 'x'\n"
        "    fix       give `int`\n"
        "  error[unknown-input] here: `double` has no input `m`. It is double(n: int) -> int\n"
        "    to        `double(n: int) -> int`\n"
        "    fix       leave it out\n"
        "  error[missing-input] here: `double` needs `n`. It is double(n: int) -> int\n"
        "    to        `double(n: int) -> int`\n"
        "    fix       add `n=...`\n"
        "  error[type-mismatch] here: input `text` of `note` takes `str`, and gets `int`\n"
        "    at        `text`\n"
        "    from      the workflow's input `n`\n"
        "    to        `note(text: str) -> None`\n"
        "    expected  `str`\n"
        "    got       `int`\n"
        "    because   `int` is not `str`\n"
        "    fix       declare both as `str`, or put a task between them that converts\n"
        "  error[type-mismatch] here: output `text` of `wf` takes `str`, and gets `int`\n"
        "    at        `text`\n"
        "    from      the workflow's input `n`\n"
        "    to        `wf(n: int) -> str`\n"
        "    expected  `str`\n"
        "    got       `int`\n"
        "    because   `int` is not `str`\n"
        "    fix       declare both as `str`, or put a task between them that converts"
    )
    assert RUNS == []


def test_a_promise_of_another_workflow_is_refused() -> None:
    other = built()
    wf = Workflow("wf")
    wf.add_entity(double, n=other.inputs["n"])
    assert refusal(wf) == (
        "workflow `wf` has one problem; no task has run\n"
        "  error[out-of-scope] here: `double`: expected a promise that exists here, got the promise `n` of workflow `built` - at `n`\n"
        "    at        `n`\n"
        "    to        `double(n: int) -> int`\n"
        "    expected  a promise that exists here\n"
        "    got       the promise `n` of workflow `built`\n"
        "    fix       use it where it was made, or make it an output or input there"
    )


def test_a_circle_of_nodes_is_refused() -> None:
    wf = Workflow("wf")
    first, second = wf.add_entity(note, text="a"), wf.add_entity(note, text="b")
    first >> second >> first
    assert refusal(wf) == (
        "workflow `wf` has one problem; no task has run\n"
        "  error[cycle] here: nodes wait for each other: n1 -> n0 -> n1\n"
        "    fix       take one `>>`, or one argument, out of the circle"
    )


def test_an_output_that_a_node_does_not_have() -> None:
    wf = Workflow("wf")
    node = wf.add_entity(double, n=1)
    with pytest.raises(WorkflowError) as caught:
        _ = node.o1
    assert str(caught.value) == "`.o1` in a workflow, with the node `n0`: use one of its outputs (o0)"
    with pytest.raises(KeyError):
        _ = node.outputs["o1"]


def test_what_is_no_entity_is_refused() -> None:
    wf = Workflow("wf")
    with pytest.raises(OptionError) as caught:
        wf.add_entity(double.function, n=1)  # type: ignore[arg-type]
    assert str(caught.value).startswith(
        "`add_entity` takes a task, workflow or launch plan; got `function` <function double"
    )


def test_nothing_is_traced_after_a_step() -> None:
    built()
    assert double(n=1) == 2


def test_a_workflow_without_nodes_warns() -> None:
    wf = Workflow("wf")
    wf.add_workflow_output("n", wf.add_workflow_input("n", int))
    assert codes(wf) == ["local-only"]


def test_imperative_workflow_is_its_other_name() -> None:
    assert ImperativeWorkflow is Workflow
