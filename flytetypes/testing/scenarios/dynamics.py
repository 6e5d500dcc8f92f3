# ruff: noqa: ARG001, S101 - tasks take what they are given, and the asserts are what this is for
"""Scenarios: dynamics."""

from __future__ import annotations

from typing import Any, Final

from flytetypes import (
    ConversionError,
    FlyteRecoverableException,
    LaunchPlan,
    WorkflowError,
    conditional,
    create_node,
    current_context,
    dynamic,
    map_task,
    task,
    workflow,
)
from flytetypes.testing._marks import mark, meet
from flytetypes.testing._scenarios import Done, Fails, Scenario, refused


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
def text_of(n: int) -> str:
    return str(n)


@task
def marked(folder: str, name: str) -> int:
    return mark(folder, name)


@task
def met(folder: str) -> int:
    meet(folder, "dynamic", 3)
    return 1


@task
def index_of(letter: str) -> int:
    return ord(letter) - ord("a")


@task
def counted(counts: list[int], index: int) -> list[int]:
    counts[index] += 1
    return counts


@task
def fails(n: int) -> int:
    raise ValueError(f"no {n}")


@dynamic
def incremented(times: int, n: int) -> int:
    for _ in range(times):
        n = increment(n=n)
    return n


@dynamic
def counts_of(word: str) -> list[int]:
    counts = [0] * 3
    for letter in word:
        counts = counted(counts=counts, index=index_of(letter=letter))
    return counts


@dynamic
def no_calls(n: int) -> int:
    return n + 1


@dynamic
def no_calls_and_no_outputs(n: int) -> None:
    assert n


@dynamic
def input_out(values: list[int]) -> list[int]:
    return values


@dynamic
def mixed_outputs(n: int) -> tuple[int, int, list[int]]:
    return n + 1, increment(n=n), [increment(n=each) for each in range(n)]


@dynamic
def factorial(n: int) -> int:
    if n <= 1:
        return increment(n=0)
    return times(a=n, b=factorial(n=n - 1))


@task
def times(a: int, b: int) -> int:
    return a * b


@dynamic
def mapped(count: int) -> list[int]:
    return map_task(double)(n=[increment(n=each) for each in range(count)])


@dynamic
def decided(n: int) -> str:
    value = increment(n=n)
    return conditional("decided").if_(value > 1).then(text_of(n=value)).else_().then(text_of(n=n))


@workflow
def doubled_twice(n: int) -> int:
    return double(n=double(n=n))


doubled_twice_plan = LaunchPlan.get_or_create(doubled_twice, name="scenarios.doubled_twice")


@dynamic
def with_a_plan(n: int) -> int:
    return add(a=doubled_twice_plan(n=n), b=doubled_twice(n=n))


@dynamic
def ordered(folder: str) -> None:
    late = create_node(marked, folder=folder, name="late")
    early = create_node(increment, n=1)
    early >> late


@dynamic
def many(count: int) -> int:
    return total(values=[increment(n=each) for each in range(count)])


@dynamic
def meeting(folder: str) -> int:
    return total(values=[met(folder=folder) for _ in range(3)])


@dynamic
def raising(folder: str, n: int) -> int:
    marked(folder=folder, name="never")
    raise KeyError(f"no {n}")


@dynamic(retries=2)
def at_second_attempt(folder: str) -> int:
    if mark(folder, "body") == 1:
        raise FlyteRecoverableException("again")
    return add(a=marked(folder=folder, name="inside"), b=current_context().attempt_number)


@dynamic(retries=3)
def with_a_failing_node(folder: str) -> int:
    mark(folder, "body")
    return increment(n=fails(n=1))


@dynamic
def unfit(folder: str, n: int) -> int:
    marked(folder=folder, name="never")
    return total(values=text_of(n=n))  # type: ignore[arg-type]


@dynamic
def computes_with_a_promise(n: int) -> int:
    return increment(n=n) + 1


@dynamic
def wrong_result(n: int) -> int:
    return "x"  # type: ignore[return-value]


@dynamic
def wrong_result_of_a_call(n: int) -> int:
    return text_of(n=n)  # type: ignore[return-value]


@dynamic
def changes_its_input(values: list[int]) -> int:
    values.append(100)
    return total(values=values)


@workflow
def inputs_are_copies(values: list[int]) -> tuple[int, int]:
    return changes_its_input(values=values), total(values=values)


@workflow
def in_a_workflow(n: int) -> int:
    return increment(n=incremented(times=n, n=increment(n=n)))


@dynamic
def of_a_dynamic(n: int) -> int:
    return add(a=incremented(times=n, n=0), b=incremented(times=2, n=incremented(times=1, n=0)))


@dynamic
def node_ids() -> str:
    return own_id()


@task
def own_id() -> str:
    return current_context().node_id


@workflow
def ids_inside() -> str:
    return node_ids()


@dynamic
def with_empty_list(values: list[int]) -> list[int]:
    return [increment(n=value) for value in values]


def _problem(code: str) -> Any:
    def check(done: Done) -> None:
        assert isinstance(done.error, WorkflowError)
        assert code in [each.code for each in done.error.diagnostics]

    return check


SCENARIOS: Final = (
    Scenario(
        "a dynamic with a loop", incremented, {"times": 4, "n": 1}, gives=5, ends={"increment": ["succeeded"] * 4}
    ),
    Scenario(
        "the nodes of a dynamic",
        counts_of,
        {"word": "abca"},
        gives=[2, 1, 1],
        ends={"counted": ["succeeded"] * 4, "index_of": ["succeeded"] * 4, "counts_of": ["succeeded"]},
    ),
    Scenario("a dynamic in which nothing is called", no_calls, {"n": 1}, gives=2, ends={"no_calls": ["succeeded"]}),
    Scenario("a dynamic without calls and without outputs", no_calls_and_no_outputs, {"n": 1}, gives=None),
    Scenario("a dynamic that gives its input", input_out, {"values": [1, 2]}, gives=[1, 2]),
    Scenario("a dynamic that loops no times", incremented, {"times": 0, "n": 1}, gives=1, ends={"increment": []}),
    Scenario(
        "values and promises as outputs of a dynamic",
        mixed_outputs,
        {"n": 2},
        gives=(
            3,
            3,
            [1, 2],
        ),
    ),
    Scenario("an empty list of promises", with_empty_list, {"values": []}, gives=[]),
    Scenario("a dynamic that calls itself", factorial, {"n": 6}, gives=720, ends={"factorial": ["succeeded"] * 6}),
    Scenario("a map in a dynamic", mapped, {"count": 3}, gives=[2, 4, 6]),
    Scenario("a conditional in a dynamic", decided, {"n": 5}, gives="6"),
    Scenario("the other branch in a dynamic", decided, {"n": 0}, gives="0"),
    Scenario(
        "a launch plan and a workflow in a dynamic", with_a_plan, {"n": 1}, gives=8, ends={"double": ["succeeded"] * 4}
    ),
    Scenario("`>>` in a dynamic", ordered, gives=None, marks={"late": 1}, order=["increment < marked"]),
    Scenario("a dynamic with three hundred nodes", many, {"count": 300}, gives=45_150, at_most={"increment": 32}),
    Scenario("nodes of a dynamic overlap", meeting, gives=3),
    Scenario("a dynamic in a workflow", in_a_workflow, {"n": 2}, gives=6),
    Scenario("dynamics in a dynamic", of_a_dynamic, {"n": 3}, gives=6, ends={"incremented": ["succeeded"] * 3}),
    Scenario("ids of the nodes of a dynamic", ids_inside, gives="n0-0-dn0"),
    Scenario(
        "a body that raises",
        raising,
        {"n": 1},
        fails=Fails(KeyError, "'no 1'"),
        marks={},
        ends={"raising": ["failed"], "marked": []},
    ),
    Scenario(
        "a body that is tried again",
        at_second_attempt,
        gives=2,
        marks={"body": 2, "inside": 1},
        attempts={"at_second_attempt": [2], "marked": [1]},
    ),
    Scenario(
        "a node of a dynamic that fails",
        with_a_failing_node,
        fails=Fails(ValueError, "no 1"),
        marks={"body": 1},
        attempts={"with_a_failing_node": [1], "fails": [1]},
        ends={"increment": []},
    ),
    Scenario(
        "a graph that does not fit together",
        unfit,
        {"n": 1},
        fails=Fails(WorkflowError, "dynamic `unfit` has one problem; none of its tasks has run"),
        check=_problem("type-mismatch"),
        marks={},
        ends={"unfit": ["failed"], "marked": [], "text_of": []},
    ),
    Scenario(
        "a body that computes with a promise",
        computes_with_a_promise,
        {"n": 1},
        fails=Fails(WorkflowError, "dynamic `computes_with_a_promise` has one problem; none of its tasks has run"),
        check=_problem("promise-misused"),
        ends={"increment": []},
    ),
    Scenario(
        "a dynamic with a wrong value as its result",
        wrong_result,
        {"n": 1},
        fails=Fails(WorkflowError, "dynamic `wrong_result` has one problem; none of its tasks has run"),
        check=_problem("wrong-constant"),
    ),
    Scenario(
        "a dynamic with a wrong call as its result",
        wrong_result_of_a_call,
        {"n": 1},
        fails=Fails(WorkflowError, "dynamic `wrong_result_of_a_call` has one problem; none of its tasks has run"),
        check=_problem("type-mismatch"),
        ends={"text_of": []},
    ),
    Scenario(
        "inputs of a dynamic are copies",
        inputs_are_copies,
        {"values": [1]},
        gives=(
            101,
            1,
        ),
    ),
    Scenario(
        "a wrong input of a dynamic",
        incremented,
        {"times": "x", "n": 1},
        fails=refused(ConversionError, "`incremented`: expected `int`, got `str` 'x' - at `times`"),
    ),
)
