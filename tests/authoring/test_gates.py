"""Gates: nodes that wait for a person, for an input, or for time to pass."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from flytetypes import RunError, WorkflowWarning, approve, conditional, node_of, sleep, task, wait_for_input, workflow
from flytetypes.authoring import Approve, Reference, Sleep, WaitForInput
from refusals import codes, refusal

RUNS: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RUNS.clear()


@dataclass
class Report:
    text: str
    pages: list[int]


@task
def double(n: int) -> int:
    RUNS.append("double")
    return n * 2


@task
def note(text: str) -> None:
    RUNS.append(text)


@task
def report() -> Report:
    return Report("all well", [1, 2])


class Two(NamedTuple):
    a: int
    b: str


@task
def two() -> Two:
    return Two(1, "x")


@workflow
def gated(n: int) -> int:
    doubled = double(n=n)
    approved = approve(doubled, "is it right?", timeout=timedelta(hours=2))
    offset = wait_for_input("offset", timeout=timedelta(minutes=5), expected_type=int)
    waited = sleep(timedelta(seconds=3))
    last = double(n=approved)
    waited >> node_of(last)
    return double(n=offset)


def test_gates_are_nodes() -> None:
    assert [(node.id, type(node.target).__name__) for node in gated.graph.nodes] == [
        ("n0", "FunctionTask"),
        ("n1", "Approve"),
        ("n2", "WaitForInput"),
        ("n3", "Sleep"),
        ("n4", "FunctionTask"),
        ("n5", "FunctionTask"),
    ]


def test_an_approval_passes_an_output_on_under_its_name() -> None:
    node = gated.graph.node("n1")
    gate: Any = node.target
    assert (type(gate), gate.name, gate.timeout) == (Approve, "is it right?", timedelta(hours=2))
    assert node.bindings == {"o0": Reference("n0", "o0")}
    assert gated.graph.node("n4").bindings == {"n": Reference("n1", "o0")}


def test_an_input_that_is_waited_for_has_a_type() -> None:
    node = gated.graph.node("n2")
    gate: Any = node.target
    assert (type(gate), gate.name, gate.timeout, node.bindings) == (WaitForInput, "offset", timedelta(minutes=5), {})
    assert gate.interface.outputs["o0"].annotation is int


def test_a_sleep_has_its_duration() -> None:
    gate: Any = gated.graph.node("n3").target
    assert (type(gate), gate.name, gate.duration) == (Sleep, "sleep-gate", timedelta(seconds=3))
    assert gated.graph.node("n4").after == ("n3",)


def test_without_a_timeout_it_is_an_hour() -> None:
    @workflow
    def patient(n: int) -> int:
        return approve(wait_for_input("n", expected_type=int), "sure?")

    assert [node.target.timeout for node in patient.graph.nodes] == [timedelta(hours=1)] * 2  # type: ignore[attr-defined]


def test_an_input_of_the_workflow_can_be_approved() -> None:
    @workflow
    def asked(n: int) -> int:
        return double(n=approve(n, "sure?"))

    assert asked.graph.node("n0").bindings == {"n": Reference(None, "n")}
    assert codes(asked) == []


def test_a_part_of_a_value_can_be_approved() -> None:
    @workflow
    def asked() -> int:
        return double(n=approve(report().pages[1], "sure?"))

    with pytest.warns(WorkflowWarning, match=r"the gate `sure\?` approves `n0.o0.pages\[1\]`, a part of an output"):
        node = asked.graph.node("n1")
    assert node.bindings == {"o0": Reference("n0", "o0", ("pages", 1))}
    assert node.target.interface.outputs["o0"].annotation is int


def test_a_conditional_can_be_approved() -> None:
    @workflow
    def asked(n: int) -> int:
        chosen = conditional("c").if_(n > 0).then(double(n=n)).else_().then(double(n=1))
        return approve(chosen, "sure?")

    assert asked.graph.node("n1").bindings == {"o0": Reference("n0", "o0")}


def test_an_approved_value_of_a_wrong_type_is_refused() -> None:
    @workflow
    def broken(n: int) -> None:
        note(text=approve(n, "sure?"))  # type: ignore[call-overload]

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[type-mismatch] here: input `text` of `note` takes `str`, and gets `int`\n"
        "    at        `text`\n"
        "    from      output `n` of `sure?(n: int) -> int`, called at here\n"
        "    to        `note(text: str) -> None`\n"
        "    expected  `str`\n"
        "    got       `int`\n"
        "    because   `int` is not `str`\n"
        "    fix       declare both as `str`, or put a task between them that converts"
    )


def test_a_sleep_waits_here_too() -> None:
    @workflow
    def slow() -> None:
        first = sleep(timedelta(seconds=0.05))
        first >> node_of(note(text="woken"))

    begin = time.monotonic()
    slow()
    assert time.monotonic() - begin >= 0.05
    assert RUNS == ["woken"]


@pytest.mark.parametrize("gate", ["approve", "wait"])
def test_a_plain_call_asks_on_the_terminal_and_fails_where_there_is_none(gate: str) -> None:
    @workflow
    def asked(n: int) -> int:
        return double(n=approve(n, "ask") if gate == "approve" else wait_for_input("ask", expected_type=int))

    with pytest.raises(RunError) as caught:
        asked(n=1)
    assert str(caught.value) == (
        "the gate `ask` waits for a person, and there is no terminal: use `run(..., on_gate=...)`, "
        "or `run(...)` and `answer`"
    )
    assert RUNS == []


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (
            lambda n: approve(3, "sure?"),
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[promise-misused] here: approving `int` 3 in a workflow, with the gate `sure?`\n"
                "    fix       approve a promise: what a call has given"
            ),
        ),
        (
            lambda n: approve(note(text="x"), "sure?"),
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[promise-misused] here: approving `NodeHandle` NodeHandle(n0) in a workflow, with the gate `sure?`\n"
                "    fix       approve a promise: what a call has given"
            ),
        ),
        (
            lambda n: approve(two(), "sure?"),
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[promise-misused] here: approving `Two` Two(a=Promise(n0.a), b=Promise(n0.b)) in a workflow, with the gate `sure?`\n"
                "    fix       approve a promise: what a call has given"
            ),
        ),
        (
            lambda n: approve(n > 3, "sure?"),
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[promise-misused] here: approving `Expression` Expression(n > 3) in a workflow, with the gate `sure?`\n"
                "    fix       approve a promise: what a call has given"
            ),
        ),
        (
            lambda n: wait_for_input("n"),  # type: ignore[call-overload]
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[promise-misused] here: `wait_for_input` without `expected_type` in a workflow, with the gate `n`\n"
                "    fix       say the type: `expected_type=int`"
            ),
        ),
        (
            lambda n: wait_for_input("n", expected_type=list[int, str]),
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[bad-option] here: `list[int, str]` has 2 in its brackets, and takes 1 - in `o0` of `n`\n"
                "    fix       annotate it in another way"
            ),
        ),
        (
            lambda n: wait_for_input("n", timeout="1h", expected_type=int),  # type: ignore[call-overload]
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[bad-option] here: a timeout is whole seconds or a timedelta; got `str` '1h'\n"
                "    fix       give a value that it takes"
            ),
        ),
        (
            lambda n: sleep("1h"),  # type: ignore[arg-type]
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[bad-option] here: the duration of a sleep is whole seconds or a timedelta; got `str` '1h'\n"
                "    fix       give a value that it takes"
            ),
        ),
        (
            lambda n: sleep(timedelta(seconds=-1)),
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[bad-option] here: the duration of a sleep is not negative; got `timedelta` datetime.timedelta(days=-1, seconds=86399)\n"
                "    fix       give a value that it takes"
            ),
        ),
        (
            lambda n: [approve(n, "same"), approve(n, "same")],
            (
                "workflow `broken` has one problem; no task has run\n"
                "  error[duplicate-id] here: two gates are called `same`\n"
                "    from      the first `same`, called at here\n"
                "    fix       give each gate a name of its own"
            ),
        ),
    ],
)
def test_wrong_uses_are_refused(write: Any, text: str) -> None:
    @workflow
    def broken(n: int) -> int:
        write(n)
        return double(n=n)

    assert refusal(broken, n=1) == text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sleep(timedelta(seconds=1)), "a gate belongs in the body of a workflow: nothing is being traced here"),
        (
            lambda: wait_for_input("n", expected_type=int),
            "a gate belongs in the body of a workflow: nothing is being traced here",
        ),
    ],
)
def test_gates_outside_of_a_workflow_are_refused(make: Any, message: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        make()
    assert str(caught.value) == message


def test_a_gate_without_a_local_run_is_no_reason_to_warn() -> None:
    assert codes(gated) == []


def test_an_open_conditional_can_be_approved() -> None:
    @task
    def maybe(n: int) -> int | None:
        return n

    @workflow
    def asked(n: int) -> int | None:
        return approve(conditional("c").if_(n > 0).then(maybe(n=n)).finished(), "sure?")

    assert codes(asked) == ["local-only"]
