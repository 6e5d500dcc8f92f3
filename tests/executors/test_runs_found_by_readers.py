"""What somebody found who had not seen the executor and tried to break it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import process_tasks
from flytetypes import (
    AttributePathError,
    CallError,
    EagerException,
    FlyteRecoverableException,
    LaunchPlan,
    OptionError,
    ProcessExecutor,
    RunCancelledError,
    TaskCancelledError,
    approve,
    conditional,
    current_context,
    dynamic,
    eager,
    map_task,
    reference_workflow,
    run,
    sleep,
    task,
    workflow,
)
from flytetypes.executors import Phase, ThreadExecutor
from flytetypes.executors._composites import fixed_inputs
from flytetypes.executors._threads import Threads
from flytetypes.storage import upload
from flytetypes.testing import task_mock

OPEN = threading.Event()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    OPEN.clear()
    monkeypatch.setattr(LaunchPlan, "CACHE", {})
    yield
    OPEN.set()


@task
def waits(n: int) -> int:
    OPEN.wait(10)
    return n


@task
def same(n: int) -> int:
    return n


@task
async def waits_async(n: int) -> int:
    await asyncio.sleep(0.05)
    return n


# --- places that are free ---------------------------------------------------------------------------------------------


def test_what_waits_behind_a_stopped_task_of_a_plan_begins() -> None:
    @eager
    async def cancels(n: int) -> int:
        first, second, third = (asyncio.ensure_future(waits_async(n=each)) for each in range(3))
        await asyncio.sleep(0.01)
        second.cancel()
        return (await first) + (await third)

    @workflow
    def inner() -> int:
        return cancels(n=0)

    plan = LaunchPlan.get_or_create(inner, "one_at_a_time", max_parallelism=1)

    @workflow
    def outer() -> int:
        return plan()

    assert run(outer).result(10) == 2


def test_a_map_over_what_takes_no_place_lets_others_begin() -> None:
    @workflow
    def naps(n: int) -> int:
        sleep(timedelta(seconds=0.01))
        return n

    plan = LaunchPlan.get_or_create(naps, "naps")

    @workflow
    def outer() -> tuple[list[int], int]:
        return map_task(plan, concurrency=1)(n=[1, 2]), same(n=same(n=same(n=3)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert tuple(run(outer, max_parallelism=1).result(10)) == ([1, 2], 3)


def test_a_place_that_a_full_plan_cannot_take_goes_to_others() -> None:
    @workflow
    def two_long() -> tuple[int, int]:
        return waits(n=1), waits(n=2)

    plan = LaunchPlan.get_or_create(two_long, "long", max_parallelism=1)

    @workflow
    def outer() -> tuple[int, int]:
        results = [same(n=n) for n in range(6)]
        return plan().o0, results[-1]  # type: ignore[attr-defined]

    handle = run(outer, max_parallelism=2)
    for event in handle.events():
        done = sum(node.phase is Phase.SUCCEEDED for node in handle.nodes if node.name.endswith("same"))
        if done == 6:
            OPEN.set()
        assert event.node is None or event.phase is not Phase.FAILED
    assert handle.result(1) == (1, 5)


# --- gates ------------------------------------------------------------------------------------------------------------


@workflow
def shipped(n: int) -> int:
    return approve(n, "ship")


def test_gates_of_one_name_are_answered_one_after_the_other() -> None:
    @workflow
    def twice() -> tuple[int, int]:
        return shipped(n=1), shipped(n=2)

    handle = run(twice)
    asked = 0
    for event in handle.events():
        if "waits for an answer" in event.message:
            asked += 1
            handle.answer("ship", True)
    assert (asked, tuple(handle.result(1))) == (2, (1, 2))


@pytest.mark.parametrize(("raised", "phase"), [(SystemExit(3), Phase.FAILED), (KeyboardInterrupt(), Phase.ABORTED)])
def test_whatever_a_callback_raises_ends_the_run(raised: BaseException, phase: Phase) -> None:
    def answer(gate: Any) -> bool:
        raise raised

    handle = run(shipped, {"n": 1}, on_gate=answer)
    with pytest.raises(type(raised)):
        handle.result(10)
    assert handle.phase is phase


@dataclass
class Exits:
    n: int

    def __post_init__(self) -> None:
        if isinstance(self.n, int) and self.n == 2:  # not the promise that it is made of at first
            raise SystemExit(4)


@task
def count_of(item: Exits) -> int:
    return item.n


def test_a_class_that_ends_the_program_ends_the_run() -> None:
    @workflow
    def made(n: int) -> int:
        return count_of(item=Exits(n=same(n=n)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert run(made, {"n": 1}).result(10) == 1
        with pytest.raises(SystemExit):
            run(made, {"n": 2}).result(10)


# --- eager ------------------------------------------------------------------------------------------------------------


def test_an_eager_task_that_goes_on_when_it_is_stopped_starts_nothing_more() -> None:
    started: list[int] = []
    tried = threading.Event()

    @task
    def starts(n: int) -> int:
        started.append(n)
        return n

    @eager
    async def stubborn(n: int) -> int:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            try:
                await starts(n=n)
            except RunCancelledError:
                tried.set()
        return n

    handle = run(stubborn, {"n": 1})
    while not handle.nodes or handle.nodes[0].phase is not Phase.RUNNING:
        pass
    threading.Event().wait(0.05)
    handle.cancel()
    with pytest.raises(RunCancelledError):
        handle.result(10)
    threading.Event().wait(0.1)
    assert started == []


def test_a_call_after_the_end_of_its_eager_task_is_refused() -> None:
    told: list[str] = []

    async def main() -> None:
        later: list[asyncio.Task[None]] = []

        async def calls() -> None:
            await asyncio.sleep(0.02)
            try:
                await same(n=1)
            except RuntimeError as error:
                told.append(str(error))

        @eager
        async def short(n: int) -> int:
            later.append(asyncio.create_task(calls()))
            return n

        await short(n=1)
        await later[0]

    asyncio.run(main())
    assert told == ["`same` is called after the eager task `short` has ended"]


def test_an_exception_keeps_what_its_class_has_in_slots() -> None:
    @task
    def opens(path: str) -> str:
        return Path(path).read_text()

    @eager
    async def reads(path: str) -> str:
        return await opens(path=path)  # type: ignore[no-any-return]

    with pytest.raises(FileNotFoundError) as caught:
        asyncio.run(reads(path="/nowhere/at/all"))
    assert isinstance(caught.value, EagerException)
    assert caught.value.filename == "/nowhere/at/all"
    assert str(caught.value) == "[Errno 2] No such file or directory: '/nowhere/at/all'"


def test_a_call_that_fails_by_a_cancellation_of_its_own_is_no_cancellation() -> None:
    @task
    async def child(n: int) -> int:
        waiting = asyncio.create_task(asyncio.sleep(10))
        waiting.cancel()
        await waiting
        return n

    @workflow
    def whole(n: int) -> int:
        return child(n=n)

    @eager
    async def grouped(n: int) -> int:
        async with asyncio.TaskGroup() as group:
            group.create_task(child(n=n))
        return n

    async def beside() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(whole.aio(n=1))

    told = "the task let `CancelledError` through, though nobody has stopped it"
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(grouped(n=1))
    (error,) = caught.value.exceptions
    assert isinstance(error, EagerException)
    assert isinstance(error, TaskCancelledError)
    assert str(error) == told
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(beside())
    (error,) = caught.value.exceptions
    assert type(error) is TaskCancelledError
    assert error.__notes__[0] == "with n=1"
    assert isinstance(error.__cause__, asyncio.CancelledError)


def test_what_an_eager_task_calls_after_its_run_has_ended_leaves_no_record() -> None:
    stopped, ended = threading.Event(), threading.Event()

    @eager
    async def goes_on(n: int) -> int:
        try:
            stopped.set()
            return await waits_async(n=n)
        except asyncio.CancelledError:
            with suppress(RunCancelledError):
                await waits_async(n=n)
            ended.set()
            raise

    handle = run(goes_on, {"n": 1})
    assert stopped.wait(10)
    handle.cancel()
    assert handle.wait(10)
    assert ended.wait(10)
    assert all(node.phase.is_terminal for node in handle.nodes)
    assert [node.name.rpartition(".")[2] for node in handle.nodes] in (["goes_on"], ["goes_on", "waits_async"])
    assert [event.node for event in handle.events()][-1] is None


def test_no_thread_is_left_of_eager_runs_that_are_cancelled_at_any_moment() -> None:
    @eager
    async def gathers(n: int) -> int:
        return sum(await asyncio.gather(*[waits_async(n=each) for each in range(n)]))

    for number in range(60):
        handle = run(gathers, {"n": 5})
        threading.Event().wait(number / 20_000)
        handle.cancel()
        handle.wait(10)
    for _ in range(200):
        if not [each for each in threading.enumerate() if each.name == "flytetypes-async"]:
            return
        threading.Event().wait(0.01)
    pytest.fail("a loop goes on")


# --- what begins in the moment in which another fails ------------------------------------------------------------------


CALLED: list[str] = []


@task
def effect(n: int) -> int:
    CALLED.append("effect")
    return n


@task
def clean(n: int) -> None:
    CALLED.append("clean")


@workflow
def effects(n: int) -> int:
    return effect(n=effect(n=n))


@workflow
def deeper(n: int) -> int:
    return effects(n=n)


@workflow
def mapped(ns: list[int]) -> list[int]:
    return map_task(effect)(n=ns)


@workflow(on_failure=clean)
def beside_a_subworkflow(n: int) -> int:
    effects(n=n)
    return conditional("none").if_(n > 100).then(same(n=n)).else_().fail("no")


@workflow(on_failure=clean)
def beside_a_deeper_one(n: int) -> int:
    deeper(n=n)
    return conditional("none").if_(n > 100).then(same(n=n)).else_().fail("no")


@workflow(on_failure=clean)
def beside_a_map(n: int) -> int:
    mapped(ns=[1, 2])
    return conditional("none").if_(n > 100).then(same(n=n)).else_().fail("no")


@workflow(on_failure=clean)
def beside_a_plan(n: int) -> int:
    LaunchPlan.create("effects of five", effects, fixed_inputs={"n": 5})()
    return conditional("none").if_(n > 100).then(same(n=n)).else_().fail("no")


@pytest.mark.parametrize(
    "entity", [beside_a_subworkflow, beside_a_deeper_one, beside_a_map, beside_a_plan], ids=lambda entity: entity.name
)
def test_nothing_inside_of_a_node_begins_after_another_has_failed(entity: Any) -> None:
    CALLED.clear()
    handle = run(entity, {"n": 1})
    assert handle.wait(10)
    assert handle.phase is Phase.FAILED
    threading.Event().wait(0.05)
    assert CALLED == ["clean"]
    assert handle.abandoned == []
    assert all(node.phase.is_terminal for node in handle.nodes)


def test_a_plan_that_was_stopped_while_its_fixed_inputs_were_converted_does_not_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = threading.Event()

    def slowly(plan: Any) -> Any:
        begun.set()
        OPEN.wait(10)
        return fixed_inputs(plan)

    monkeypatch.setattr("flytetypes.executors._scheduler.fixed_inputs", slowly)
    CALLED.clear()
    plan = LaunchPlan.create("slow effects", effects, fixed_inputs={"n": 5})

    @workflow
    def with_plan() -> int:
        return plan()

    handle = run(with_plan)
    assert begun.wait(10)
    handle.cancel()
    assert handle.wait(10)
    OPEN.set()
    threading.Event().wait(0.05)
    assert (CALLED, [node.phase for node in handle.nodes]) == ([], [Phase.ABORTED])


@pytest.mark.filterwarnings("ignore::flytetypes.WorkflowWarning")  # a constant that lies on this machine
def test_an_attempt_of_a_dynamic_that_was_stopped_while_its_constants_were_stored_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = threading.Event()

    def slowly(store: Any, sources: Any) -> None:
        if not OPEN.is_set():
            OPEN.wait(10)
            upload(store, sources)
            stored.set()

    @task
    def sees(frame: pd.DataFrame) -> int:
        CALLED.append("sees")
        return 0

    @dynamic(timeout=timedelta(seconds=0.05), retries=1)
    def second_time() -> int:
        if current_context().attempt_number == 0:
            return sees(frame=pd.DataFrame({"x": [1]}))
        return effect(n=1)

    monkeypatch.setattr("flytetypes.executors._composites.upload", slowly)
    CALLED.clear()
    handle = run(second_time, backoff_seconds=0)
    assert handle.result(10) == 1
    OPEN.set()
    assert stored.wait(10)
    threading.Event().wait(0.05)
    assert CALLED == ["effect"]
    assert [node.id for node in handle.nodes] == ["n0", "n0-1-dn0"]


def test_an_error_in_an_eager_task_names_the_call_and_the_attempt() -> None:
    @task(retries=1)
    def recovers(n: int) -> int:
        raise FlyteRecoverableException("no")

    @eager(retries=1)
    async def calls(n: int) -> int:
        return await recovers.aio(n=n)

    line = calls.function.__code__.co_firstlineno + 2
    notes = [
        f"in task `{recovers.name}`",
        "with n=1",
        f"in call n0-0-n0 of eager task `calls`, made at {Path(__file__).name}:{line}, attempt 2",
        f"in eager task `{calls.name}`",
        "with n=1",
    ]
    with pytest.raises(FlyteRecoverableException) as caught:
        run(calls, {"n": 1}, backoff_seconds=0).result(10)
    assert caught.value.__notes__ == notes


def test_a_call_that_is_left_by_a_gather_was_awaited() -> None:
    @task
    async def fails(n: int) -> int:
        raise LookupError(n)

    @eager
    async def gathers(n: int) -> int:
        try:
            await asyncio.gather(fails(n=n), waits_async(n=n))
        except LookupError:
            return -1
        return n

    assert asyncio.run(gathers(n=1)) == -1


def test_a_warning_of_a_call_that_was_not_awaited_stands_where_it_was_made() -> None:
    @eager
    async def forgets(n: int) -> int:
        waits_async(n=n)
        return n

    with pytest.warns(RuntimeWarning, match="`waits_async` was called in the eager task `forgets`") as caught:
        asyncio.run(forgets(n=1))
    (warning,) = caught
    assert (warning.filename, warning.lineno) == (__file__, forgets.function.__code__.co_firstlineno + 2)


@pytest.mark.filterwarnings("ignore:.* and not awaited:RuntimeWarning")
def test_a_call_inside_of_an_argument_says_that_it_is_to_be_awaited() -> None:
    @task
    def shown(word: Word) -> str:
        return word.text

    @task
    def joined(texts: list[str]) -> str:
        return ", ".join(texts)

    @eager
    async def mistaken(n: int) -> str:
        call = same.aio(n=n)
        for attempt in (lambda: round(call), lambda: divmod(call, 2), lambda: call << 1):  # type: ignore[call-overload, operator]
            with pytest.raises(CallError, match="the call of `same` has not been awaited"):
                attempt()
        with pytest.raises(CallError, match="`shown` got a call of `same` inside of its `word`: await it first"):
            await shown.aio(word=Word(call))  # type: ignore[arg-type]
        return await joined.aio(texts=["one", call])  # type: ignore[list-item]

    with pytest.raises(CallError) as caught:
        asyncio.run(mistaken(n=1))
    assert str(caught.value) == (
        "`joined` got a call of `same` inside of its `texts`: await it first, `await same(...)`"
    )


def test_an_exception_of_an_async_task_has_no_context_of_ours() -> None:
    with closing(ProcessExecutor(1)) as processes:
        handle = run(process_tasks.fails_async, {"n": 1}, executor=processes)
        with pytest.raises(ValueError, match="mine") as caught:
            handle.result(20)
    assert caught.value.__context__ is None


@pytest.mark.filterwarnings("ignore:.* and not awaited:RuntimeWarning")
@pytest.mark.parametrize("as_a_run", [False, True])
def test_a_call_is_no_result(as_a_run: bool) -> None:
    @eager
    async def one(n: int) -> int:
        return same.aio(n=n)  # type: ignore[return-value]

    @eager
    async def many(n: int) -> list[int]:
        return [same.aio(n=n), same.aio(n=n)]  # type: ignore[list-item]

    told: dict[Any, str] = {
        one: "the eager task `one` returned a call of `same`: return its result, `await same(...)`",
        many: "the eager task `many` returned a call of `same`: return its result, `await same(...)`",
    }
    for entity, message in told.items():
        with pytest.raises(CallError) as caught:
            run(entity, {"n": 1}).result(10) if as_a_run else asyncio.run(entity(n=1))
        assert str(caught.value) == message


# --- references -------------------------------------------------------------------------------------------------------


@reference_workflow("shop", "production", "far", "v1")
def far(n: int, m: int) -> int: ...  # type: ignore[empty-body]


def test_a_plan_of_a_reference_says_that_only_its_cluster_runs_it() -> None:
    plan = LaunchPlan.create("far away", far, fixed_inputs={"m": 2})
    told = "`far` of shop/production is a reference: only its cluster runs it"
    with pytest.raises(NotImplementedError) as caught:
        plan(n=1)
    assert str(caught.value) == told
    with pytest.raises(NotImplementedError) as caught:
        run(plan, {"n": 1}).result(10)
    assert str(caught.value) == told


def test_a_plan_of_a_reference_that_is_mocked_gives_what_the_mock_gives() -> None:
    plan = LaunchPlan.create("far away", far, fixed_inputs={"m": 2})
    with task_mock(far) as mock:
        mock.return_value = 3
        assert plan(n=1) == 3
    mock.assert_called_once_with(n=1, m=2)


# --- exceptions, processes, Ctrl-C ------------------------------------------------------------------------------------


@dataclass
class Word:
    text: str


@dataclass(frozen=True)
class Frozen(Exception):
    text: str


def test_the_working_directory_of_a_task_that_could_not_be_stopped_goes_with_the_program(tmp_path: Path) -> None:
    script = """
        import threading
        from pathlib import Path
        from flytetypes import current_context, run, task

        begun = threading.Event()

        @task
        def stays() -> None:
            Path(current_context().working_directory, "file").touch()
            begun.set()
            threading.Event().wait(60)

        handle = run(stays)
        begun.wait(10)
        handle.cancel()
        print(handle.wait(10), len(handle.abandoned))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("True 1\n", "")
    assert list(tmp_path.iterdir()) == []


class Coded(Exception):
    @property
    def error_code(self) -> str:
        raise LookupError("no code")


def test_a_code_that_cannot_be_read_is_none() -> None:
    @task
    def raises(n: int) -> int:
        raise Coded("mine")

    handle = run(raises, {"n": 1})
    with pytest.raises(Coded, match="mine"):
        handle.result(10)
    assert handle.error is not None
    assert handle.error.code == "USER:RuntimeError"
    assert len(handle.nodes[0].attempts) == 1


def test_a_task_that_has_raised_keyboard_interrupt_is_not_told_as_still_running() -> None:
    @task
    def interrupts(n: int) -> int:
        raise KeyboardInterrupt

    handle = run(interrupts, {"n": 1})
    with pytest.raises(KeyboardInterrupt) as caught:
        handle.result(10)
    assert handle.abandoned == []
    assert not hasattr(caught.value, "__notes__")


def test_an_exception_that_is_frozen_gets_its_notes() -> None:
    @task
    def raises(n: int) -> int:
        raise Frozen("no")

    with pytest.raises(Frozen) as caught:
        run(raises, {"n": 1}).result(10)
    assert caught.value.__notes__ == [f"in task `{raises.name}`", "with n=1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_that_was_forked_runs_workflows_too() -> None:
    script = """
        import os, warnings
        from flytetypes import task, workflow
        warnings.simplefilter("ignore")

        @task
        def same(n: int) -> int:
            return n

        @workflow
        def wide() -> tuple[int, int]:
            return same(n=1), same(n=2)

        assert tuple(wide()) == (1, 2)
        child = os.fork()
        if not child:
            os._exit(0 if tuple(wide()) == (1, 2) else 1)
        assert os.waitpid(child, 0)[1] == 0
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=30)


def test_ctrl_c_in_the_callers_thread_leaves_nothing_running() -> None:
    @task
    def interrupted(n: int) -> int:
        raise KeyboardInterrupt

    @workflow
    def alone(n: int) -> int:
        return interrupted(n=n)

    with pytest.raises(KeyboardInterrupt) as caught:
        alone(n=1)
    assert not [note for note in getattr(caught.value, "__notes__", ()) if "still running" in note]


@task
def forks(n: int) -> int:
    os.fork()  # and both come back
    return n


@task
def numbered(n: int) -> int:
    return n


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_task_that_comes_back_twice_answers_once() -> None:
    executor = ProcessExecutor(1)
    try:
        assert run(forks, {"n": 1}, executor=executor).result(30) == 1
        results = [run(numbered, {"n": n}, executor=executor).result(30) for n in range(20)]
    finally:
        executor.close()
    assert results == list(range(20))


def test_the_failure_handler_runs_too_when_an_output_cannot_be_made() -> None:
    handled: list[int] = []

    @task
    def handler(n: int) -> None:
        handled.append(n)

    @task
    def numbers(n: int) -> list[int]:
        return [n]

    @workflow(on_failure=handler)
    def beyond(n: int) -> int:
        return numbers(n=n)[3]

    with pytest.raises(AttributePathError):
        run(beyond, {"n": 5}).result(10)
    assert handled == [5]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"executor": "processes"}, "`executor` takes an executor, such as `ProcessExecutor()`; got `str` 'processes'"),
        ({"executor": ProcessExecutor}, "`executor` takes an executor, such as `ProcessExecutor()`; got `type`"),
        ({"on_gate": 3}, "`on_gate` takes a function; got `int` 3"),
        ({"backoff_seconds": -1}, "`backoff_seconds` is a number from 0 on; got `int` -1"),
        ({"backoff_seconds": float("nan")}, "`backoff_seconds` is a number from 0 on; got `float` nan"),
    ],
)
def test_options_with_wrong_values_are_refused_at_once(options: dict[str, Any], text: str) -> None:
    with pytest.raises(OptionError) as caught:
        run(same, {"n": 1}, **options)
    assert str(caught.value).startswith(text)


def test_inputs_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(OptionError, match="`inputs` takes values by name; got `list`"):
        run(same, [1])  # type: ignore[arg-type]


class Deaf(ThreadExecutor):
    """Somebody's executor, which cannot stop anything."""

    def stop(self, future: Any) -> bool:
        raise RuntimeError("no")


def test_an_executor_that_fails_to_stop_does_not_keep_the_run() -> None:
    class Foreign:
        def __init__(self) -> None:
            self.inner = Deaf()

        def submit(self, *args: Any) -> Any:
            return self.inner.submit(*args)

        def stop(self, future: Any) -> bool:
            return self.inner.stop(future)

        def close(self) -> None:
            self.inner.close()

    handle = run(waits, {"n": 1}, executor=Foreign())
    threading.Event().wait(0.02)
    handle.cancel()
    with pytest.raises(RunCancelledError):
        handle.result(10)
    assert [node.id for node in handle.abandoned] == ["n0"]


def test_threads_that_were_kept_from_starting_do_not_keep_work_waiting() -> None:
    threads = Threads()
    threads._coming = 3
    done = threading.Event()
    threads.submit(lambda: None, lambda _: done.set())
    assert done.wait(10)
