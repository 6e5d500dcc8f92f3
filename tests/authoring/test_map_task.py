"""Map tasks: what they map, what they are called, and what a failing element means."""

from __future__ import annotations

import functools
import hashlib
from typing import Any, NamedTuple, Optional

import pytest

from flytetypes import (
    CallError,
    ContainerTask,
    ConversionError,
    LaunchPlan,
    MapTask,
    OptionError,
    Resources,
    SerializationSettings,
    ShellTask,
    dynamic,
    eager,
    kwtypes,
    map_task,
    reference_task,
    task,
    workflow,
)
from flytetypes.authoring import MapPlan, Reference
from refusals import codes, quietly, refusal

RUNS: list[int] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    RUNS.clear()


@task(retries=2, container_image="image:v1", requests=Resources(cpu="1"), environment={"A": "1"})
def double(n: int) -> int:
    RUNS.append(n)
    return n * 2


@task
def scaled(n: int, by: float, tag: str = "x") -> str:
    return f"{tag}{n * by:g}"


@task
def positive(n: int) -> int:
    RUNS.append(n)
    if n <= 0:
        raise ValueError(f"{n} is not positive")
    return n


@task
def note(n: int) -> None:
    RUNS.append(n)


@task
async def later(n: int) -> int:
    return n + 1


@workflow
def double_all(values: list[int]) -> list[int]:
    return map_task(double)(n=values)


# --- running ----------------------------------------------------------------------------------------------------------


def test_a_map_runs_its_task_for_each_element() -> None:
    assert double_all(values=[1, 2, 3]) == [2, 4, 6]
    assert RUNS == [1, 2, 3]


def test_a_map_outside_of_a_workflow_runs() -> None:
    assert map_task(double)(n=[1, 2]) == [2, 4]


def test_a_map_of_nothing_gives_nothing() -> None:
    assert map_task(double)(n=[]) == double_all(values=[]) == []


def test_a_map_over_a_task_without_outputs() -> None:
    @workflow
    def noted(values: list[int]) -> None:
        map_task(note)(n=values)

    assert noted(values=[1, 2]) is None
    assert map_task(note)(n=[3]) is None
    assert RUNS == [1, 2, 3]


def test_a_map_over_an_async_task() -> None:
    @workflow
    def all_later(values: list[int]) -> list[int]:
        return map_task(later)(n=values)

    assert all_later(values=[1, 2]) == map_task(later)(n=[1, 2]) == [2, 3]


def test_lists_are_taken_side_by_side() -> None:
    assert map_task(scaled)(n=[1, 2], by=[0.5, 3], tag=["a", "b"]) == ["a0.5", "b6"]


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        map_task(scaled)(n=[1, 2], by=[0.5], tag=["a", "b"])
    assert (
        str(caught.value)
        == "`map_task(scaled)`: expected 2 elements, as `n` has, got 1 (a map takes them side by side) - at `by`"
    )


def test_lists_whose_lengths_are_known_are_refused_when_the_workflow_is_compiled() -> None:
    @workflow
    def broken(n: int) -> list[str]:
        return map_task(scaled)(n=[n, 2], by=[0.5], tag=["a", "b"])

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[bad-map] here: the lists of `map_task(scaled)` differ in length: `n` has 2, `by` has 1, `tag` has 2\n"
        "    to        `map_task(scaled)(n: list[int], by: list[float], tag: list[str]) -> list[str]`\n"
        "    fix       give lists of one length; what every element shares is bound: `functools.partial(task, x=...)`"
    )


def test_defaults_are_no_lists() -> None:
    @workflow
    def broken(n: int) -> list[str]:
        return map_task(scaled)(n=[n], by=[0.5])

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[missing-input] here: `map_task(scaled)` needs `tag`. It is map_task(scaled)(n: list[int], by: list[float], tag: list[str]) -> list[str]\n"
        "    to        `map_task(scaled)(n: list[int], by: list[float], tag: list[str]) -> list[str]`\n"
        "    fix       add `tag=...`"
    )


def test_a_value_that_is_no_list_is_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        map_task(double)(n=3)
    assert str(caught.value) == "`map_task(double)`: expected `list[int]`, got `int` 3 - at `n`"


def test_a_wrong_element_is_told_with_its_index() -> None:
    with pytest.raises(ConversionError) as caught:
        map_task(double)(n=[1, "x"])
    assert str(caught.value) == "`map_task(double)`: expected `int`, got `str` 'x' - at `n[1]`"
    assert RUNS == []


def test_a_promise_of_a_single_value_is_refused() -> None:
    @workflow
    def broken(n: int) -> list[int]:
        return map_task(double)(n=n)

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[type-mismatch] here: input `n` of `map_task(double)` takes `list[int]`, and gets `int`\n"
        "    at        `n`\n"
        "    from      the workflow's input `n`\n"
        "    to        `map_task(double)(n: list[int]) -> list[int]`\n"
        "    expected  `list[int]`\n"
        "    got       `int`\n"
        "    because   `int` is not `list[int]`\n"
        "    fix       put it into a list: `[x]`"
    )


def test_a_positional_call_is_answered_with_the_call_to_make() -> None:
    with pytest.raises(CallError) as caught:
        map_task(double)([1, 2])  # type: ignore[call-arg]
    assert str(caught.value) == "`map_task(double)` takes keywords: call it as `map_task(double)(n=[1, 2])`"


def test_a_missing_input_is_told() -> None:
    with pytest.raises(CallError) as caught:
        map_task(scaled)(n=[1])
    assert (
        str(caught.value)
        == "`map_task(scaled)` needs `by`, `tag`. It is map_task(scaled)(n: list[int], by: list[float], tag: list[str]) -> list[str]"
    )


# --- failures ---------------------------------------------------------------------------------------------------------


def test_an_element_that_fails_fails_the_map_and_says_which_it_was() -> None:
    with pytest.raises(ValueError, match="0 is not positive") as caught:
        map_task(positive, concurrency=1)(n=[1, 0, 2])
    assert caught.value.__notes__ == [f"in task `{positive.name}`", "with n=0", "in element 1 of `map_task(positive)`"]
    assert RUNS == [1, 0]


def test_with_run_all_sub_nodes_the_rest_runs_before_the_map_fails() -> None:
    with pytest.raises(ValueError, match="0 is not positive"):
        map_task(positive, run_all_sub_nodes=True)(n=[1, 0, 2])
    assert RUNS == [1, 0, 2]


@pytest.mark.parametrize(
    "limit", [{"min_successes": 2}, {"min_success_ratio": 0.5}, {"min_success_ratio": 2 / 3}, {"min_success_ratio": 0}]
)
def test_an_element_that_may_fail_gives_none(limit: dict[str, Any]) -> None:
    assert map_task(positive, **limit)(n=[1, 0, 2]) == [1, None, 2]


@pytest.mark.parametrize("limit", [{"min_successes": 3}, {"min_success_ratio": 0.7}, {"min_success_ratio": 1.0}])
def test_too_many_failures_fail_the_map(limit: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="0 is not positive"):
        map_task(positive, **limit)(n=[1, 0, 2])


def test_a_ratio_counts_whole_elements_without_the_errors_of_floats() -> None:
    values = [*([1] * 7), *([0] * 93)]
    assert map_task(positive, min_success_ratio=0.07)(n=values) == [*([1] * 7), *([None] * 93)]


def test_more_successes_than_elements_are_refused() -> None:
    with pytest.raises(OptionError) as caught:
        map_task(positive, min_successes=3)(n=[1, 2])
    assert str(caught.value) == "`map_task(positive)` has 2 elements, and 3 of them are to succeed"


def test_a_map_that_may_fail_gives_optional_elements() -> None:
    @workflow
    def tolerant(values: list[int]) -> list[Optional[int]]:
        return map_task(positive, min_success_ratio=0.5)(n=values)

    @workflow
    def broken(values: list[int]) -> list[int]:
        return map_task(positive, min_success_ratio=0.5)(n=values)  # type: ignore[return-value]

    assert tolerant(values=[1, 0]) == [1, None]
    assert refusal(broken, values=[1]) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[type-mismatch] here: output `o0` of `broken` takes `list[int]`, and gets `list[union[int, None]]`\n"
        "    at        `o0`\n"
        "    from      output `o0` of `map_task(positive)(n: list[int]) -> list[int | None]`, called at here\n"
        "    to        `broken(values: list[int]) -> list[int]`\n"
        "    expected  `list[int]`\n"
        "    got       `list[union[int, None]]`\n"
        "    because   element type: `union[int, None]` is not `int`\n"
        "    fix       declare both as `list[int]`, or put a task between them that converts"
    )


def test_a_ratio_of_one_tolerates_nothing() -> None:
    assert (
        map_task(double, min_success_ratio=1.0).interface.signature() == "map_task(double)(n: list[int]) -> list[int]"
    )


# --- bound inputs -----------------------------------------------------------------------------------------------------


def test_what_a_partial_binds_every_element_gets_whole() -> None:
    assert map_task(functools.partial(scaled, by=2.0, tag="t"))(n=[1, 2]) == ["t2", "t4"]


def test_bound_values_may_be_promises() -> None:
    @workflow
    def bound(values: list[int], by: float) -> list[str]:
        return map_task(functools.partial(scaled, by=by, tag="p"))(n=values)

    assert bound(values=[1, 2], by=0.5) == ["p0.5", "p1"]
    assert bound.graph.nodes[0].bindings["by"] == Reference(None, "by")


def test_bound_values_may_be_given_by_name() -> None:
    assert map_task(scaled, bound_inputs_values={"by": 2.0, "tag": "t"})(n=[1]) == ["t2"]


def test_a_partial_and_further_bound_values_are_joined() -> None:
    assert map_task(functools.partial(scaled, by=2.0), bound_inputs_values={"tag": "t"})(n=[1]) == ["t2"]


def test_a_map_whose_inputs_are_all_bound_runs_once() -> None:
    assert map_task(functools.partial(double, n=4))() == [8]


def test_a_list_may_be_bound_whole() -> None:
    @task
    def picked(values: list[int], index: int) -> int:
        return values[index]

    assert map_task(functools.partial(picked, values=[7, 8]))(index=[1, 0, 1]) == [8, 7, 8]


def test_a_bound_input_is_not_given_again() -> None:
    with pytest.raises(OptionError) as caught:
        map_task(functools.partial(scaled, by=2.0))(n=[1], by=[1.0], tag=["a"])
    assert str(caught.value) == "`map_task(scaled)` is given `by` in the call, and bound to another value"


def test_a_bound_input_given_again_in_a_workflow_is_a_problem() -> None:
    @workflow
    def broken(n: int) -> list[str]:
        return map_task(functools.partial(scaled, by=2.0))(n=[n], by=[1.0], tag=["a"])

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[bad-option] here: `map_task(scaled)` is given `by` in the call, and bound to another value\n"
        "    fix       give a value that it takes"
    )


def test_a_bound_value_of_a_wrong_type_is_refused() -> None:
    @workflow
    def broken(n: int) -> list[str]:
        return map_task(functools.partial(scaled, by="half", tag="t"))(n=[n])  # type: ignore[arg-type]

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[wrong-constant] here: `map_task(scaled)`: expected `float`, got `str` 'half' - at `by`\n"
        "    at        `by`\n"
        "    to        `map_task(scaled)(n: list[int], by: float, tag: str = 'x') -> list[str]`\n"
        "    expected  `float`\n"
        "    got       `str` 'half'\n"
        "    fix       give `float`"
    )


# --- what is mapped ---------------------------------------------------------------------------------------------------


def test_a_map_over_a_launch_plan_runs_here_and_on_no_backend() -> None:
    @workflow
    def inner(n: int, by: int) -> int:
        return double(n=n)

    plan = LaunchPlan.create("test_map_task.plan", inner, fixed_inputs={"by": 2})

    @workflow
    def mapped(values: list[int]) -> list[int]:
        return map_task(plan)(n=values)

    assert isinstance(map_task(plan), MapPlan)
    assert map_task(plan)(n=[1, 2]) == quietly(mapped, values=[1, 2]) == [2, 4]


def test_a_map_over_a_launch_plan_converts_its_lists() -> None:
    @workflow
    def inner(n: int) -> int:
        return double(n=n)

    with pytest.raises(ConversionError) as caught:
        map_task(LaunchPlan.create("test_map_task.converting", inner))(n="12")
    assert str(caught.value) == "`map_task(test_map_task.converting)`: expected `list[int]`, got `str` '12' - at `n`"


def test_a_map_over_a_container_task_compiles_for_local_runs_only() -> None:
    echo = ContainerTask("echo", "alpine", ["echo"], inputs=kwtypes(n=int), outputs=kwtypes(m=int))

    @workflow
    def mapped(values: list[int]) -> list[int]:
        return map_task(echo)(n=values)  # type: ignore[no-any-return]

    assert codes(mapped) == ["local-only"]
    assert codes(mapped, "flyte") == ["local-only"]


def test_a_map_over_a_shell_task(tmp_path: Any) -> None:
    shell = ShellTask("touch", "touch {inputs.path}", inputs=kwtypes(path=str))
    paths = [str(tmp_path / name) for name in "ab"]
    assert map_task(shell)(path=paths) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@workflow
def some_workflow(n: int) -> int:
    return double(n=n)


@dynamic
def some_dynamic(n: int) -> int:
    return double(n=n)


@eager
async def some_eager(n: int) -> int:
    return n


@reference_task(project="p", domain="d", name="n", version="v")
def some_reference(n: int) -> int: ...  # type: ignore[empty-body]


class Two(NamedTuple):
    a: int
    b: str


@task
def two(n: int) -> Two:
    return Two(n, "x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": some_workflow}, "`map_task` takes a task or a launch plan, and no workflow: wrap it in a task"),
        ({"target": some_dynamic}, "`map_task` takes a task or a launch plan, and no dynamic: wrap it in a task"),
        ({"target": some_eager}, "`map_task` takes a task or a launch plan, and no eager: wrap it in a task"),
        (
            {"target": some_reference},
            "`map_task` takes a task or a launch plan, and no reference task: wrap it in a task",
        ),
        ({"target": map_task(double)}, "`map_task` takes a task or a launch plan, and no map task: wrap it in a task"),
        ({"target": double.function}, "`map_task` takes a task or a launch plan, and no `function`"),
        ({"target": two}, "`map_task` takes what gives one output; `two` gives a, b"),
        ({"target": functools.partial(double, 1)}, "`map_task` takes a partial with keywords only; got `partial`"),
        ({"target": functools.partial(double, m=1)}, "`double` has no input `m` to bind"),  # type: ignore[call-arg]
        ({"target": double, "bound_inputs_values": {"m": 1}}, "`double` has no input `m` to bind"),
        ({"target": double, "concurrency": -1}, "`concurrency` is a number from 0 on; got `int` -1"),
        ({"target": double, "concurrency": "4"}, "`concurrency` is a number from 0 on; got `str` '4'"),
        ({"target": double, "concurrency": True}, "`concurrency` is a number from 0 on; got `bool` True"),
        ({"target": double, "min_successes": -1}, "`min_successes` is a number from 0 on; got `int` -1"),
        ({"target": double, "min_successes": 0.5}, "`min_successes` is a number from 0 on; got `float` 0.5"),
        ({"target": double, "min_success_ratio": 1.5}, "`min_success_ratio` lies between 0 and 1; got `float` 1.5"),
        ({"target": double, "min_success_ratio": "half"}, "`min_success_ratio` lies between 0 and 1; got `str` 'half'"),
        (
            {"target": double, "min_successes": 1, "min_success_ratio": 0.5},
            "`min_successes` and `min_success_ratio` are both given: give one of them",
        ),
    ],
)
def test_what_cannot_be_mapped(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        map_task(**arguments)
    text = str(caught.value).partition(" <function")[0].partition(" functools.partial")[0]
    assert text == message


def test_what_cannot_be_mapped_in_a_workflow_is_a_problem() -> None:
    @workflow
    def broken(n: int) -> list[int]:
        return map_task(some_dynamic)(n=[n])

    assert refusal(broken, n=1) == (
        "workflow `broken` has one problem; no task has run\n"
        "  error[bad-option] here: `map_task` takes a task or a launch plan, and no dynamic: wrap it in a task\n"
        "    fix       give a value that it takes"
    )


# --- names and what the container runs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "hashed"),
    [
        ({}, "NoneNone1.0"),
        ({"concurrency": 4, "min_success_ratio": 0.75}, "4None0.75"),
        ({"min_successes": 3}, "None31.0"),
        ({"concurrency": 0}, "0None1.0"),
        ({"bound_inputs_values": {"tag": "x", "by": 1.0}, "concurrency": 0}, "by,tag0None1.0"),
    ],
)
def test_the_name_tells_maps_of_one_task_apart(options: dict[str, Any], hashed: str) -> None:
    digest = hashlib.md5(hashed.encode()).hexdigest()
    assert map_task(scaled, **options).name == f"{__name__}.map_scaled_{digest}-arraynode"


def test_a_map_of_a_shell_task_has_its_type_in_front() -> None:
    shell = ShellTask("say", "echo {inputs.n}", inputs=kwtypes(n=int))
    digest = hashlib.md5(b"NoneNone1.0").hexdigest()
    assert map_task(shell).name == f"python-task.map_say_{digest}-arraynode"


def test_a_map_has_the_options_of_its_task() -> None:
    mapped: Any = map_task(double)
    assert isinstance(mapped, MapTask)
    assert (mapped.options, mapped.environment(SerializationSettings())) == (double.options, {"A": "1"})
    assert mapped.target(SerializationSettings()).image == "image:v1"  # type: ignore[union-attr]
    assert (mapped.task_type, mapped.task_type_version) == ("python-task", 1)


def test_the_container_of_a_map_is_started_with_the_map_and_the_task() -> None:
    mapped: Any = map_task(functools.partial(scaled, tag="x", by=1.0))
    args = mapped.target(SerializationSettings()).args
    assert args[0] == "flytetypes-map-execute"
    assert args[args.index("--resolver") :] == (
        *("--resolver", "flytetypes.authoring.map_task_resolver", "--"),
        *("vars", "by,tag", "resolver", "flytetypes.authoring.default_task_resolver"),
        *("task-module", __name__, "task-name", "scaled"),
    )


def test_a_map_is_one_node_with_lists() -> None:
    (node,) = double_all.graph.nodes
    assert isinstance(node.target, MapTask)
    assert node.target.mapped is double
    assert node.target.interface.signature() == "map_task(double)(n: list[int]) -> list[int]"


def test_two_maps_of_one_task_in_a_workflow() -> None:
    @workflow
    def twice(values: list[int]) -> list[int]:
        return map_task(double)(n=map_task(double)(n=values))

    assert twice(values=[1, 2]) == [4, 8]
    assert codes(twice) == []
