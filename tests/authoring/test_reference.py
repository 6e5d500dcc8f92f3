"""References: what is registered already, by a stub that says what it takes and gives."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from flytetypes import (
    AnnotationError,
    CallError,
    create_node,
    dynamic,
    reference_launch_plan,
    reference_task,
    reference_workflow,
    task,
    workflow,
)
from flytetypes.authoring import EntityId, Reference, ReferenceLaunchPlan, ReferenceTask, ReferenceWorkflow
from flytetypes.compiler import lower
from refusals import codes, refusal


class Out(NamedTuple):
    number: int
    text: str


@reference_task(project="p", domain="d", name="their.task", version="v1")
def their_task(n: int, text: str = "x") -> Out: ...  # type: ignore[empty-body]


@reference_workflow(project="p", domain="d", name="their.workflow", version="v1")
def their_workflow(n: int) -> int:  # type: ignore[empty-body]
    """Theirs."""


@reference_launch_plan("p", "d", "their.plan", "v1")
def their_plan(n: int) -> int: ...  # type: ignore[empty-body]


@reference_task(project="p", domain="d", name="their.note", version="v1")
def their_note(n: int) -> None: ...


@task
def double(n: int) -> int:
    return n * 2


@workflow
def uses(n: int) -> tuple[int, str]:
    number, text = their_task(n=double(n=n))
    note = create_node(their_note, n=number)
    note >> create_node(their_plan, n=n)
    return number, text


def test_a_reference_has_the_interface_of_its_stub() -> None:
    assert their_task.interface.signature() == "their_task(n: int, text: str = 'x') -> (int, str)"
    assert their_task.interface.output_class is Out


@pytest.mark.parametrize(
    ("reference", "kind", "shown"),
    [
        (their_task, ReferenceTask, "<reference task their_task(n: int, text: str = 'x') -> (int, str)>"),
        (their_workflow, ReferenceWorkflow, "<reference workflow their_workflow(n: int) -> int>"),
        (their_plan, ReferenceLaunchPlan, "<reference launch plan their_plan(n: int) -> int>"),
    ],
)
def test_a_reference_has_an_id(reference: Any, kind: type, shown: str) -> None:
    assert type(reference) is kind
    assert reference.id == EntityId("p", "d", reference.name, "v1")  # type: ignore[attr-defined]
    assert repr(reference) == shown


def test_a_stub_needs_no_return() -> None:
    assert their_workflow.interface.outputs["o0"].annotation is int


def test_references_are_nodes() -> None:
    assert codes(uses) == []
    nodes = uses.graph.nodes
    assert [node.target for node in nodes] == [double, their_task, their_note, their_plan]
    assert nodes[1].bindings["n"] == Reference("n0", "o0")
    assert "text" in nodes[1].bindings
    assert nodes[3].after == ("n2",)


def test_references_are_not_registered_again() -> None:
    assert [(each.kind, each.name.rpartition(".")[2]) for each in lower([uses])] == [
        ("task", "double"),
        ("workflow", "uses"),
        ("launch plan", "uses"),
    ]


def test_edges_to_references_are_checked() -> None:
    @workflow
    def broken(text: str) -> int:
        return their_plan(n=their_task(n=text).text)  # type: ignore[arg-type]

    assert refusal(broken, text="x") == (
        "workflow `broken` has 2 problems; no task has run\n"
        "  error[type-mismatch] here: input `n` of `their_task` takes `int`, and gets `str`\n"
        "    at        `n`\n"
        "    from      the workflow's input `text`\n"
        "    to        `their_task(n: int, text: str = 'x') -> (int, str)`\n"
        "    expected  `int`\n"
        "    got       `str`\n"
        "    because   `str` is not `int`\n"
        "    fix       declare both as `int`, or put a task between them that converts\n"
        "  error[type-mismatch] here: input `n` of `their_plan` takes `int`, and gets `str`\n"
        "    at        `n`\n"
        "    from      output `text` of `their_task(n: int, text: str = 'x') -> (int, str)`, called at here\n"
        "    to        `their_plan(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str`\n"
        "    because   `str` is not `int`\n"
        "    fix       declare both as `int`, or put a task between them that converts"
    )


def test_a_reference_workflow_is_no_node() -> None:
    @workflow
    def broken(n: int) -> int:
        return their_workflow(n=n)

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[not-loadable] here: `their.workflow` is a reference workflow, and no node of another one\n"
        "    to        `their_workflow(n: int) -> int`\n"
        "    fix       refer to a launch plan of it: `reference_launch_plan`"
    )


@pytest.mark.parametrize("reference", [their_task, their_workflow, their_plan])
def test_a_reference_does_not_run_here(reference: Any) -> None:
    with pytest.raises(NotImplementedError) as caught:
        reference(n=1)
    assert str(caught.value) == f"`{reference.name}` of p/d is a reference: only its cluster runs it"


def test_a_workflow_with_a_reference_does_not_run_here() -> None:
    @workflow
    def wf(n: int) -> int:
        return their_plan(n=n)

    with pytest.raises(NotImplementedError) as caught:
        wf(n=1)
    assert str(caught.value) == "`their.plan` of p/d is a reference: only its cluster runs it"


def test_a_wrong_call_of_a_reference_is_told() -> None:
    with pytest.raises(CallError) as caught:
        their_plan(m=1)  # type: ignore[call-arg]
    assert str(caught.value) == "`their_plan` has no input `m`. It is their_plan(n: int) -> int"


def test_a_reference_in_a_dynamic() -> None:
    @dynamic
    def calls(n: int) -> int:
        return their_plan(n=n)

    assert [node.target for node in calls.trace({"n": 1}).nodes] == [their_plan]


def test_a_stub_without_annotations_is_refused() -> None:
    with pytest.raises(AnnotationError) as caught:
        reference_task("p", "d", "n", "v")(lambda n: n)
    assert str(caught.value).endswith("a lambda has no annotations and no name: write a function with `def`")
    with pytest.raises(AnnotationError) as caught:

        @reference_task("p", "d", "n", "v")
        def stub(n) -> int: ...  # type: ignore[empty-body, no-untyped-def]

    assert str(caught.value) == "`stub` does not say what `n` is: annotate it"
