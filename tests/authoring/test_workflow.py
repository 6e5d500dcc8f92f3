"""Workflows: traced once, checked before anything runs, run with the values that the graph says."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from flytetypes import ConversionError, Pickled, Promise, WorkflowError, task, workflow
from flytetypes.authoring import Constant, Reference
from flytetypes.errors import AttributePathError, CallError
from flytetypes.interface import default_engine

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


def problems(broken: Any, **arguments: Any) -> list[str]:
    with pytest.raises(WorkflowError) as caught:
        broken(**arguments)
    assert RUNS == []
    headline, *lines = str(caught.value).splitlines()
    assert headline.endswith("; no task has run")
    return [line.strip() for line in lines]


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
    assert graph.node("n0").place.startswith("test_workflow.py:")
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

    assert [type(node.target).__name__ for node in outer.graph.nodes] == ["Workflow", "Task"]
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

    (problem,) = problems(broken, n=1)
    place, _, rest = problem.partition(": ")
    assert place.startswith("test_workflow.py:")
    assert rest == "`increased` input `n`: expected `int`, got `str` from output `o0` of `t2` (`str` is not `int`)"


def test_every_problem_is_told_at_once() -> None:
    @workflow
    def broken(n: int) -> list[str]:
        increased(n="seven")  # type: ignore[arg-type]
        increased(n=person().name)  # type: ignore[arg-type]
        increased(n=person().age)  # type: ignore[attr-defined]
        total(values=[n, t2(a="x", b="y")])  # type: ignore[list-item]
        return n  # type: ignore[return-value]

    found = [problem.partition(": ")[2] for problem in problems(broken, n=1)]
    assert found == [
        "`increased`: expected `int`, got `str` 'seven' - at `n`",
        "`increased` input `n`: expected `int`, got `str` from `o0.name`, a part of output `o0` of `person` (`str` is not `int`)",
        "`increased` input `n`: output `o0` of `person` has no `age`: it is `struct Person`",
        "`total` input `values[1]`: expected `int`, got `str` from output `o0` of `t2` (`str` is not `int`)",
        "expected `list[str]`, got `int` from the workflow's input `n` (`int` is not `list[str]`)",
    ]


def test_a_number_of_outputs_that_does_not_fit() -> None:
    @workflow
    def broken(n: int) -> tuple[int, int]:
        return increased(n=n)  # type: ignore[return-value]

    assert problems(broken, n=1) == [
        "`broken`: expected 2 outputs (o0, o1), got `Promise` Promise(n0.o0) - at `return`"
    ]


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

    with pytest.raises(CallError) as caught:
        broken(n=1)
    assert str(caught.value) == "`increased` takes keywords: call it as `increased(n=Promise(n))`"


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (
            lambda p: bool(p),
            "`if promise` in a workflow, with the promise `n`: decide in a task, by `conditional`, or in a @dynamic",
        ),
        (
            lambda p: p + 1,
            "arithmetic or a comparison with a promise in a workflow, with the promise `n`: compute in a task, or in a @dynamic",
        ),
        (
            lambda p: p < 1,
            "arithmetic or a comparison with a promise in a workflow, with the promise `n`: compute in a task, or in a @dynamic",
        ),
        (
            lambda p: p == 1,
            "arithmetic or a comparison with a promise in a workflow, with the promise `n`: compute in a task, or in a @dynamic",
        ),
        (
            lambda p: {p: 1},
            "a promise as a key in a workflow, with the promise `n`: its value is not there yet: look up in a task",
        ),
        (
            lambda p: "a" + str(p),
            "computing with the text of a promise in a workflow, with the promise `n`: make the text in a task",
        ),
        (lambda p: copy.copy(p), "copying a promise in a workflow, with the promise `n`: pass the promise itself on"),
        (lambda p: len(p), "`len(promise)` in a workflow, with the promise `n`: count in a task, or in a @dynamic"),
        (
            lambda p: list(p),
            "`for x in promise` in a workflow, with the promise `n`: its elements are not there yet: use `map_task`, or a @dynamic",
        ),
        (lambda p: 1 in p, "`x in promise` in a workflow, with the promise `n`: look in a task, or in a @dynamic"),
        (
            lambda p: f"{p}",
            '`f"{promise}"` in a workflow, with the promise `n`: its value is not there yet: format in a task (or show the promise with !r)',
        ),
        (
            lambda p: p.upper(),
            "`promise(...)` in a workflow, with the promise `n.upper`: its value is not there yet: call methods in a task",
        ),
        (
            lambda p: p[1:2],
            "`promise[slice(1, 2, None)]` in a workflow, with the promise `n`: a part of it is reached by a name or a position",
        ),
        (
            lambda p: setattr(p, "x", 1),
            "`promise.x = ...` in a workflow, with the promise `n`: its value is not there yet: change it in a task",
        ),
    ],
)
def test_promises_are_good_only_as_arguments(misuse: Any, message: str) -> None:
    @workflow
    def broken(n: int) -> int:
        misuse(n)
        return increased(n=n)

    with pytest.raises(WorkflowError) as caught:
        broken(n=1)
    assert str(caught.value) == message


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
    first, second = caught.value.__notes__
    assert first == f"in task `{fails.name}`"
    assert second.startswith(f"in node n1 of workflow `{failing.name}`, called at test_workflow.py:")


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

    (problem,) = problems(leaking, name="x")
    assert problem.partition(": ")[2] == (
        "`greeted`: expected a value, got `str` 'dr. Promise(name)' "
        "(a promise was made a text: its value is not there yet) - at `name`"
    )
    (problem,) = problems(passing, name="x")
    assert "`greeted`: expected `str`, got `_PromiseText` 'Promise(name)' - at `name`" in problem


def test_steps_into_numbers_lead_nowhere() -> None:
    @workflow
    def broken(n: int) -> int:
        return increased(n=n.real.imag)

    (problem,) = problems(broken, n=1)
    assert problem.partition(": ")[2] == "`increased` input `n`: the workflow's input `n` has no `real`: it is `int`"


def test_a_workflow_that_calls_itself_is_refused() -> None:
    @workflow
    def endless(n: int) -> int:
        return endless(n=n)

    assert [problem.partition(": ")[2] for problem in problems(endless, n=1)] == [
        "workflow `endless` calls itself without an end: endless -> endless"
    ]


def test_the_problems_of_a_subworkflow_are_found_before_anything_runs() -> None:
    @workflow
    def inner(n: int) -> str:
        return increased(n=n)  # type: ignore[return-value]

    @workflow
    def outer(n: int) -> str:
        return inner(n=increased(n=n))

    first, second = problems(outer, n=1)
    assert first.endswith("workflow `inner` has one problem; no task has run")
    assert (
        second == "`inner` output `o0`: expected `str`, got `int` from output `o0` of `increased` (`int` is not `str`)"
    )


def test_a_list_of_promises_fits_the_variant_of_a_union_that_takes_it() -> None:
    @task
    def counted(items: list[str] | list[int] | None) -> int:
        return sum(items) if items and isinstance(items[0], int) else 0

    @workflow
    def fits(n: int) -> int:
        return counted(items=[n, increased(n=n)])

    assert fits(n=1) == 3


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

    (problem,) = problems(broken)
    assert problem.partition(": ")[2] == "`total`: expected `list[int]`, got a value that contains itself - at `values`"
