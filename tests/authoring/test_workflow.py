"""Workflows: traced once, checked before anything runs, run with the values that the graph says."""

from __future__ import annotations

import copy
import pickle
import random
import re
import threading
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from flytetypes import (
    AnnotationError,
    AttributePathError,
    CallError,
    ConversionError,
    Documentation,
    FlyteError,
    OptionError,
    Options,
    Pickled,
    Promise,
    WorkflowError,
    WorkflowFailurePolicy,
    WorkflowWarning,
    conditional,
    dynamic,
    node_of,
    task,
    workflow,
)
from flytetypes.authoring import Constant, Place, Reference, WorkflowOptions
from flytetypes.interface import default_engine
from refusals import quietly, refusal

RUNS: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RUNS.clear()


class Out(NamedTuple):
    number: int
    text: str


@dataclass
class Address:
    city: str


@dataclass
class Person:
    name: str
    address: Address
    scores: list[int]


@task
def t1(a: int) -> Out:
    RUNS.append("t1")
    return Out(a + 2, "world")


@task
def t2(a: str, b: str) -> str:
    RUNS.append("t2")
    return b + a


@task
def increased(n: int) -> int:
    RUNS.append("increased")
    return n + 1


@task
def total(values: list[int]) -> int:
    return sum(values)


@task
def looked_up(table: dict[str, int], key: str) -> int:
    return table[key]


@task
def person() -> Person:
    return Person("Ada", Address("London"), [3, 4])


@task
def untyped() -> dict:  # type: ignore[type-arg]
    return {"a": {"b": 5}}


@task
def nothing(n: int) -> None:
    RUNS.append(f"nothing {n}")


@workflow
def my_wf(a: int, b: str) -> tuple[int, str]:
    x, y = t1(a=a)
    d = t2(a=y, b=b)
    return x, d


def told(broken: Any, /, **arguments: Any) -> str:
    """What a broken workflow is refused with; none of its tasks has run."""
    text = refusal(broken, **arguments)
    assert RUNS == []
    return text


def test_a_workflow_runs() -> None:
    result: Any = my_wf(a=50, b="hello")
    assert result == (52, "helloworld")
    assert (result.o0, result.o1) == (52, "helloworld")
    assert RUNS == ["t1", "t2"]


def test_the_body_runs_once_and_computes_nothing() -> None:
    bodies: list[object] = []

    @workflow
    def traced(n: int) -> int:
        bodies.append(n)
        return increased(n=increased(n=n))

    assert bodies == []
    assert (traced(n=1), traced(n=5)) == (3, 7)
    assert len(bodies) == 1
    assert [type(body) for body in bodies] == [Promise]
    assert repr(bodies[0]) == "Promise(n)"


def test_the_graph_is_a_value() -> None:
    graph = my_wf.graph
    assert [node.id for node in graph.nodes] == ["n0", "n1"]
    assert graph.nodes[1].bindings == {"a": Reference("n0", "text"), "b": Reference(None, "b")}
    assert graph.outputs == {"o0": Reference("n0", "number"), "o1": Reference("n1", "o0")}
    assert str(graph.node("n0").place) == f"test_workflow.py:{my_wf.place.line + 2}"
    assert my_wf.graph is graph


def test_constants_defaults_and_containers_of_promises() -> None:
    @workflow
    def mixed(n: int, m: int = 5) -> tuple[int, int]:
        return total(values=[n, m, 3, increased(n=n)]), looked_up(table={"x": n, "y": 9}, key="x")

    assert mixed(n=1) == (11, 1)
    assert mixed(n=1, m=0) == (6, 1)
    assert isinstance(mixed.graph.nodes[2].bindings["key"], Constant)


def test_parts_of_values() -> None:
    @workflow
    def parts(people: list[Person], table: dict[str, list[int]]) -> tuple[str, int, int, str]:
        p = person()
        return (
            t2(a=p.name, b=p.address.city),
            increased(n=p.scores[1]),
            increased(n=table["k"][0]),
            people[0].name,
        )

    assert parts(people=[Person("Bo", Address("Rome"), [])], table={"k": [7]}) == ("LondonAda", 5, 8, "Bo")


def test_a_part_that_is_not_there_at_run_time() -> None:
    @workflow
    def late(table: dict[str, int]) -> int:
        return increased(n=table["gone"])

    with pytest.raises(AttributePathError, match=r"^`table.gone`: "):
        late(table={"x": 1})


def test_subworkflows_are_nodes() -> None:
    @workflow
    def outer(a: int) -> str:
        _, text = my_wf(a=a, b="x")
        return t2(a=text, b="y")

    assert [type(node.target).__name__ for node in outer.graph.nodes] == ["FunctionWorkflow", "FunctionTask"]
    assert outer(a=1) == "yxworld"


def test_a_task_without_outputs_is_a_node_too() -> None:
    @workflow
    def quiet(n: int) -> None:
        nothing(n=n)

    quiet(n=4)
    assert RUNS == ["nothing 4"]


def test_a_mismatched_edge_is_refused_with_zero_tasks_run() -> None:
    @workflow
    def broken(n: int) -> int:
        return increased(n=t2(a="x", b="y"))  # type: ignore[arg-type]

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[type-mismatch] here: input `n` of `increased` takes `int`, and gets `str`\n"
        "    at        `n`\n"
        "    from      output `o0` of `t2(a: str, b: str) -> str`, called at here\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str`\n"
        "    because   `str` is not `int`\n"
        "    fix       declare both as `int`, or put a task between them that converts"
    )


def test_a_problem_is_a_record_with_the_places_of_both_calls() -> None:
    @workflow
    def broken(n: int) -> int:
        text = t2(a="x", b="y")
        return increased(n=text)  # type: ignore[arg-type]

    with pytest.raises(WorkflowError) as caught:
        broken(n=1)
    (found,) = caught.value.diagnostics
    line = broken.place.line
    assert (found.code, found.workflow, found.node, found.path) == ("type-mismatch", "broken", "n1", "n")
    assert found.place == Place(__file__, line + 3)
    assert found.producer_place == Place(__file__, line + 2)
    assert (found.expected, found.got) == ("`int`", "`str`")


def test_every_problem_is_told_at_once() -> None:
    @workflow
    def broken(n: int) -> list[str]:
        increased(n="seven")  # type: ignore[arg-type]
        increased(n=person().name)  # type: ignore[arg-type]
        increased(n=person().age)  # type: ignore[attr-defined]
        total(values=[n, t2(a="x", b="y")])  # type: ignore[list-item]
        return n  # type: ignore[return-value]

    assert told(broken, n=1) == (
        "workflow `broken` has 5 problems; no task has run\n"
        "  error[wrong-constant] here: `increased`: expected `int`, got `str` 'seven' - at `n`\n"
        "    at        `n`\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str` 'seven'\n"
        "    fix       give `int`\n"
        "  error[type-mismatch] here: input `n` of `increased` takes `int`, and gets `str`\n"
        "    at        `n`\n"
        "    from      `o0.name`, a part of output `o0` of `person() -> Person`, called at here\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str`\n"
        "    because   `str` is not `int`\n"
        "    fix       declare both as `int`, or put a task between them that converts\n"
        "  error[unknown-attribute] here: `n` is `n3.o0.age`: `struct Person` has no `age`\n"
        "    at        `n`\n"
        "    from      output `o0` of `person() -> Person`, called at here\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  one of address, name, scores\n"
        "    got       `age`\n"
        "    fix       use a field that is declared\n"
        "  error[type-mismatch] here: input `values[1]` of `total` takes `int`, and gets `str`\n"
        "    at        `values[1]`\n"
        "    from      output `o0` of `t2(a: str, b: str) -> str`, called at here\n"
        "    to        `total(values: list[int]) -> int`\n"
        "    expected  `int`\n"
        "    got       `str`\n"
        "    because   `str` is not `int`\n"
        "    fix       declare both as `int`, or put a task between them that converts\n"
        "  error[type-mismatch] here: output `o0` of `broken` takes `list[str]`, and gets `int`\n"
        "    at        `o0`\n"
        "    from      the workflow's input `n`\n"
        "    to        `broken(n: int) -> list[str]`\n"
        "    expected  `list[str]`\n"
        "    got       `int`\n"
        "    because   `int` is not `list[str]`\n"
        "    fix       declare both as `list[str]`, or put a task between them that converts"
    )


def test_a_number_of_outputs_that_does_not_fit() -> None:
    @workflow
    def broken(n: int) -> tuple[int, int]:
        return increased(n=n)  # type: ignore[return-value]

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[unbound-output] here: `broken`: expected 2 outputs (o0, o1), got `Promise` Promise(n0.o0) - at `return`\n"
        "    expected  2 outputs (o0, o1)\n"
        "    got       `Promise` Promise(n0.o0)\n"
        "    fix       return what `-> o0: int, o1: int` declares, or declare what is returned"
    )


def test_an_output_that_nothing_is_returned_for() -> None:
    @workflow
    def broken(n: int) -> tuple[int, int]:
        return increased(n=n), None  # type: ignore[return-value]

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[unbound-output] here: nothing is returned for output `o1` of `broken`\n"
        "    expected  `int`\n"
        "    got       `None`\n"
        "    fix       return a promise or a value for it, or do not declare it"
    )


def test_a_value_where_nothing_is_declared() -> None:
    @workflow
    def broken(n: int) -> None:
        return increased(n=n)  # type: ignore[return-value]

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[unbound-output] here: `broken`: expected `None`, got `Promise` Promise(n0.o0) (no output is declared) - at `return`\n"
        "    expected  `None`\n"
        "    got       `Promise` Promise(n0.o0)\n"
        "    fix       return what `-> None` declares, or declare what is returned"
    )


def test_returning_the_call_of_what_gives_nothing() -> None:
    @workflow
    def quiet(n: int) -> None:
        return nothing(n=n)  # type: ignore[return-value]

    assert quiet(n=3) is None
    assert RUNS == ["nothing 3"]


def test_a_constant_output_that_does_not_fit() -> None:
    @workflow
    def broken(n: int) -> int:
        increased(n=n)
        return "x"  # type: ignore[return-value]

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[wrong-constant] here: `broken`: expected `int`, got `str` 'x' - at `o0`\n"
        "    at        `o0`\n"
        "    to        `broken(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str` 'x'\n"
        "    fix       give `int`"
    )


def test_a_body_that_raises_is_a_problem_with_its_line_and_cause() -> None:
    @workflow
    def broken(n: int) -> int:
        increased(n=n)
        return {}["gone"]  # type: ignore[index]

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[body-failed] here: the body of `broken` raised KeyError: 'gone'\n"
        "    fix       it runs when the workflow is compiled, with promises for values: move what needs values into a task"
    )
    with pytest.raises(WorkflowError) as caught:
        broken(n=1)
    assert caught.value.diagnostics[0].place == Place(__file__, broken.place.line + 3)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_argument_that_does_not_fit_runs_nothing() -> None:
    with pytest.raises(ConversionError) as caught:
        my_wf(a="x", b="y")  # type: ignore[arg-type]
    assert str(caught.value) == "`my_wf`: expected `int`, got `str` 'x' - at `a`"
    assert RUNS == []


def test_positional_calls_are_refused_outside_and_inside() -> None:
    with pytest.raises(CallError) as caught:
        my_wf(50, "hello")
    assert str(caught.value) == "`my_wf` takes keywords: call it as `my_wf(a=50, b='hello')`"

    @workflow
    def broken(n: int) -> int:
        return increased(n)

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[positional-call] here: `increased` takes keywords: call it as `increased(n=...)`\n"
        "    to        `increased(n: int) -> int`\n"
        "    fix       call it as `increased(n=...)`"
    )


def test_missing_and_unknown_inputs_in_a_body_are_problems() -> None:
    @workflow
    def broken(n: int) -> str:
        increased()  # type: ignore[call-arg]
        increased(m=n)  # type: ignore[call-arg]
        return t2(a="x", b="y", c="z")  # type: ignore[call-arg]

    assert told(broken, n=1) == (
        "workflow `broken` has 4 problems; no task has run\n"
        "  error[missing-input] here: `increased` needs `n`. It is increased(n: int) -> int\n"
        "    to        `increased(n: int) -> int`\n"
        "    fix       add `n=...`\n"
        "  error[unknown-input] here: `increased` has no input `m`. It is increased(n: int) -> int\n"
        "    to        `increased(n: int) -> int`\n"
        "    fix       leave it out\n"
        "  error[missing-input] here: `increased` needs `n`. It is increased(n: int) -> int\n"
        "    to        `increased(n: int) -> int`\n"
        "    fix       add `n=...`\n"
        "  error[unknown-input] here: `t2` has no input `c`. It is t2(a: str, b: str) -> str\n"
        "    to        `t2(a: str, b: str) -> str`\n"
        "    fix       leave it out"
    )


@pytest.mark.parametrize(
    ("misuse", "message", "fix"),
    [
        (
            lambda p: bool(p),
            "`if promise` in a workflow, with the promise `n`",
            "decide in a task, by `conditional`, or in a @dynamic that takes it",
        ),
        (
            lambda p: not p,
            "`if promise` in a workflow, with the promise `n`",
            "decide in a task, by `conditional`, or in a @dynamic that takes it",
        ),
        (
            lambda p: p + 1,
            "arithmetic with a promise in a workflow, with the promise `n`",
            "compute in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: 1 - p,
            "arithmetic with a promise in a workflow, with the promise `n`",
            "compute in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: -p,
            "arithmetic with a promise in a workflow, with the promise `n`",
            "compute in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: p % 2,
            "arithmetic with a promise in a workflow, with the promise `n`",
            "compute in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: round(p),
            "arithmetic with a promise in a workflow, with the promise `n`",
            "compute in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: range(p),
            "arithmetic with a promise in a workflow, with the promise `n`",
            "compute in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: p**2,
            "arithmetic with a promise in a workflow, with the promise `n`",
            "compute in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: divmod(p, 2),
            "arithmetic with a promise in a workflow, with the promise `n`",
            "compute in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: p & True,
            "`&`, `|` or `~` with a promise in a workflow, with the promise `n`",
            "say what is compared: `promise.is_true()`, `promise == 1`",
        ),
        (
            lambda p: ~p,
            "`&`, `|` or `~` with a promise in a workflow, with the promise `n`",
            "say what is compared: `promise.is_true()`, `promise == 1`",
        ),
        (
            lambda p: p == [1],
            "a comparison with `list` [1] in a workflow, with the promise `n`",
            "compare with a number, string, bool, datetime, timedelta, enum member, None, or another promise",
        ),
        (
            lambda p: p < object,
            "a comparison with `type` <class 'object'> in a workflow, with the promise `n`",
            "compare with a number, string, bool, datetime, timedelta, enum member, None, or another promise",
        ),
        (
            lambda p: bool(p == 1),
            "`if`, `and`, `or` or `not` in a workflow, with the condition `n == 1`",
            "decide with `conditional(...).if_(...)`; join conditions with `&` and `|`, each in brackets",
        ),
        (
            lambda p: (p == 1) & True,
            "`&` with `bool` True in a workflow, with the condition `n == 1`",
            "join conditions, such as `promise == 1`",
        ),
        (
            lambda p: 0 < p < 3,
            "`if`, `and`, `or` or `not` in a workflow, with the condition `n > 0`",
            "decide with `conditional(...).if_(...)`; join conditions with `&` and `|`, each in brackets",
        ),
        (
            lambda p: {p: 1},
            "a promise as a key in a workflow, with the promise `n`",
            "its value is not there yet: look up in a task",
        ),
        (
            lambda p: "a" + str(p),
            "computing with the text of a promise in a workflow, with the promise `n`",
            "make the text in a task",
        ),
        (
            lambda p: str(p)[0],
            "computing with the text of a promise in a workflow, with the promise `n`",
            "make the text in a task",
        ),
        (
            lambda p: copy.copy(p),
            "copying a promise in a workflow, with the promise `n`",
            "pass the promise itself on",
        ),
        (
            lambda p: copy.deepcopy([p]),
            "copying a promise in a workflow, with the promise `n`",
            "pass the promise itself on",
        ),
        (
            lambda p: pickle.dumps(p),
            "copying a promise in a workflow, with the promise `n`",
            "pass the promise itself on",
        ),
        (
            lambda p: len(p),
            "`len(promise)` in a workflow, with the promise `n`",
            "count in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: list(p),
            "`for x in promise` in a workflow, with the promise `n`",
            "its elements are not there yet: use `map_task`, or a @dynamic",
        ),
        (
            lambda p: increased(**p),
            "`promise(...)` in a workflow, with the promise `n.keys`",
            "its value is not there yet: call methods in a task",
        ),
        (
            lambda p: 1 in p,
            "`x in promise` in a workflow, with the promise `n`",
            "look in a task, or in a @dynamic that takes it",
        ),
        (
            lambda p: f"{p}",
            '`f"{promise}"` in a workflow, with the promise `n`',
            "its value is not there yet: format in a task (or show the promise with !r)",
        ),
        (
            lambda p: p.upper(),
            "`promise(...)` in a workflow, with the promise `n.upper`",
            "its value is not there yet: call methods in a task",
        ),
        (
            lambda p: p[1:2],
            "`promise[slice(1, 2, None)]` in a workflow, with the promise `n`",
            "reach a part of it by a name or a position",
        ),
        (
            lambda p: p[None],
            "`promise[None]` in a workflow, with the promise `n`",
            "reach a part of it by a name or a position",
        ),
        (
            lambda p: p[p],
            "`promise[Promise(n)]` in a workflow, with the promise `n`",
            "reach a part of it by a name or a position",
        ),
        (
            lambda p: setattr(p, "x", 1),
            "`promise.x = ...` in a workflow, with the promise `n`",
            "its value is not there yet: change it in a task",
        ),
        (
            lambda p: p.__setitem__("x", 1),
            "`promise['x'] = ...` in a workflow, with the promise `n`",
            "its value is not there yet: change it in a task",
        ),
        (
            lambda p: delattr(p, "x"),
            "`del promise.x` in a workflow, with the promise `n`",
            "its value is not there yet: change it in a task",
        ),
        (
            lambda p: p.__delitem__("x"),
            "`del promise['x']` in a workflow, with the promise `n`",
            "its value is not there yet: change it in a task",
        ),
        (
            lambda p: p.with_overrides(retries=1),
            "`with_overrides` in a workflow, with the promise `n`",
            "it is an input of the workflow: no call gives it",
        ),
        (
            lambda p: p >> increased(n=p),
            "`>>` in a workflow, with the promise `n`",
            "it is an input of the workflow: no call gives it",
        ),
        (
            lambda p: increased(n=p) >> 3,
            "`>> `int` 3` in a workflow, with `n0` on its left",
            "put the result of a call on the right of `>>`",
        ),
        (
            lambda p: increased(n=p).runs_before(None),  # type: ignore[attr-defined]
            "`>> `None`` in a workflow, with `n0` on its left",
            "put the result of a call on the right of `>>`",
        ),
        (
            lambda p: node_of(p),
            "`node_of` in a workflow, with the promise `n`",
            "it is an input of the workflow: no call gives it",
        ),
        (
            lambda p: node_of(3),
            "`node_of` in a workflow, with 3",
            "give it the result of a call in the same workflow",
        ),
        (
            lambda p: conditional("c").if_(p),
            "the condition `Promise` Promise(n) in a workflow, with the conditional `c`",
            "say what is compared: `promise.is_true()`, `promise == 1`",
        ),
        (
            lambda p: conditional("c").if_(True),
            "the condition `bool` True in a workflow, with the conditional `c`",
            "say what is compared: `promise.is_true()`, `promise == 1`",
        ),
    ],
)
def test_promises_are_good_only_as_arguments(misuse: Any, message: str, fix: str) -> None:
    @workflow
    def broken(n: int) -> int:
        misuse(n)
        return increased(n=n)

    with pytest.raises(WorkflowError) as caught:
        broken(n=1)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.fix) == ("promise-misused", message, fix)


def test_a_misuse_is_told_with_the_rest_of_what_was_wrong_so_far() -> None:
    @workflow
    def broken(n: int) -> int:
        increased(n="x")  # type: ignore[arg-type]
        if n:
            return n
        return increased(n=n)

    assert told(broken, n=1) == (
        "workflow `broken` has 2 problems; no task has run\n"
        "  error[wrong-constant] here: `increased`: expected `int`, got `str` 'x' - at `n`\n"
        "    at        `n`\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       `str` 'x'\n"
        "    fix       give `int`\n"
        "  error[promise-misused] here: `if promise` in a workflow, with the promise `n`\n"
        "    fix       decide in a task, by `conditional`, or in a @dynamic that takes it"
    )


def test_printing_a_promise_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    @workflow
    def shown(n: int) -> int:
        print(increased(n=n))
        return n

    assert shown(n=3) == 3
    assert capsys.readouterr().out == "Promise(n0.o0)\n"


def test_what_a_task_raises_says_where() -> None:
    @task
    def fails(n: int) -> int:
        raise ZeroDivisionError("by zero")

    @workflow
    def failing(n: int) -> int:
        return fails(n=increased(n=n))

    with pytest.raises(ZeroDivisionError, match="by zero") as caught:
        failing(n=1)
    first, second, third = caught.value.__notes__
    assert (first, second) == (f"in task `{fails.name}`", "with n=2")
    assert third.startswith(f"in node n1 of workflow `{failing.name}`, called at test_workflow.py:")


def test_a_task_gets_values_of_its_own() -> None:
    @task
    def numbers() -> list[int]:
        return [1, 2]

    @task
    def spoil(values: list[int]) -> int:
        values.append(100)
        return len(values)

    @workflow
    def shared() -> tuple[int, int, list[int]]:
        values = numbers()
        return spoil(values=values), spoil(values=values), values

    assert shared() == (3, 3, [1, 2])


def test_workflows_are_compiled_once_from_many_threads() -> None:
    bodies = []

    @workflow
    def traced(n: int) -> int:
        bodies.append(1)
        return increased(n=n)

    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(traced(n=1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2] * 8
    assert len(bodies) == 1


@task
def greeted(name: str) -> str:
    return f"hello {name}"


def test_the_text_of_a_promise_does_not_leak_into_data() -> None:
    @workflow
    def leaking(name: str) -> str:
        return greeted(name=f"{'dr. %s'}" % name)

    @workflow
    def passing(name: str) -> str:
        return greeted(name=str(name))

    assert told(leaking, name="x") == (
        "workflow `leaking` has one problem; no task has run\n"
        "  error[formatted-promise] here: `greeted`: expected a value, got `str` 'dr. Promise(name)' (a promise was made a text: its value is not there yet) - at `name`\n"
        "    at        `name`\n"
        "    to        `greeted(name: str) -> str`\n"
        "    expected  a value\n"
        "    got       `str` 'dr. Promise(name)'\n"
        "    because   a promise was made a text: its value is not there yet\n"
        "    fix       pass the promise itself to a task that makes the text"
    )
    assert told(passing, name="x") == (
        "workflow `passing` has one problem; no task has run\n"
        "  error[formatted-promise] here: `greeted`: expected a value, got `_PromiseText` 'Promise(name)' (a promise was made a text: its value is not there yet) - at `name`\n"
        "    at        `name`\n"
        "    to        `greeted(name: str) -> str`\n"
        "    expected  a value\n"
        "    got       `_PromiseText` 'Promise(name)'\n"
        "    because   a promise was made a text: its value is not there yet\n"
        "    fix       pass the promise itself to a task that makes the text"
    )


def test_steps_into_numbers_lead_nowhere() -> None:
    @workflow
    def broken(n: int) -> int:
        return increased(n=n.real.imag)

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[unknown-attribute] here: `n` is `n.real.imag`: `int` has no `real`\n"
        "    at        `n`\n"
        "    from      the workflow's input `n`\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  a value with parts\n"
        "    got       `real`\n"
        "    fix       pass it on whole, and take it apart in a task"
    )


def test_a_workflow_that_calls_itself_is_refused() -> None:
    @workflow
    def endless(n: int) -> int:
        return endless(n=n)

    assert told(endless, n=1) == (
        "workflow `endless` has one problem; no task has run\n"
        "  error[cycle] here: workflow `endless` calls itself without an end: endless -> endless\n"
        "    fix       end it in a @dynamic, which decides when it runs"
    )


def test_the_problems_of_a_subworkflow_are_found_before_anything_runs() -> None:
    @workflow
    def inner(n: int) -> str:
        return increased(n=n)  # type: ignore[return-value]

    @workflow
    def outer(n: int) -> str:
        return inner(n=increased(n=n))

    assert told(outer, n=1) == (
        "workflow `outer` has one problem; no task has run\n"
        "  error[type-mismatch] here: output `o0` of `inner` takes `str`, and gets `int`\n"
        "    in        workflow `inner`\n"
        "    at        `o0`\n"
        "    from      output `o0` of `increased(n: int) -> int`, called at here\n"
        "    to        `inner(n: int) -> str`\n"
        "    expected  `str`\n"
        "    got       `int`\n"
        "    because   `int` is not `str`\n"
        "    fix       declare both as `str`, or put a task between them that converts"
    )


def test_a_list_of_promises_fits_the_variant_of_a_union_that_takes_it() -> None:
    @task
    def counted(items: list[str] | list[int] | None) -> int:
        return sum(items) if items and isinstance(items[0], int) else 0

    @workflow
    def fits(n: int) -> int:
        return counted(items=[n, increased(n=n)])

    assert fits(n=1) == 3


@pytest.mark.filterwarnings("ignore::flytetypes.WorkflowWarning")  # the store is on this machine
def test_constants_in_the_store_are_written_when_the_workflow_is_sound() -> None:
    @task
    def size(x: Pickled[set[int]]) -> int:
        return len(x)

    @workflow
    def sound() -> int:
        return size(x={1, 2})

    @workflow
    def unsound() -> int:
        size(x={1, 2})
        return increased(n="bad")  # type: ignore[arg-type]

    with pytest.raises(WorkflowError):
        unsound()
    (uri,) = sound.graph.uploads
    store = default_engine().store
    assert not store.exists(uri)
    assert (sound(), sound(), store.exists(uri)) == (2, 2, True)


def test_a_value_that_contains_itself_is_a_problem_not_a_crash() -> None:
    circle: list[Any] = []
    circle.append(circle)

    @workflow
    def broken() -> int:
        return total(values=circle)

    assert told(broken) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[wrong-constant] here: `total`: expected `list[int]`, got a value that contains itself - at `values`\n"
        "    at        `values`\n"
        "    to        `total(values: list[int]) -> int`\n"
        "    expected  `list[int]`\n"
        "    got       a value that contains itself\n"
        "    fix       give `list[int]`"
    )


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        (
            {"failure_policy": WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE},
            {"failure_policy": WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE},
        ),
        ({"interruptible": True}, {"interruptible": True}),
        ({"docs": Documentation("Short.")}, {"docs": Documentation("Short.")}),
        ({"default_options": Options(max_parallelism=3)}, {"default_options": Options(max_parallelism=3)}),
        ({"on_failure": None, "failure_policy": None}, {}),
    ],
)
def test_options_are_kept(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert workflow(**given)(my_wf.function).options == WorkflowOptions(**kept)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"retries": 3},
            "a workflow has no option `retries`; it has failure_policy, interruptible, on_failure, docs, default_options",
        ),
        ({"failure_policy": 1}, "`failure_policy` takes a WorkflowFailurePolicy; got `int` 1"),
        ({"interruptible": 1}, "`interruptible` takes a bool; got `int` 1"),
        (
            {"on_failure": print},
            "`on_failure` takes an Entity; got `builtin_function_or_method` <built-in function print>",
        ),
        ({"docs": "about it"}, "`docs` takes a Documentation; got `str` 'about it'"),
        ({"default_options": {}}, "`default_options` takes an Options; got `dict` {}"),
    ],
)
def test_wrong_options_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        workflow(**given)(my_wf.function)
    assert str(caught.value) == message


@pytest.mark.parametrize("decorator", [workflow, dynamic])
def test_the_body_of_a_graph_cannot_be_async(decorator: Any) -> None:
    async def body(n: int) -> int:
        return n

    with pytest.raises(AnnotationError) as caught:
        decorator(body)
    assert re.sub("<function .*>", "FUNCTION", str(caught.value)) == (
        f"@{decorator.__name__} cannot decorate `function` FUNCTION: the body of a @{decorator.__name__} only says "
        "what feeds what, and awaits nothing: write `def`, or use @eager"
    )


# --- on_failure -------------------------------------------------------------------------------------------------------


@task
def fails(n: int) -> int:
    RUNS.append("fails")
    raise ZeroDivisionError("by zero")


@task
def told_of(n: int, err: FlyteError | None = None) -> None:
    assert err is not None
    assert err.message.startswith("Trace:\n\n    Traceback (most recent call last):\n")
    RUNS.append(f"told of {n}: {err.message.splitlines()[-1].strip()} in {err.failed_node_id}")


def test_the_failure_handler_gets_the_inputs_and_the_error() -> None:
    @workflow(on_failure=told_of)
    def failing(n: int) -> int:
        return fails(n=increased(n=n))

    with pytest.raises(ZeroDivisionError, match="by zero"):
        failing(n=1)
    assert RUNS == ["increased", "fails", "told of 1: ZeroDivisionError: by zero in fn0"]


def test_the_failure_handler_does_not_run_without_a_failure() -> None:
    @workflow(on_failure=told_of)
    def passing(n: int) -> int:
        return increased(n=n)

    assert passing(n=1) == 2
    assert RUNS == ["increased"]


def test_a_workflow_can_be_a_failure_handler() -> None:
    @workflow
    def handle(n: int) -> None:
        nothing(n=n)

    @workflow(on_failure=handle)
    def failing(n: int) -> int:
        return fails(n=n)

    with pytest.raises(ZeroDivisionError):
        failing(n=5)
    assert RUNS == ["fails", "nothing 5"]


def test_a_failure_handler_that_fails_is_a_note_of_the_first_error() -> None:
    @task
    def hopeless(n: int) -> None:
        raise KeyError("lost")

    @workflow(on_failure=hopeless)
    def failing(n: int) -> int:
        return fails(n=n)

    with pytest.raises(ZeroDivisionError) as caught:
        failing(n=5)
    assert caught.value.__notes__[-1] == f"and its failure handler `{hopeless.name}` failed: 'lost'"


def test_a_failure_handler_that_cannot_take_the_inputs_is_refused() -> None:
    @task
    def other(n: str, m: int) -> None:
        RUNS.append("other")

    @workflow(on_failure=other)
    def failing(n: int, k: int) -> int:
        return fails(n=n)

    assert told(failing, n=1, k=2) == (
        "workflow `failing` has 3 problems; no task has run\n"
        "  error[type-mismatch] here: input `n` of `other` takes `str`, and gets `int`\n"
        "    at        `n`\n"
        "    from      the workflow's input `n`\n"
        "    to        `other(n: str, m: int) -> None`\n"
        "    expected  `str`\n"
        "    got       `int`\n"
        "    because   `int` is not `str`\n"
        "    fix       declare both as `str`, or put a task between them that converts\n"
        "  error[bad-handler] here: the failure handler `other` of `failing` does not fit: it does not take the workflow's input `k`\n"
        "    from      `failing(n: int, k: int) -> int`\n"
        "    to        `other(n: str, m: int) -> None`\n"
        "    fix       let it take every input of the workflow, with its type; what it takes besides is Optional\n"
        "  error[bad-handler] here: the failure handler `other` of `failing` does not fit: its input `m` is not one of the workflow, and has no default\n"
        "    from      `failing(n: int, k: int) -> int`\n"
        "    to        `other(n: str, m: int) -> None`\n"
        "    fix       let it take every input of the workflow, with its type; what it takes besides is Optional"
    )


def test_a_failure_handler_inside_a_subworkflow_runs_before_that_of_its_parent() -> None:
    @workflow(on_failure=told_of)
    def inner(n: int) -> int:
        return fails(n=n)

    @task
    def outermost(n: int) -> None:
        RUNS.append("outermost")

    @workflow(on_failure=outermost)
    def outer(n: int) -> int:
        return inner(n=n)

    with pytest.raises(ZeroDivisionError):
        outer(n=2)
    assert RUNS == ["fails", "told of 2: ZeroDivisionError: by zero in fn0", "outermost"]


# --- where promises may be used ---------------------------------------------------------------------------------------


def test_a_promise_of_another_workflow_is_refused() -> None:
    leaked: list[Any] = []

    @workflow
    def first(n: int) -> int:
        leaked.append(increased(n=n))
        return n

    @workflow
    def second(n: int) -> int:
        return increased(n=leaked[0])

    assert first(n=1) == 1
    RUNS.clear()
    assert told(second, n=1) == (
        "workflow `second` has one problem; no task has run\n"
        "  error[out-of-scope] here: `increased`: expected a promise that exists here, got the promise `n0.o0` of workflow `first` - at `n`\n"
        "    at        `n`\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  a promise that exists here\n"
        "    got       the promise `n0.o0` of workflow `first`\n"
        "    fix       use it where it was made, or make it an output or input there"
    )


def test_several_promises_are_no_single_value() -> None:
    @workflow
    def broken(n: int) -> int:
        return increased(n=t1(a=n))  # type: ignore[arg-type]

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[wrong-constant] here: `increased`: expected `int`, got several promises (number, text): pass one of them - at `n`\n"
        "    at        `n`\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       several promises (number, text): pass one of them\n"
        "    fix       give `int`"
    )


def test_what_gives_nothing_is_no_value() -> None:
    @workflow
    def broken(n: int) -> int:
        return increased(n=nothing(n=n))  # type: ignore[arg-type]

    assert told(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[wrong-constant] here: `increased`: expected `int`, got the result of a call that has no outputs - at `n`\n"
        "    at        `n`\n"
        "    to        `increased(n: int) -> int`\n"
        "    expected  `int`\n"
        "    got       the result of a call that has no outputs\n"
        "    fix       give `int`"
    )


def test_a_dataclass_may_be_made_of_promises() -> None:
    @task
    def described(who: Person) -> str:
        return f"{who.name} of {who.address.city}: {sum(who.scores)}"

    @workflow
    def assembled(name: str, n: int) -> str:
        return described(who=Person(name, person().address, [n, increased(n=n), 5]))

    assert quietly(assembled, name="Bo", n=1) == "Bo of London: 8"


def test_an_input_passed_straight_through_is_an_output() -> None:
    @workflow
    def through(n: int, text: str = "x") -> tuple[str, int]:
        nothing(n=n)
        return text, n

    assert through(n=1) == ("x", 1)


def test_a_workflow_without_a_call_runs_here_and_on_no_backend() -> None:
    @workflow
    def empty(n: int) -> int:
        return n

    with pytest.warns(WorkflowWarning) as caught:
        assert empty(n=3) == 3
    assert [re.sub(r"\w+\.py:\d+", "here", str(each.message)) for each in caught] == [
        "warning[local-only] here: the workflow `empty` calls nothing\n  fix       call a task, if only to pass a value on"
    ]


def test_a_nondeterministic_call_in_a_body_is_warned_about() -> None:
    @workflow
    def shuffled() -> int:
        return increased(n=random.randint(1, 3))

    with pytest.warns(WorkflowWarning) as caught:
        assert shuffled() in (2, 3, 4)
    assert [re.sub(r"\w+\.py:\d+", "here", str(each.message)) for each in caught] == [
        "warning[nondeterministic] here: `random.randint` is called when the workflow is compiled, and gives something else each time\n  fix       call it in a task, or make its result an input of the workflow"
    ]


def test_a_workflow_can_be_called_in_the_body_of_a_task() -> None:
    @task
    def outer(n: int) -> int:
        number, _ = my_wf(a=n, b="x")
        return number

    assert outer(n=1) == 3


def test_a_default_that_is_none_and_not_optional_has_to_be_given() -> None:
    @task
    def maybe(n: int | None = None) -> int:
        return 0 if n is None else n

    @workflow
    def calls(n: int) -> tuple[int, int, int]:
        return maybe(), maybe(n=n), maybe(n=None)

    assert calls(n=4) == (0, 4, 0)


def test_workflows_one_inside_of_another_hundreds_deep() -> None:
    deep: Any = increased
    for _ in range(300):
        deep = wrapped(deep)
    assert deep(n=1) == 2


def wrapped(inner: Any) -> Any:
    @workflow
    def outer(n: int) -> int:
        return inner(n=n)  # type: ignore[no-any-return]

    outer.name = f"{outer.name}.{id(inner)}"  # each is another one
    return outer
