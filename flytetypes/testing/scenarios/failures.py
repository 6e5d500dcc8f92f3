# ruff: noqa: ARG001, FBT003, S101 - tasks take what they are given, and the asserts are what this is for
"""Scenarios: tasks that fail, are tried again, are killed, take too long; and what comes of it for the others."""

from __future__ import annotations

import asyncio
import functools
import os
import re
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from flytetypes import (
    FlyteError,
    FlyteRecoverableException,
    LaunchPlan,
    RunCancelledError,
    TaskInterruptedError,
    TaskTimeoutError,
    Workflow,
    WorkflowFailurePolicy,
    create_node,
    current_context,
    dynamic,
    eager,
    map_task,
    node_of,
    task,
    workflow,
)
from flytetypes.executors import Origin, Phase, Run
from flytetypes.testing._marks import mark, marks_in, wait_for
from flytetypes.testing._scenarios import ANYTHING, Done, Fails, Scenario


class OutOfStock(Exception):  # noqa: N818 - as users name them
    """A user's own, with a code of its own and more than a message."""

    error_code = "USER:OutOfStock"

    def __init__(self, item: str, left: int) -> None:
        super().__init__(f"{left} of {item} are left")
        self.item = item
        self.left = left


class TryLater(FlyteRecoverableException):
    """A user's own that may help to be tried again."""


class Unprintable(Exception):  # noqa: N818
    """Its text fails."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


# --- plain failures ---------------------------------------------------------------------------------------------------


@task(retries=3)
def raises(folder: str, message: str) -> int:
    mark(folder, "raises")
    raise ValueError(message)


@task
def divides(a: int, b: int) -> float:
    return a / b


@task
def out_of_stock(item: str) -> int:
    raise OutOfStock(item, 2)


@task
def looks_up(values: dict[str, int], key: str) -> int:
    return values[key]


@task
def chained(n: int) -> int:
    try:
        return n // 0
    except ZeroDivisionError as error:
        raise LookupError("it was a division") from error


@task
def grouped(n: int) -> int:
    raise ExceptionGroup("two problems", [ValueError(f"first {n}"), TypeError("second")])


@task
def unprintable(n: int) -> int:
    raise Unprintable(n)


@task
def without_message(n: int) -> int:
    raise AssertionError


@task
def opens(path: str) -> str:
    with open(path) as file:  # noqa: PTH123 - what users write
        return file.read()


@task
def out_of_memory(n: int) -> int:
    raise MemoryError("too much")


class Stop(BaseException):
    """No Exception, and none of Python's that end a program."""


@task
def stops(n: int) -> int:
    raise Stop(n)


@task
def raises_a_local_class(n: int) -> int:
    class Local(Exception):  # noqa: N818
        pass

    raise Local("local trouble")


@task
def raises_what_cannot_travel(n: int) -> int:
    error = ValueError("with a lock")
    error.lock = threading.Lock()  # type: ignore[attr-defined]
    raise error


@task
def recurses(n: int) -> int:
    return recurses.function(n=n + 1)


@task
def talks_long(n: int) -> int:
    raise ValueError("ä" * n)


@task
def adds_notes(n: int) -> int:
    error = ValueError("noted")
    error.add_note("a note of the task")
    raise error


# --- retries ----------------------------------------------------------------------------------------------------------


@task(retries=3)
def third_time(folder: str) -> int:
    count = mark(folder, "third_time")
    if count < 3:
        raise FlyteRecoverableException(f"attempt {count}")
    return current_context().attempt_number


@task(retries=2)
def never(folder: str) -> int:
    raise TryLater(f"attempt {mark(folder, 'never')}")


@task
def no_retries(folder: str) -> int:
    raise FlyteRecoverableException(f"attempt {mark(folder, 'no_retries')}")


@task(retries=5)
def recoverable_then_not(folder: str) -> int:
    if mark(folder, "both") == 1:
        raise FlyteRecoverableException("once")
    raise KeyError("for good")


@task
def increment(n: int) -> int:
    return n + 1


@workflow
def retried(folder: str) -> int:
    return increment(n=third_time(folder=folder))


@workflow
def retried_inside(folder: str) -> int:
    return retried(folder=folder)


@workflow
def not_retried(folder: str) -> int:
    return never(folder=folder)


@workflow
def more_retries(folder: str) -> int:
    return node_of(never(folder=folder)).with_overrides(retries=4).o0  # type: ignore[no-any-return]


@workflow
def fewer_retries(folder: str) -> int:
    return node_of(never(folder=folder)).with_overrides(retries=1).o0  # type: ignore[no-any-return]


@workflow
def zero_retries(folder: str) -> int:
    return node_of(never(folder=folder)).with_overrides(retries=0).o0  # type: ignore[no-any-return]


@workflow
def first_retries(folder: str) -> int:
    return node_of(no_retries(folder=folder)).with_overrides(retries=2).o0  # type: ignore[no-any-return]


# --- processes that end -----------------------------------------------------------------------------------------------


@task
def exits(folder: str, code: int) -> None:
    mark(folder, "exits")
    sys.exit(code)


@task(retries=7)
def exits_with_retries(folder: str) -> None:
    mark(folder, "exits")
    sys.exit("with a text")


@task
def exits_twice(folder: str) -> int:
    if mark(folder, "exits") < 3:
        sys.exit(1)
    return current_context().attempt_number


@task
def killed(folder: str) -> int:
    mark(folder, "killed")
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@task
def killed_once(folder: str) -> int:
    if mark(folder, "killed") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return current_context().attempt_number


@task
def leaves(folder: str) -> None:
    mark(folder, "leaves")
    os._exit(3)


@task(retries=1)
def killed_then_recoverable(folder: str) -> int:
    match mark(folder, "both"):
        case 1 | 3:
            os.kill(os.getpid(), signal.SIGKILL)
        case 2 | 4:
            raise FlyteRecoverableException("try later")
    return 0


@task(interruptible=True)
def interruptible_till_the_last(folder: str) -> int:
    if mark(folder, "interruptible") < 4:
        sys.exit(1)
    return current_context().attempt_number


@task
def process_id() -> int:
    return os.getpid()


@workflow
def others_live(folder: str) -> tuple[int, int]:
    # One is killed while the other runs in a process of its own.
    return killed_once(folder=folder), waits_for_two_kills(folder=folder)


@task
def waits_for_two_kills(folder: str) -> int:
    wait_for(folder, "killed", 2)
    return 7


@workflow
def killed_elements(folder: str) -> list[int]:
    return map_task(functools.partial(killed_at, folder=folder), concurrency=2)(n=[0, 1, 2, 3])


@task
def killed_at(folder: str, n: int) -> int:
    if n == 2 and mark(folder, "killed") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


# --- timeouts ---------------------------------------------------------------------------------------------------------

_SHORT: Final = timedelta(seconds=0.4)
_ENOUGH: Final = timedelta(seconds=1.5)  # for a second process to start within twice of it


@task(timeout=_SHORT)
def too_long(folder: str) -> int:
    mark(folder, "too_long")
    wait_for(folder, "never")
    return 1


@task(timeout=_ENOUGH, retries=1)
def too_long_once(folder: str) -> int:
    if mark(folder, "too_long") == 1:
        wait_for(folder, "never")
    return current_context().attempt_number


@task(timeout=_SHORT, retries=5)
def always_too_long(folder: str) -> int:
    mark(folder, "too_long")
    wait_for(folder, "never")
    return 1


@task(timeout=timedelta(seconds=1))
def short_enough(n: int) -> int:
    time.sleep(0.15)
    return n


@workflow
def many_short_enough() -> list[int]:
    return [short_enough(n=n) for n in range(40)]


@task(timeout=timedelta(seconds=30))
def in_time(n: int) -> int:
    return n + 1


@task
def waits(folder: str) -> int:
    mark(folder, "waits")
    wait_for(folder, "never")
    return 1


@workflow
def timeout_by_override(folder: str) -> int:
    return node_of(waits_if_first(folder=folder)).with_overrides(timeout=_ENOUGH, retries=1).o0  # type: ignore[no-any-return]


@task
def waits_if_first(folder: str) -> int:
    if mark(folder, "waits") == 1:
        wait_for(folder, "never")
    return 5


@workflow
def no_timeout_by_override(folder: str) -> int:
    return node_of(longer_than_its_timeout(folder=folder)).with_overrides(timeout=0).o0  # type: ignore[no-any-return]


@task(timeout=timedelta(milliseconds=50))
def longer_than_its_timeout(folder: str) -> int:
    time.sleep(0.15)
    return mark(folder, "done")


@workflow
def timeout_inside(folder: str) -> int:
    return increment(n=too_long(folder=folder))


@task(timeout=_SHORT)
async def too_long_async(folder: str) -> int:
    mark(folder, "too_long")
    await asyncio.sleep(30)
    return 1


@workflow
def waits_inside(folder: str) -> int:
    return increment(n=waits(folder=folder))


@workflow
def timeout_of_a_subworkflow(folder: str) -> int:
    return node_of(waits_inside(folder=folder)).with_overrides(timeout=_SHORT).o0  # type: ignore[no-any-return]


@workflow
def timeout_of_elements(folder: str) -> list[int | None]:
    waiting = functools.partial(waits_unless_zero, folder=folder)
    found: Any = map_task(waiting, min_successes=1)(n=[0, 1])
    return found.with_overrides(timeout=_ENOUGH)  # type: ignore[no-any-return]


@task
def waits_unless_zero(folder: str, n: int) -> int:
    if n:
        wait_for(folder, "never")
    return n


@eager(timeout=_SHORT)
async def eager_too_long(folder: str) -> int:
    mark(folder, "body")
    await waits(folder=folder)  # type: ignore[misc]
    return 1


@dynamic(timeout=_SHORT)
def dynamic_too_long(folder: str) -> int:
    return waits(folder=folder)


@task(timeout=_SHORT)
def too_long_and_deaf(folder: str) -> int:
    mark(folder, "deaf")
    while True:
        try:
            wait_for(folder, "never")
        except TimeoutError:
            return 1  # the scenario is over
        except BaseException:  # noqa: BLE001, S112 - whatever it is asked for, it goes on
            continue


# --- what a failure does to others ------------------------------------------------------------------------------------


@task
def fails_after(folder: str, name: str) -> int:
    wait_for(folder, name)
    mark(folder, "failed")
    raise ValueError("it failed")


@task
def slow(folder: str) -> int:
    mark(folder, "began")
    wait_for(folder, "never")
    return 1


@task
def after_failure(folder: str) -> int:
    wait_for(folder, "failed")
    return mark(folder, "went on")


@task
def independent(folder: str, n: int) -> int:
    mark(folder, "independent")
    return n


@workflow
def fail_fast(folder: str) -> tuple[int, int, int]:
    return slow(folder=folder), fails_after(folder=folder, name="began"), increment(n=slow(folder=folder))


@workflow(failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
def finish_others(folder: str) -> tuple[int, int, int]:
    failed = fails_after(folder=folder, name="go")
    going_on = after_failure(folder=folder)
    starts = create_node(marks_go, folder=folder)
    starts >> node_of(going_on)
    return increment(n=failed), independent(folder=folder, n=going_on), independent(folder=folder, n=starts.o0)


@task
def marks_go(folder: str) -> int:
    return mark(folder, "go")


@workflow(failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
def two_fail(folder: str) -> tuple[int, int]:
    return raises_text(text="the first"), after_the_first(folder=folder)


@task
def raises_text(text: str) -> int:
    raise ValueError(text)


@task
def after_the_first(folder: str) -> int:
    wait_for(folder, "failed")
    raise KeyError("the second")


@workflow
def fail_fast_inside(folder: str) -> tuple[int, int]:
    return one_slow(folder=folder), fails_after(folder=folder, name="began")


@workflow
def one_slow(folder: str) -> int:
    return increment(n=slow(folder=folder))


@workflow
def failing_subworkflow(folder: str) -> int:
    return increment(n=failing_inside(folder=folder))


@workflow
def failing_inside(folder: str) -> int:
    return increment(n=raises(folder=folder, message="deep inside"))


failing_plan = LaunchPlan.get_or_create(failing_inside, name="scenarios.failing_plan")


@workflow
def calls_failing_plan(folder: str) -> int:
    return failing_plan(folder=folder)


@workflow(failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
def fast_inside_of_slow(folder: str) -> tuple[int, int]:
    # The workflow inside fails fast; the one outside finishes the others first.
    return fail_fast_pair(folder=folder)[0], after_failure(folder=folder)


@workflow
def fail_fast_pair(folder: str) -> tuple[int, int]:
    return slow(folder=folder), fails_after(folder=folder, name="began")


@workflow(failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
def others_are_retried(folder: str) -> tuple[int, int]:
    return raises_text(text="at once"), third_time(folder=folder)


@workflow
def caught_by_nobody(folder: str) -> list[int]:
    return [increment(n=raises_text(text="one of many")), slow(folder=folder), slow(folder=folder), slow(folder=folder)]


# --- failure handlers -------------------------------------------------------------------------------------------------


@task
def tell(folder: str, err: FlyteError | None = None) -> None:
    assert err is not None
    mark(folder, f"told of {err.failed_node_id}: {err.message.splitlines()[-1].strip()}")


@task
def tell_nothing(folder: str) -> None:
    mark(folder, "told")


@task
def broken_handler(folder: str) -> None:
    mark(folder, "handler")
    raise OSError("the handler failed too")


@task(retries=2)
def handler_at_second_attempt(folder: str) -> None:
    if mark(folder, "handler") == 1:
        raise FlyteRecoverableException("not yet")


@workflow
def handling(folder: str, err: FlyteError | None = None) -> None:
    tell(folder=folder, err=err)


@workflow(on_failure=tell)
def told(folder: str) -> int:
    return increment(n=raises(folder=folder, message="oh no"))


@workflow(on_failure=tell_nothing)
def told_without_error(folder: str) -> int:
    return raises(folder=folder, message="oh no")


@workflow(on_failure=handling)
def told_by_a_workflow(folder: str) -> int:
    return raises(folder=folder, message="oh no")


@workflow(on_failure=tell)
def nothing_to_tell(folder: str) -> int:
    return independent(folder=folder, n=3)


@workflow(on_failure=broken_handler)
def told_to_a_broken_one(folder: str) -> int:
    return raises(folder=folder, message="oh no")


@workflow(on_failure=handler_at_second_attempt)
def told_twice(folder: str) -> int:
    return raises(folder=folder, message="oh no")


@workflow(on_failure=tell_nothing)
def told_outside(folder: str) -> int:
    return told(folder=folder)


@workflow(on_failure=tell_nothing)
def told_after_the_others_stopped(folder: str) -> tuple[int, int]:
    return slow(folder=folder), fails_after(folder=folder, name="began")


@workflow(on_failure=tell_nothing, failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
def told_when_the_others_are_done(folder: str) -> tuple[int, int]:
    return fails_after(folder=folder, name="go"), independent(folder=folder, n=marks_go(folder=folder))


told_plan = LaunchPlan.get_or_create(told, name="scenarios.told_plan")


@workflow
def told_in_a_plan(folder: str) -> int:
    return increment(n=told_plan(folder=folder))


@workflow(on_failure=tell)
def told_of_exhausted_attempts(folder: str) -> int:
    return never(folder=folder)


@workflow(on_failure=tell)
def told_of_a_subworkflow(folder: str) -> int:
    return increment(n=failing_inside(folder=folder))


def _imperative() -> Workflow:
    built = Workflow(name="scenarios.handled")
    folder = built.add_workflow_input("folder", str)
    node = built.add_entity(raises, folder=folder, message="step by step")
    built.add_workflow_output("o0", node.outputs["o0"])
    built.add_on_failure_handler(tell)
    return built


handled_imperatively = _imperative()

# --- cancelling -------------------------------------------------------------------------------------------------------


@workflow
def waits_for_long(folder: str) -> tuple[int, int]:
    return independent(folder=folder, n=1), increment(n=waits(folder=folder))


def _cancel_when_it_waits(run: Run, folder: Path) -> None:
    for event in run.events():
        if event.phase is Phase.SUCCEEDED and event.node is not None and event.node.name.endswith(".independent"):
            run.cancel()
            return


def _mark_the_failure(run: Run, folder: Path) -> None:
    for event in run.events():
        if event.phase is Phase.FAILED:
            mark(str(folder), "failed")
            return


def _cancel_at_once(run: Run, folder: Path) -> None:
    run.cancel()
    run.cancel()


def _aborted(name: str) -> Any:
    def check(done: Done) -> None:
        for node in done.nodes(name):
            error = node.error
            assert error is not None
            assert (node.phase, error.code, error.kind) == (Phase.ABORTED, "NodeAborted", Origin.UNKNOWN)

    return check


def _stock(done: Done) -> None:
    error = done.error
    assert isinstance(error, OutOfStock)
    assert (error.item, error.left, error.args) == ("tea", 2, ("2 of tea are left",))


def _cause(done: Done) -> None:
    assert done.error is not None
    assert repr(done.error.__cause__) == "ZeroDivisionError('integer division or modulo by zero')"
    assert done.run.error is not None
    assert "ZeroDivisionError: integer division or modulo by zero" in done.run.error.message
    assert "direct cause of the following exception" in done.run.error.message


def _group(done: Done) -> None:
    assert isinstance(done.error, ExceptionGroup)
    assert [repr(each) for each in done.error.exceptions] == ["ValueError('first 1')", "TypeError('second')"]


def _attempts(*phases: str) -> Any:
    """How each attempt of the one task ended."""

    def check(done: Done) -> None:
        (node,) = [each for each in done.run.nodes if each.kind == "task" and len(each.attempts) == len(phases)]
        assert [each.phase.value for each in node.attempts] == list(phases)
        for each in node.attempts[:-1]:
            assert (each.error is None) == (each.phase is Phase.ABORTED)

    return check


def _no_file(done: Done) -> None:
    assert isinstance(done.error, FileNotFoundError)
    assert (done.error.errno, done.error.filename) == (2, "/nowhere/at/all")


def _handler_note(done: Done) -> None:
    notes = getattr(done.error, "__notes__", [])
    assert any("failure handler" in note and "the handler failed too" in note for note in notes), notes


def _interruptible(done: Done) -> None:
    (node,) = done.nodes("interruptible_till_the_last")
    assert [each.interruptible for each in node.attempts] == [True, True, True, False]


def _exhausted(attempts: int, code: str = "USER:Recoverable", origin: str = "USER") -> dict[str, Any]:
    return {
        "code": f"RetriesExhausted|{code}",
        "told": f"[{attempts}/{attempts}] currentAttempt done. Last Error: {origin}::Trace:",
    }


_PROCESSES: Final = ("processes",)
_TIMED_OUT: Final = "RetriesExhausted|TimeoutExpired"
_EXIT: Final = "the task ended its process by `sys.exit(1)`"
_KILLED: Final = re.compile(r"the process of the task .*")

SCENARIOS: Final = (
    Scenario(
        "a task that raises is not tried again",
        raises,
        {"message": "oh no"},
        fails=Fails(ValueError, "oh no", told="Trace:\n\n    Traceback (most recent call last):\n"),
        marks={"raises": 1},
        attempts={"raises": [1]},
        ends={"raises": ["failed"]},
    ),
    Scenario(
        "an exception of Python itself", divides, {"a": 1, "b": 0}, fails=Fails(ZeroDivisionError, "division by zero")
    ),
    Scenario(
        "an exception with a code and attributes",
        out_of_stock,
        {"item": "tea"},
        fails=Fails(OutOfStock, "2 of tea are left", "USER:OutOfStock", notes=["in task `", "with item='tea'"]),
        check=_stock,
    ),
    Scenario("a KeyError", looks_up, {"values": {}, "key": "k"}, fails=Fails(KeyError, "'k'")),
    Scenario(
        "an exception with a cause", chained, {"n": 1}, fails=Fails(LookupError, "it was a division"), check=_cause
    ),
    Scenario(
        "a group of exceptions",
        grouped,
        {"n": 1},
        fails=Fails(ExceptionGroup, "two problems (2 sub-exceptions)"),
        check=_group,
    ),
    Scenario(
        "an exception whose text fails",
        unprintable,
        {"n": 1},
        fails=Fails(Exception, re.compile(".*text.*"), exact=False),
        ends={"unprintable": ["failed"]},
    ),
    Scenario("an exception that is no Exception", stops, {"n": 1}, fails=Fails(Stop, "1")),
    Scenario(
        "an exception of a class in a function",
        raises_a_local_class,
        {"n": 1},
        fails=Fails(Exception, re.compile(".*local trouble"), exact=False),
    ),
    Scenario(
        "an exception with what cannot travel",
        raises_what_cannot_travel,
        {"n": 1},
        fails=Fails(ValueError, "with a lock"),
    ),
    Scenario(
        "a recursion", recurses, {"n": 1}, fails=Fails(RecursionError, re.compile("maximum recursion depth exceeded.*"))
    ),
    Scenario("an exception with a long text", talks_long, {"n": 1_000_000}, fails=Fails(ValueError, "ä" * 1_000_000)),
    Scenario(
        "notes of an exception", adds_notes, {"n": 1}, fails=Fails(ValueError, "noted", notes=["a note of the task"])
    ),
    Scenario("an exception without a message", without_message, {"n": 1}, fails=Fails(AssertionError, "")),
    Scenario(
        "an exception of the system",
        opens,
        {"path": "/nowhere/at/all"},
        fails=Fails(FileNotFoundError, "[Errno 2] No such file or directory: '/nowhere/at/all'"),
        check=_no_file,
    ),
    Scenario("a MemoryError is the user's", out_of_memory, {"n": 1}, fails=Fails(MemoryError, "too much")),
    Scenario(
        "the error of a node in a workflow",
        failing_inside,
        fails=Fails(ValueError, "deep inside", notes=["in node n0"]),
    ),
    Scenario(
        "a failure in a subworkflow",
        failing_subworkflow,
        fails=Fails(ValueError, "deep inside", notes=["in node n0-0-n0 of workflow", "in node n0 of workflow"]),
        ends={"failing_inside": ["failed"], "increment": [], "raises": ["failed"]},
    ),
    Scenario(
        "a failure in a launch plan",
        calls_failing_plan,
        fails=Fails(ValueError, "deep inside"),
        ends={"failing_plan": ["failed"], "raises": ["failed"]},
    ),
    # --- retries
    Scenario(
        "a task that succeeds at its third attempt",
        third_time,
        gives=2,
        marks={"third_time": 3},
        attempts={"third_time": [3]},
        check=_attempts("failed", "failed", "succeeded"),
    ),
    Scenario(
        "a node that succeeds at its third attempt", retried, gives=3, attempts={"third_time": [3], "increment": [1]}
    ),
    Scenario("retries in a subworkflow", retried_inside, gives=3, attempts={"third_time": [3], "retried": [1]}),
    Scenario(
        "a task that has used up its attempts",
        never,
        fails=Fails(TryLater, "attempt 3", **_exhausted(3)),
        attempts={"never": [3]},
        check=_attempts("failed", "failed", "failed"),
    ),
    Scenario("a node that has used up its attempts", not_retried, fails=Fails(TryLater, "attempt 3", **_exhausted(3))),
    Scenario(
        "a recoverable exception of a task without retries",
        no_retries,
        fails=Fails(FlyteRecoverableException, "attempt 1", **_exhausted(1)),
        attempts={"no_retries": [1]},
    ),
    Scenario(
        "an exception that is not recoverable ends the attempts",
        recoverable_then_not,
        fails=Fails(KeyError, "'for good'"),
        attempts={"recoverable_then_not": [2]},
    ),
    Scenario("more retries by an override", more_retries, fails=Fails(TryLater, "attempt 5", **_exhausted(5))),
    Scenario("fewer retries by an override", fewer_retries, fails=Fails(TryLater, "attempt 2", **_exhausted(2))),
    Scenario(
        "an override by no retries leaves those of the task",
        zero_retries,
        fails=Fails(TryLater, "attempt 3", **_exhausted(3)),
    ),
    Scenario(
        "retries by an override where the task has none",
        first_retries,
        fails=Fails(FlyteRecoverableException, "attempt 3", **_exhausted(3)),
    ),
    # --- processes that end
    Scenario(
        "a task that exits gets four attempts",
        exits,
        {"code": 1},
        fails=Fails(TaskInterruptedError, _EXIT, **_exhausted(4, "Interrupted", "SYSTEM")),
        marks={"exits": 4},
        attempts={"exits": [4]},
    ),
    Scenario(
        "a task that exits with 0",
        exits,
        {"code": 0},
        fails=Fails(
            TaskInterruptedError,
            "the task ended its process by `sys.exit(0)`",
            **_exhausted(4, "Interrupted", "SYSTEM"),
        ),
    ),
    Scenario(
        "a task that exits gets four attempts, whatever its retries are",
        exits_with_retries,
        fails=Fails(
            TaskInterruptedError,
            "the task ended its process by `sys.exit('with a text')`",
            **_exhausted(4, "Interrupted", "SYSTEM"),
        ),
        marks={"exits": 4},
    ),
    Scenario("a task that exits twice, and then succeeds", exits_twice, gives=2, attempts={"exits_twice": [3]}),
    Scenario(
        "the last attempt that the system may make is not interruptible",
        interruptible_till_the_last,
        gives=3,
        check=_interruptible,
    ),
    Scenario(
        "a killed process gets four attempts",
        killed,
        needs=_PROCESSES,
        fails=Fails(TaskInterruptedError, _KILLED, **_exhausted(4, "Interrupted", "SYSTEM")),
        marks={"killed": 4},
        attempts={"killed": [4]},
    ),
    Scenario("a process that is killed once", killed_once, needs=_PROCESSES, gives=1, attempts={"killed_once": [2]}),
    Scenario(
        "a process that leaves without a word",
        leaves,
        needs=_PROCESSES,
        fails=Fails(TaskInterruptedError, _KILLED, **_exhausted(4, "Interrupted", "SYSTEM")),
        marks={"leaves": 4},
    ),
    Scenario(
        "the retries of a task and those of the system are counted apart",
        killed_then_recoverable,
        needs=_PROCESSES,
        fails=Fails(FlyteRecoverableException, "try later", **_exhausted(4)),
        attempts={"killed_then_recoverable": [4]},
    ),
    Scenario(
        "a killed process does not hurt another one",
        others_live,
        needs=_PROCESSES,
        gives=(1, 7),
    ),
    Scenario("an element whose process is killed", killed_elements, needs=_PROCESSES, gives=[0, 1, 2, 3]),
    Scenario(
        "tasks run in other processes than this one",
        process_id,
        needs=_PROCESSES,
        gives=ANYTHING,
        check=lambda done: _expect(done.result == os.getpid(), False),
    ),
    # --- timeouts
    Scenario(
        "a task that takes too long is stopped",
        too_long,
        fails=Fails(
            TaskTimeoutError,
            re.compile(r"`.*too_long` was stopped after 0\.4 s, its timeout"),
            _TIMED_OUT,
            told="[1/1] currentAttempt done. Last Error: USER::",
        ),
        marks={"too_long": 1},
        attempts={"too_long": [1]},
        ends={"too_long": ["failed"]},
    ),
    Scenario(
        "a task that takes too long is tried again",
        too_long_once,
        gives=1,
        attempts={"too_long_once": [2]},
        check=_attempts("aborted", "succeeded"),
    ),
    Scenario(
        "a task is overdue after twice its timeout",
        always_too_long,
        fails=Fails(
            TaskTimeoutError,
            re.compile(r"`.*always_too_long` was stopped after 0\.4 s, its timeout"),
            "Timeout",
            told="Timeout in node",
        ),
        attempts={"always_too_long": [2]},
        ends={"always_too_long": ["timed out"]},
    ),
    Scenario("waiting for a process does not count as time", many_short_enough, gives=list(range(40))),
    Scenario("a task that ends in time", in_time, {"n": 1}, gives=2),
    Scenario("a timeout by an override", timeout_by_override, gives=5, attempts={"waits_if_first": [2]}),
    Scenario("no timeout by an override", no_timeout_by_override, gives=1),
    Scenario(
        "a timeout in a workflow",
        timeout_inside,
        fails=Fails(
            TaskTimeoutError,
            re.compile(r"`.*too_long` was stopped after 0\.4 s, its timeout"),
            _TIMED_OUT,
        ),
        ends={"increment": [], "too_long": ["failed"]},
    ),
    Scenario(
        "an async task that takes too long is stopped",
        too_long_async,
        fails=Fails(
            TaskTimeoutError,
            re.compile(r"`.*too_long_async` was stopped after 0\.4 s, its timeout"),
            _TIMED_OUT,
        ),
    ),
    Scenario(
        "a subworkflow that takes too long is stopped",
        timeout_of_a_subworkflow,
        fails=Fails(TaskTimeoutError, re.compile(r"`.*waits_inside` was stopped after .*"), _TIMED_OUT),
        ends={"waits": ["aborted"], "waits_inside": ["failed"], "increment": []},
    ),
    Scenario("a timeout of the elements of a map", timeout_of_elements, gives=[0, None]),
    Scenario(
        "an eager task that takes too long is stopped, and its calls",
        eager_too_long,
        fails=Fails(TaskTimeoutError, re.compile(r"`.*eager_too_long` was stopped after .*"), _TIMED_OUT),
        check=lambda done: _expect(marks_in(done.folder)["body"], 1),
        ends={"waits": ["aborted"], "eager_too_long": ["failed"]},
    ),
    Scenario(
        "a dynamic whose nodes take too long is stopped",
        dynamic_too_long,
        fails=Fails(TaskTimeoutError, re.compile(r"`.*dynamic_too_long` was stopped after .*"), _TIMED_OUT),
        ends={"waits": ["aborted"], "dynamic_too_long": ["failed"]},
    ),
    Scenario(
        "a task that does not listen is stopped",
        too_long_and_deaf,
        fails=Fails(TaskTimeoutError, re.compile(r"`.*too_long_and_deaf` was stopped after .*"), _TIMED_OUT),
        marks={"deaf": 1},
    ),
    # --- what a failure does to others
    Scenario(
        "the policy of a subworkflow is its own",
        fast_inside_of_slow,
        fails=Fails(ValueError, "it failed"),
        marks={"began": 1, "failed": 1, "went on": 1},
        ends={"slow": ["aborted"], "fail_fast_pair": ["failed"], "after_failure": ["succeeded"]},
    ),
    Scenario(
        "others are tried again, though one has failed",
        others_are_retried,
        fails=Fails(ValueError, "at once"),
        attempts={"third_time": [3]},
        ends={"third_time": ["succeeded"]},
    ),
    Scenario(
        "a failure stops many others",
        caught_by_nobody,
        fails=Fails(ValueError, "one of many"),
        ends={"slow": ["aborted"] * 3, "raises_text": ["failed"], "increment": []},
    ),
    Scenario(
        "a failure stops the others",
        fail_fast,
        fails=Fails(ValueError, "it failed"),
        ends={"slow": ["aborted", "aborted"], "fails_after": ["failed"], "increment": []},
        check=_aborted("slow"),
    ),
    Scenario(
        "what does not depend on a failure is finished first",
        finish_others,
        fails=Fails(ValueError, "it failed"),
        marks={"go": 1, "failed": 1, "went on": 1, "independent": 2},
        ends={
            "fails_after": ["failed"],
            "increment": [],
            "independent": ["succeeded", "succeeded"],
            "after_failure": ["succeeded"],
        },
    ),
    Scenario(
        "of two failures the first one is told",
        two_fail,
        drive=_mark_the_failure,
        fails=Fails(ValueError, "the first"),
        ends={"raises_text": ["failed"], "after_the_first": ["failed"]},
    ),
    Scenario(
        "a failure stops what is inside of the others",
        fail_fast_inside,
        fails=Fails(ValueError, "it failed"),
        ends={"one_slow": ["aborted"], "slow": ["aborted"], "increment": []},
        check=_aborted("one_slow"),
    ),
    # --- failure handlers
    Scenario(
        "a failure handler is told the error",
        told,
        fails=Fails(ValueError, "oh no"),
        marks={"raises": 1, "told of fn0: ValueError: oh no": 1},
        ends={"tell": ["succeeded"]},
        order=["raises < tell"],
        check=lambda done: _expect(done.node("tell").id, "fn0"),
    ),
    Scenario(
        "a failure handler that asks for no error",
        told_without_error,
        fails=Fails(ValueError, "oh no"),
        marks={"raises": 1, "told": 1},
    ),
    Scenario(
        "a workflow as a failure handler",
        told_by_a_workflow,
        fails=Fails(ValueError, "oh no"),
        marks={"raises": 1, "told of fn0: ValueError: oh no": 1},
        ends={"handling": ["succeeded"]},
    ),
    Scenario("no failure, no handler", nothing_to_tell, gives=3, marks={"independent": 1}, ends={"tell": []}),
    Scenario(
        "a failure handler that fails",
        told_to_a_broken_one,
        fails=Fails(ValueError, "oh no"),
        marks={"raises": 1, "handler": 1},
        ends={"broken_handler": ["failed"]},
        check=_handler_note,
    ),
    Scenario(
        "a failure handler is tried again",
        told_twice,
        fails=Fails(ValueError, "oh no"),
        marks={"raises": 1, "handler": 2},
        attempts={"handler_at_second_attempt": [2]},
    ),
    Scenario(
        "failure handlers of a workflow and of one inside of it",
        told_outside,
        fails=Fails(ValueError, "oh no"),
        marks={"raises": 1, "told of fn0: ValueError: oh no": 1, "told": 1},
        order=["tell < tell_nothing"],
    ),
    Scenario(
        "a failure handler runs when the others have been stopped",
        told_after_the_others_stopped,
        fails=Fails(ValueError, "it failed"),
        marks={"began": 1, "failed": 1, "told": 1},
        ends={"slow": ["aborted"], "tell_nothing": ["succeeded"]},
        order=["slow < tell_nothing"],
    ),
    Scenario(
        "a failure handler runs when the others are done",
        told_when_the_others_are_done,
        fails=Fails(ValueError, "it failed"),
        marks={"go": 1, "failed": 1, "independent": 1, "told": 1},
        order=["independent < tell_nothing", "fails_after < tell_nothing"],
    ),
    Scenario(
        "a failure handler of a launch plan",
        told_in_a_plan,
        fails=Fails(ValueError, "oh no"),
        marks={"raises": 1, "told of fn0: ValueError: oh no": 1},
        ends={"told_plan": ["failed"], "tell": ["succeeded"], "increment": []},
    ),
    Scenario(
        "a failure handler is told of attempts that are used up",
        told_of_exhausted_attempts,
        fails=Fails(TryLater, "attempt 3", **_exhausted(3)),
        marks={"never": 3, "told of fn0: TryLater: attempt 3": 1},
    ),
    Scenario(
        "a failure handler is told of a subworkflow",
        told_of_a_subworkflow,
        fails=Fails(ValueError, "deep inside"),
        marks={"raises": 1, "told of fn0: ValueError: deep inside": 1},
    ),
    Scenario(
        "a failure handler of a workflow built step by step",
        handled_imperatively,
        fails=Fails(ValueError, "step by step"),
        marks={"raises": 1, "told of efn: ValueError: step by step": 1},
    ),
    # --- cancelling
    Scenario(
        "a run is cancelled",
        waits_for_long,
        drive=_cancel_when_it_waits,
        fails=Fails(RunCancelledError, re.compile(r"the run f\w{19} was cancelled"), "NodeAborted", Origin.UNKNOWN),
        ends_as=Phase.ABORTED,
        ends={"independent": ["succeeded"], "increment": []},
        check=_aborted("waits"),
    ),
    Scenario(
        "a run is cancelled at once, and again",
        waits_for_long,
        drive=_cancel_at_once,
        fails=Fails(RunCancelledError, re.compile(r"the run f\w{19} was cancelled"), "NodeAborted", Origin.UNKNOWN),
        ends_as=Phase.ABORTED,
    ),
)


def _expect(got: object, expected: object) -> None:
    assert got == expected, f"got {got!r}, expected {expected!r}"
