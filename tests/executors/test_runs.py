"""Handles of runs: what they tell, how they are stopped and answered, from plain code and from an event loop."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
import warnings
import weakref
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from flytetypes import (
    CallError,
    ConversionError,
    FlyteRecoverableException,
    LaunchPlan,
    OptionError,
    Run,
    RunCancelledError,
    RunError,
    WorkflowError,
    approve,
    current_context,
    dynamic,
    eager,
    map_task,
    node_of,
    run,
    sleep,
    task,
    wait_for_input,
    workflow,
)
from flytetypes.executors import Phase
from flytetypes.executors._threads import Threads

GATE = threading.Event()
STARTED = threading.Event()
CALLS: list[Any] = []


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    GATE.clear()
    STARTED.clear()
    CALLS.clear()
    monkeypatch.setattr(LaunchPlan, "CACHE", {})
    yield
    GATE.set()


@task
def increment(n: int) -> int:
    return n + 1


@task
def blocked(n: int) -> int:
    STARTED.set()
    GATE.wait(10)
    CALLS.append(n)
    return n


@task
async def blocked_async(n: int) -> int:
    STARTED.set()
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        CALLS.append("cancelled")
        raise
    return n


@task
def fails(n: int) -> int:
    raise ZeroDivisionError("by zero")


@task(retries=1)
def unsteady(n: int) -> int:
    if current_context().attempt_number == 0:
        raise FlyteRecoverableException("again")
    return n


@workflow
def chain(n: int) -> int:
    return unsteady(n=increment(n=n))


def phases(handle: Any) -> dict[str, str]:
    return {node.id: node.phase.value for node in handle.nodes}


# --- what they tell ---------------------------------------------------------------------------------------------------


def test_a_run_that_has_ended_tells_all_of_it() -> None:
    handle = run(chain, {"n": 1})
    assert handle.result() == 2
    assert handle.outputs() == {"o0": 2}
    assert (handle.phase, handle.error, handle.abandoned) == (Phase.SUCCEEDED, None, [])
    assert handle.ended is not None
    assert handle.started <= handle.ended
    first, second = handle.nodes
    assert (first.id, first.kind, first.name, first.phase) == ("n0", "task", increment.name, Phase.SUCCEEDED)
    assert [(attempt.number, attempt.phase.value) for attempt in second.attempts] == [(0, "failed"), (1, "succeeded")]
    error = second.attempts[0].error
    assert error is not None
    assert error.code == "USER:Recoverable"
    assert first.inputs == increment.interface.input_literals({"n": 1})
    assert second.outputs == unsteady.interface.output_literals(2)
    assert str(first.place).startswith("test_runs.py:")
    assert repr(handle) == f"<run {handle.id} of chain, succeeded>"
    assert repr(first) == f"<node n0: task {increment.name}, succeeded>"


def test_events_come_from_the_beginning_and_as_they_happen() -> None:
    @workflow
    def slow(n: int) -> int:
        return blocked(n=increment(n=n))

    handle = run(slow, {"n": 1})
    seen = []
    for event in handle.events():
        seen.append((event.node.id if event.node is not None else "run", event.phase.value, event.attempt))
        if seen[-1] == ("n1", "running", 0):
            assert handle.phase is Phase.RUNNING
            GATE.set()
    assert seen == [
        ("run", "running", None),
        ("n0", "running", 0),
        ("n0", "succeeded", 0),
        ("n1", "running", 0),
        ("n1", "succeeded", 0),
        ("run", "succeeded", None),
    ]
    assert len(list(handle.events())) == 6


def test_nodes_inside_of_others_have_ids_and_parents_that_say_so() -> None:
    @dynamic
    def grown(n: int) -> int:
        return increment(n=increment(n=n))

    @workflow
    def outer(n: int) -> list[int]:
        return map_task(increment)(n=[chain(n=grown(n=n))])

    handle = run(outer, {"n": 0})
    assert handle.result() == [4]
    assert [(node.id, node.kind, node.parent.id if node.parent else None) for node in handle.nodes] == [
        ("n0", "dynamic", None),
        ("n0-0-dn0", "task", "n0"),
        ("n0-0-dn1", "task", "n0"),
        ("n1", "workflow", None),
        ("n1-0-n0", "task", "n1"),
        ("n1-0-n1", "task", "n1"),
        ("n2", "map task", None),
        ("n2-0-n0", "task", "n2"),
    ]


def test_a_failed_run_tells_how() -> None:
    @workflow
    def failing(n: int) -> int:
        return increment(n=fails(n=n))

    handle = run(failing, {"n": 7})
    with pytest.raises(ZeroDivisionError, match="by zero") as caught:
        handle.result()
    assert [note.partition(", called at")[0] for note in caught.value.__notes__] == [
        f"in task `{fails.name}`",
        "with n=7",
        f"in node n0 of workflow `{failing.name}`",
    ]
    error = handle.error
    assert error is not None
    assert (handle.phase, error.code, error.kind.name) == (Phase.FAILED, "USER:RuntimeError", "USER")
    assert error.message.startswith('Trace:\n\n    Traceback (most recent call last):\n      File "')
    assert error.message.endswith("Message:\n\n    ZeroDivisionError: by zero")
    assert "flytetypes/" not in error.message.replace("tests/", "")
    assert phases(handle) == {"n0": "failed"}
    with pytest.raises(ZeroDivisionError):
        handle.result()


def test_a_launch_plan_in_a_run_is_a_child_with_a_name_of_its_own() -> None:
    @task
    def where() -> str:
        return current_context().execution_id.name

    @workflow
    def inner() -> str:
        return where()

    plan = LaunchPlan.get_or_create(inner, "child")

    @workflow
    def outer() -> tuple[str, str]:
        return where(), plan()

    handle = run(outer, project="p", domain="d")
    mine, childs = handle.result()
    assert mine == handle.id
    assert childs not in ("", mine)
    assert [node.execution for node in handle.nodes if node.kind == "launch plan"] == [childs]


def test_tasks_see_the_context_variables_of_who_starts_the_run() -> None:
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="none")

    @task
    def seen(n: int) -> str:
        found = request.get()
        request.set("changed by a task")
        return found

    @workflow
    def twice() -> tuple[str, str]:
        return seen(n=1), seen(n=2)

    request.set("mine")
    assert tuple(twice()) == ("mine", "mine")
    assert request.get() == "mine"


# --- starting ---------------------------------------------------------------------------------------------------------


def test_wrong_inputs_and_options_are_refused_before_anything_runs() -> None:
    with pytest.raises(CallError, match="`increment` needs `n`"):
        run(increment)
    with pytest.raises(ConversionError, match="`increment`: expected `int`, got `str` 'x' - at `n`"):
        run(increment, {"n": "x"})
    with pytest.raises(OptionError, match="`max_parallelism` is a number from 1 on; got `int` 0"):
        run(increment, {"n": 1}, max_parallelism=0)
    with pytest.raises(OptionError, match="`run` takes a task, workflow or launch plan; got `int` 3"):
        run(3)  # type: ignore[arg-type]

    @workflow
    def broken(n: int) -> str:
        return increment(n=n)  # type: ignore[return-value]

    with pytest.raises(WorkflowError, match="no task has run"):
        run(broken, {"n": 1})


def test_so_many_tasks_run_at_the_same_time_and_no_more() -> None:
    lock, running, most = threading.Lock(), [0], [0]
    two = threading.Barrier(2)

    @task
    def counted(n: int) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        two.wait(5)  # it takes two
        with lock:
            running[0] -= 1
        return n

    @workflow
    def crowd() -> int:
        results = [counted(n=n) for n in range(10)]
        return results[0]

    run(crowd, max_parallelism=2).result()
    assert most == [2]


def test_elements_of_a_map_do_not_keep_others_waiting() -> None:
    order: list[str] = []

    @task
    def element(n: int) -> int:
        order.append("element")
        return n

    @task
    def other() -> int:
        order.append("other")
        return 0

    @workflow
    def both() -> int:
        map_task(element)(n=list(range(100)))
        return other()

    run(both, max_parallelism=1).result()
    assert order.index("other") < 10


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_cancelling_stops_what_runs_and_starts_nothing_more() -> None:
    @workflow
    def slow(n: int) -> int:
        return increment(n=blocked_async(n=increment(n=n)))

    handle = run(slow, {"n": 1})
    assert STARTED.wait(5)
    handle.cancel()
    with pytest.raises(RunCancelledError, match=f"the run {handle.id} was cancelled"):
        handle.result(5)
    assert (handle.phase, phases(handle)) == (Phase.ABORTED, {"n0": "succeeded", "n1": "aborted"})
    assert handle.abandoned == []
    handle.cancel()


def test_a_function_in_a_thread_goes_on_unheard_and_is_told_of() -> None:
    @workflow
    def slow(n: int) -> int:
        return blocked(n=n)

    handle = run(slow, {"n": 1})
    assert STARTED.wait(5)
    handle.cancel()
    with pytest.raises(RunCancelledError) as caught:
        handle.result(5)
    assert [node.id for node in handle.abandoned] == ["n0"]
    assert caught.value.__notes__ == [f"still running in threads, which cannot be stopped: `{blocked.name}` (n0)"]


def test_a_failure_stops_the_others_at_once() -> None:
    @task
    async def fails_later(n: int) -> int:
        await asyncio.sleep(0.02)
        raise ValueError("first")

    @workflow
    def racing(n: int) -> int:
        blocked_async(n=n)
        return fails_later(n=n)

    handle = run(racing, {"n": 1})
    with pytest.raises(ValueError, match="first"):
        handle.result(5)
    assert phases(handle) == {"n0": "aborted", "n1": "failed"}
    error = handle.nodes[0].error
    assert error is not None
    assert (error.code, error.kind.name) == ("NodeAborted", "UNKNOWN")


def test_waiting_has_an_end_and_the_run_goes_on() -> None:
    handle = run(blocked, {"n": 4})
    with pytest.raises(TimeoutError, match=f"the run {handle.id} has not ended after 0.01 s"):
        handle.result(0.01)
    assert not handle.wait(0)
    GATE.set()
    assert handle.result(5) == 4


def test_ctrl_c_in_a_task_ends_the_run_and_reaches_the_caller() -> None:
    @task
    def interrupted(n: int) -> int:
        raise KeyboardInterrupt

    @workflow
    def chained(n: int) -> int:
        return increment(n=interrupted(n=n))

    with pytest.raises(KeyboardInterrupt):
        chained(n=1)
    handle = run(chained, {"n": 1})
    with pytest.raises(KeyboardInterrupt):
        handle.result(5)
    assert handle.phase is Phase.ABORTED


# --- gates ------------------------------------------------------------------------------------------------------------


@workflow
def asking(n: int) -> int:
    return increment(n=wait_for_input("how many", timedelta(seconds=20), expected_type=int))


def test_a_gate_waits_for_its_answer() -> None:
    handle = run(asking, {"n": 1})
    while not any("waits" in event.message for event in handle._scheduler.events):
        time.sleep(0.001)
    with pytest.raises(ConversionError, match="`how many`: expected `int`, got `str` 'x' - at `o0`"):
        handle.answer("how many", "x")
    with pytest.raises(RunError) as caught:
        handle.answer("who", 1)
    assert str(caught.value) == f"the run {handle.id} does not wait at a gate `who`; it waits at `how many`"
    handle.answer("how many", 4)
    assert handle.result(5) == 5
    with pytest.raises(RunError, match="it waits at none"):
        handle.answer("how many", 4)


def test_a_callback_answers_and_is_told_what_it_is_asked() -> None:
    asked: list[Any] = []

    @workflow
    def approving(n: int) -> int:
        return approve(increment(n=n), "fine")

    def answer(gate: Any) -> bool:
        asked.append((gate.name, gate.kind, gate.annotation, gate.value, gate.node.id))
        return bool(gate.value == 2)

    assert run(approving, {"n": 1}, on_gate=answer).result(5) == 2
    refused = run(approving, {"n": 5}, on_gate=answer)
    with pytest.raises(RunError, match="`fine` was not approved"):
        refused.result(5)
    assert refused.error is not None
    assert refused.error.code == "ApprovalRejected"
    assert asked == [("fine", "approve", int, 2, "n1"), ("fine", "approve", int, 6, "n1")]


def test_a_gate_is_answered_by_an_async_def() -> None:
    @workflow
    def approving(n: int) -> int:
        return approve(increment(n=n), "fine")

    async def answer(gate: Any) -> bool:
        await asyncio.sleep(0)
        return bool(gate.value < 5)

    assert run(approving, {"n": 1}, on_gate=answer).result(5) == 2


def test_nobody_answers_in_time() -> None:
    @workflow
    def impatient() -> int:
        return wait_for_input("now", timedelta(seconds=0.05), expected_type=int)

    handle = run(impatient)
    with pytest.raises(TimeoutError, match=r"nobody has answered `now` after 0\.05 s, its timeout"):
        handle.result(5)
    assert handle.error is not None
    assert handle.error.code == "RetriesExhausted|TimeoutExpired"


def test_a_sleep_holds_no_thread_and_orders() -> None:
    @workflow
    def naps() -> int:
        first = sleep(timedelta(seconds=0.05))
        second = increment(n=1)
        first >> node_of(second)
        return second

    handle = run(naps, max_parallelism=1)
    assert handle.result(5) == 2
    assert phases(handle) == {"n0": "succeeded", "n1": "succeeded"}


# --- from an event loop -----------------------------------------------------------------------------------------------


def test_the_async_twins_do_not_block_the_loop() -> None:
    async def main() -> tuple[Any, ...]:
        handle = run(blocked, {"n": 3})
        while not STARTED.is_set():
            await asyncio.sleep(0.001)
        assert await handle.wait_async(0.001) is False
        with pytest.raises(TimeoutError, match=r"^the run f\w+ has not ended after 0.001 s$"):
            await handle.result_async(0.001)
        GATE.set()  # which this loop could not do while it is blocked
        assert await handle.wait_async() is True
        events = [event.phase.value async for event in handle.events_async()]
        return await handle.result_async(), await handle.outputs_async(), events

    assert asyncio.run(main()) == (3, {"o0": 3}, ["running", "running", "succeeded", "succeeded"])


def test_a_plain_call_works_under_a_running_loop() -> None:
    async def main() -> int:
        return chain(n=1)

    assert asyncio.run(main()) == 2


def test_aio_runs_anything_and_cancelling_it_stops_the_run() -> None:
    async def main() -> tuple[int, int, list[int | None]]:
        doing = asyncio.ensure_future(blocked_async.aio(n=1))
        while not STARTED.is_set():
            await asyncio.sleep(0.001)
        doing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doing
        while not CALLS:
            await asyncio.sleep(0.001)
        return await increment.aio(n=1), await chain.aio(n=2), await map_task(increment).aio(n=[1])

    assert asyncio.run(main()) == (2, 3, [2])
    assert CALLS == ["cancelled"]


def test_a_task_that_runs_a_workflow_with_async_tasks_does_not_wait_for_itself() -> None:
    @task
    async def doubled(n: int) -> int:
        await asyncio.sleep(0)
        return 2 * n

    @workflow
    def inner(n: int) -> int:
        return doubled(n=n)

    @task
    async def outer(n: int) -> int:
        return inner(n=n) + 1  # blocks the loop that awaits it

    @workflow
    def outermost(n: int) -> int:
        return outer(n=n)

    assert outermost(n=4) == 9


# --- eager ------------------------------------------------------------------------------------------------------------


def test_an_eager_run_has_a_graph_afterwards() -> None:
    @eager
    async def inner(n: int) -> int:
        return await increment(n=n)  # type: ignore[no-any-return]

    @eager
    async def outer(n: int) -> int:
        one, two = await asyncio.gather(increment(n=n), inner(n=n))  # type: ignore[call-overload]
        return one + two  # type: ignore[no-any-return]

    handle = run(outer, {"n": 1})
    assert handle.result(5) == 4
    told = {node.id: (node.kind, node.phase.value, node.parent.id if node.parent else None) for node in handle.nodes}
    assert told == {
        "n0": ("eager", "succeeded", None),
        "n0-0-n0": ("task", "succeeded", "n0"),
        "n0-0-n1": ("eager", "succeeded", "n0"),
        "n0-0-n1-0-n0": ("task", "succeeded", "n0-0-n1"),
    }
    for node in handle.nodes:
        assert node.inputs == increment.interface.input_literals({"n": 1})
        assert node.started is not None
        assert node.ended is not None
        assert node.started <= node.ended


def test_what_is_not_awaited_is_cancelled_with_a_warning_and_recorded_so() -> None:
    @eager
    async def forgetful(n: int) -> int:
        blocked_async(n=n)
        return n

    def ended() -> Run:
        handle = run(forgetful, {"n": 1})
        handle.wait(5)
        return handle

    with pytest.warns(RuntimeWarning) as caught:
        handle = ended()
    assert handle.result() == 1
    assert [str(each.message) for each in caught] == [
        "`blocked_async` was called in the eager task `forgetful` and not awaited: it was cancelled"
    ]
    assert phases(handle) == {"n0": "succeeded", "n0-0-n0": "aborted"}


def test_a_call_that_was_not_awaited_is_no_argument() -> None:
    @eager
    async def mistaken(n: int) -> int:
        return await increment(n=increment(n=n))  # type: ignore[no-any-return]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(CallError) as caught:
            asyncio.run(mistaken(n=1))
    assert str(caught.value) == (
        "`increment` got a call of `increment` as its `n`: await it first, `n=await increment(...)`"
    )


def test_a_call_from_another_thread_is_refused() -> None:
    @eager
    async def threaded(n: int) -> int:
        return await asyncio.to_thread(lambda: increment(n=n))

    with pytest.raises(RuntimeError, match="is called in a thread of its own inside of the eager task `threaded`"):
        asyncio.run(threaded(n=1))


# --- what is left behind ----------------------------------------------------------------------------------------------


def test_a_plain_call_keeps_nothing() -> None:
    class Big:
        """Something that can be referred to weakly."""

    seen: list[weakref.ref[Big]] = []

    @task
    def makes(n: int) -> int:
        big = Big()
        seen.append(weakref.ref(big))
        return n

    @workflow
    def made(n: int) -> int:
        return makes(n=makes(n=n))

    made(n=1)
    gc.collect()
    assert [each() for each in seen] == [None, None]


def test_threads_end_when_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flytetypes.executors._threads._IDLE_SECONDS", 0.01)
    others = set(threading.enumerate())
    threads = Threads()
    done: list[int] = []
    for number in range(50):
        threads.submit(lambda number=number: number, done.append)
    before = time.monotonic()
    while len(done) < 50 or set(threading.enumerate()) - others:
        assert time.monotonic() - before < 10
        time.sleep(0.005)
    assert sorted(done) == list(range(50))


def test_work_that_waits_gets_threads_of_its_own() -> None:
    threads = Threads()
    everybody = threading.Barrier(20)
    done = threading.Semaphore(0)
    for _ in range(20):
        threads.submit(lambda: everybody.wait(10), lambda _: done.release())
    for _ in range(20):
        assert done.acquire(timeout=10)
