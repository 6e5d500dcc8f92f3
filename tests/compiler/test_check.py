"""Diagnostics: every problem at once, each with its address, both ends, and a way to mend it."""

from __future__ import annotations

import datetime as clock  # noqa: ICN001 - under a name that hides what it is
import json
import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import choice
from typing import Any

import pytest

from flytetypes import (
    Cache,
    ContainerTask,
    CronSchedule,
    Diagnostic,
    FixedRate,
    LaunchPlan,
    Resources,
    SerializationSettings,
    WorkflowError,
    WorkflowWarning,
    conditional,
    dynamic,
    task,
    workflow,
)
from flytetypes.authoring import Entity
from flytetypes.compiler import check, check_all, lower
from flytetypes.compiler._lower import Lowering


@task
def number(n: int) -> int:
    return n


@task
def text(s: str) -> str:
    return s


@task
def total(xs: list[int]) -> int:
    return sum(xs)


@workflow
def broken(n: int, s: str) -> int:
    t = text(s=s)
    number(n="seven")  # type: ignore[arg-type]
    return total(xs=[n, t])  # type: ignore[list-item]


@workflow
def outer(n: int, s: str) -> int:
    return broken(n=number(n=n), s=s)


def line_of(function: Any, offset: int) -> str:
    return f"test_check.py:{function.function.__code__.co_firstlineno + offset}"


def blocks(found: list[Diagnostic]) -> list[str]:
    return [str(each) for each in found]


def test_a_block_says_what_where_both_ends_and_what_to_do() -> None:
    first, second = blocks(check(broken))
    assert (
        first
        == f"""\
error[wrong-constant] {line_of(broken, 3)}: `number`: expected `int`, got `str` 'seven' - at `n`
  at        `n`
  to        `number(n: int) -> int`
  expected  `int`
  got       `str` 'seven'
  fix       give `int`"""
    )
    assert (
        second
        == f"""\
error[type-mismatch] {line_of(broken, 4)}: input `xs[1]` of `total` takes `int`, and gets `str`
  at        `xs[1]`
  from      output `o0` of `text(s: str) -> str`, called at {line_of(broken, 2)}
  to        `total(xs: list[int]) -> int`
  expected  `int`
  got       `str`
  because   `str` is not `int`
  fix       declare both as `int`, or put a task between them that converts"""
    )


def test_an_exception_carries_all_of_them_and_says_which_workflow() -> None:
    with pytest.raises(WorkflowError) as caught:
        outer(n=1, s="x")
    lines = str(caught.value).splitlines()
    assert lines[0] == "workflow `outer` has 2 problems; no task has run"
    assert lines.count("    in        workflow `broken`") == 2
    assert [each.code for each in caught.value.diagnostics] == ["wrong-constant", "type-mismatch"]


def test_diagnostics_are_plain_data_too() -> None:
    tree = check(broken)[1].to_json()
    assert json.loads(json.dumps(tree)) == {
        "code": "type-mismatch",
        "message": "input `xs[1]` of `total` takes `int`, and gets `str`",
        "workflow": "broken",
        "place": {"file": __file__, "line": broken.function.__code__.co_firstlineno + 4},
        "node": "n2",
        "path": "xs[1]",
        "signature": "total(xs: list[int]) -> int",
        "producer": "output `o0` of `text(s: str) -> str`",
        "producer_place": {"file": __file__, "line": broken.function.__code__.co_firstlineno + 2},
        "expected": "`int`",
        "got": "`str`",
        "rule": "`str` is not `int`",
        "fix": "declare both as `int`, or put a task between them that converts",
        "severity": "error",
    }


def test_what_several_workflows_share_is_checked_once() -> None:
    assert len(check_all([outer, broken])) == 2


def test_there_are_two_targets() -> None:
    with pytest.raises(ValueError, match=r"^expected one of local, flyte, got 'moon'$"):
        check(outer, "moon")


def test_what_only_a_local_run_can_do_is_a_warning_when_it_is_first_used() -> None:
    @workflow
    def without_else(n: int) -> None:
        conditional("c").if_(n > 100).then(number(n=n))

    with pytest.warns(
        WorkflowWarning, match=r"warning\[local-only\] test_check\.py:\d+: the conditional `c` has no `else_`"
    ):
        without_else(n=1)
    without_else(n=1)  # and only then: warnings are errors here


def test_a_body_that_raises_is_a_problem_with_its_line() -> None:
    @workflow
    def raising(n: int) -> int:
        number(n="x")  # type: ignore[arg-type]
        raise KeyError("gone")

    with pytest.raises(WorkflowError) as caught:
        raising(n=1)
    assert [each.code for each in caught.value.diagnostics] == ["wrong-constant", "body-failed"]
    failed = caught.value.diagnostics[1]
    assert failed.message == "the body of `raising` raised KeyError: 'gone'"
    assert str(failed.place) == line_of(raising, 3)
    assert isinstance(caught.value.__cause__, KeyError)


@dataclass
class Point:
    x: int


@task
def of_points(points: list[Point] | None) -> int:
    return len(points or [])


def test_what_only_a_local_run_can_do_is_told_inside_of_lists_too() -> None:
    @workflow
    def wf(n: int) -> int:
        return of_points(points=[Point(number(n=n))])

    (found,) = check(wf)
    assert (found.code, found.severity, found.message) == (
        "local-only",
        "warning",
        "`points[0]` is a `Point` made of promises",
    )


# --- what differs each time -------------------------------------------------------------------------------------------


def test_calls_that_give_something_else_each_time_are_warned_about() -> None:
    @workflow
    def restless(n: int) -> int:
        a = number(n=random.randrange(10))
        b = number(n=int(time.time()))
        text(s=str(uuid.uuid4()))
        text(s=choice("abc"))
        text(s=str(datetime.now()) + str(clock.date.today()))
        time.sleep(0)
        return total(xs=[n, a, b])

    found = check(restless)
    assert {each.code for each in found} == {"nondeterministic"}
    assert {each.severity for each in found} == {"warning"}
    names = [each.message.split("`")[1] for each in found]
    expected = ["random.randrange", "time.time", "uuid.uuid4", "choice", "datetime.now", "clock.date.today"]
    assert sorted(names) == sorted(expected)
    (first,) = [each for each in found if "random.randrange" in each.message]
    assert (
        str(first)
        == f"""\
warning[nondeterministic] {line_of(restless, 2)}: `random.randrange` is called when the workflow is compiled, and gives something else each time
  fix       call it in a task, or make its result an input of the workflow"""
    )


def test_the_body_of_a_dynamic_may_do_so() -> None:
    @dynamic
    def restless(n: int) -> int:
        return number(n=random.randrange(10))

    @workflow
    def calm(n: int) -> int:
        return restless(n=n)

    assert check(calm) == []


# --- entities ---------------------------------------------------------------------------------------------------------


def errors(entity: Entity[..., Any], target: str = "local") -> list[str]:
    return [each.message for each in check(entity, target) if each.is_error]


def test_a_limit_below_the_request_is_refused() -> None:
    @task(requests=Resources(cpu="2", mem="1Gi"), limits=Resources(cpu="1500m", mem="2G"))
    def greedy(n: int) -> int:
        return n

    (message,) = errors(greedy)
    assert message.endswith("greedy` requests cpu 2, and is limited to 1500m")


def test_half_a_gpu_is_refused() -> None:
    @task(requests=Resources(gpu="500m"))
    def half(n: int) -> int:
        return n

    (message,) = errors(half)
    assert message.endswith("half` requests 500m GPUs")


def test_a_cache_that_ignores_what_is_not_there_is_refused() -> None:
    @task(cache=Cache(version="1", ignored_inputs="m"))
    def kept(n: int) -> int:
        return n

    (message,) = errors(kept)
    assert message.endswith("kept` ignores `m`, which is no input")


def test_a_cache_of_what_has_no_code_needs_a_version() -> None:
    (message,) = errors(ContainerTask("boxed", "i", ["x"], cache=True), "flyte")
    assert message == "`boxed` has no code of its own: give its Cache a version"


def test_two_tasks_of_one_name_are_refused() -> None:
    def make(offset: int) -> Any:
        @task
        def same(n: int) -> int:
            return n + offset

        return same

    first, second = make(1), make(2)

    @workflow
    def both(n: int) -> int:
        return total(xs=[first(n=n), second(n=n)])

    message = f"two different tasks are called `{first.name}`"
    assert message in errors(both, "flyte")
    assert [(each.code, each.severity) for each in check(both)] == [
        ("duplicate-name", "warning")
    ]  # names are nothing here


def test_a_task_inside_of_a_function_is_refused_for_a_backend_only() -> None:
    @task
    def hidden(n: int) -> int:
        return n

    assert errors(hidden) == []
    (message,) = errors(hidden, "flyte")
    assert message.startswith(f"no module holds the task `{hidden.name}` in a variable")


@workflow
def scheduled(when: datetime, n: int) -> int:
    return number(n=n)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"schedule": CronSchedule(schedule="0 6 * * *"), "default_inputs": {"n": 1}},
            "the schedule of `plan` starts it without `when`",
        ),
        (
            {
                "schedule": FixedRate(duration=timedelta(hours=1), kickoff_time_input_arg="n"),
                "default_inputs": {"when": datetime(2024, 1, 1)},
            },
            "the schedule of `plan` gives its time to `n`",
        ),
        (
            {
                "schedule": CronSchedule(schedule="@daily", kickoff_time_input_arg="m"),
                "default_inputs": {"n": 1, "when": datetime(2024, 1, 1)},
            },
            "the schedule of `plan` gives its time to `m`",
        ),
    ],
)
def test_a_schedule_must_be_able_to_start_its_plan(options: Any, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LaunchPlan, "CACHE", {})
    assert errors(LaunchPlan.create("plan", scheduled, **options), "flyte") == [message]


# --- large ones -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["deep", "wide"])
def test_ten_thousand_nodes_are_compiled_checked_and_lowered(shape: str) -> None:
    @workflow
    def deep(n: int) -> int:
        for _ in range(10_000):
            n = number(n=n)
        return n

    @workflow
    def wide(n: int) -> int:
        return total(xs=[number(n=n) for _ in range(9_999)])

    (spec,) = [each.message for each in lower([deep if shape == "deep" else wide]) if each.kind == "workflow"]
    assert len(spec.template.nodes) == 10_000
    assert type(spec).FromString(spec.SerializeToString()) == spec


def test_depth_is_not_a_limit() -> None:
    def below(inner: Any, level: int) -> Any:
        def wf(n: int) -> int:
            return inner(n=n)  # type: ignore[no-any-return]

        wf.__qualname__ = f"level_{level}"
        return workflow(wf)

    entity: Any = number
    for level in range(3_000):
        entity = below(entity, level)
    assert check(entity, "flyte") == []
    spec = Lowering(SerializationSettings()).workflow_spec(entity)  # of the outermost alone: each contains all below it
    assert len(spec.sub_workflows) == 2_999
