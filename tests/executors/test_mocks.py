"""Mocks of what a workflow calls, strict mode, and the fixture that isolates the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import pytest

from flytetypes import (
    ContainerTask,
    ConversionError,
    FlyteFile,
    LaunchPlan,
    OptionError,
    ProcessExecutor,
    ShellTask,
    Workflow,
    current_context,
    dynamic,
    eager,
    kwtypes,
    map_task,
    reference_launch_plan,
    reference_task,
    run,
    task,
    workflow,
)
from flytetypes.interface import default_engine
from flytetypes.testing import UnmockedError, patch, strict, task_mock

pytest_plugins = ["flytetypes.testing.plugin"]


@pytest.fixture(autouse=True)
def _plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LaunchPlan, "CACHE", {})


class Pair(NamedTuple):
    first: int
    second: str


@task
def fetch(source: str) -> list[int]:
    raise AssertionError("this is the real one")


@task
def total(values: list[int]) -> int:
    return sum(values)


@task
async def fetch_async(source: str) -> list[int]:
    raise AssertionError("this is the real one")


@task(timeout=timedelta(seconds=30))
def limited(source: str) -> list[int]:
    raise AssertionError("this is the real one")


@task
def pair(n: int) -> Pair:
    return Pair(n, str(n))


@task
def notify(text: str) -> None:
    raise AssertionError("this is the real one")


@workflow
def notified(text: str) -> None:
    notify(text=text)


@workflow
def counted(source: str) -> int:
    return total(values=fetch(source=source))


@workflow
def outer(source: str) -> int:
    return counted(source=source)


@reference_task(project="p", domain="d", name="far.task", version="v1")
def far(n: int) -> int: ...  # type: ignore[empty-body]


@reference_launch_plan(project="p", domain="d", name="far.plan", version="v1")
def far_plan(n: int) -> int: ...  # type: ignore[empty-body]


script = ShellTask(name="script", script="false", inputs=kwtypes(n=int))
container = ContainerTask(name="box", image="alpine", command=["true"], inputs=kwtypes(n=int), outputs=kwtypes(m=int))


def test_a_mocked_task_gives_what_the_mock_returns() -> None:
    with task_mock(fetch) as mock:
        mock.return_value = [1, 2, 3]
        assert fetch(source="x") == [1, 2, 3]
        assert counted(source="y") == 6
    assert [call.kwargs for call in mock.call_args_list] == [{"source": "x"}, {"source": "y"}]
    with pytest.raises(AssertionError, match="the real one"):
        fetch(source="x")


def test_what_a_mock_returns_is_converted_as_the_result_would_be() -> None:
    with task_mock(fetch) as mock:
        mock.return_value = ["one"]
        with pytest.raises(ConversionError) as caught:
            counted(source="x")
    assert str(caught.value) == "`fetch`: expected `int`, got `str` 'one' - at `o0[0]`"


def test_of_two_mocks_the_inner_one_is_called() -> None:
    with task_mock(fetch) as outer_mock, task_mock(fetch) as inner_mock:
        inner_mock.return_value = [4]
        assert counted(source="x") == 4
    inner_mock.assert_called_once_with(source="x")
    outer_mock.assert_not_called()


def test_a_mock_may_raise() -> None:
    with task_mock(fetch) as mock:
        mock.side_effect = KeyError("gone")
        with pytest.raises(KeyError):
            counted(source="x")


@pytest.mark.parametrize("target", [notify, notified], ids=["task", "workflow"])
def test_a_mock_of_what_has_no_outputs_gives_none(target: Any) -> None:
    with task_mock(target) as mock:
        assert notified(text="x") is None
    mock.assert_called_once_with(text="x")


def test_what_a_mock_gives_in_place_of_no_outputs_is_still_checked() -> None:
    with task_mock(notify) as mock:
        mock.return_value = 3
        with pytest.raises(ConversionError) as caught:
            notify(text="x")
    assert str(caught.value) == "`notify`: expected `None`, got `int` 3 (no output is declared) - at `return`"


def test_a_mocked_failure_handler_does_not_fail() -> None:
    @workflow(on_failure=notify)
    def fails(text: str) -> list[int]:
        return fetch(source=text)

    with task_mock(fetch) as broken, task_mock(notify) as mock:
        broken.side_effect = KeyError("gone")
        with pytest.raises(KeyError) as caught:
            fails(text="x")
    mock.assert_called_once_with(text="x")
    assert not [note for note in caught.value.__notes__ if "failure handler" in note]


_UNSET = "got a mock that does not know what to give (set `mock.return_value` or `mock.side_effect`) - at `return`"


@pytest.mark.parametrize(
    ("target", "inputs", "expected"),
    [
        (fetch, {"source": "x"}, "o0: list[int]"),
        (fetch_async, {"source": "x"}, "o0: list[int]"),
        (pair, {"n": 1}, "first: int, second: str"),
        (far, {"n": 1}, "o0: int"),
        (counted, {"source": "x"}, "o0: int"),
    ],
    ids=["task", "async", "pair", "reference", "workflow"],
)
def test_a_mock_that_was_told_nothing_says_what_to_set(target: Any, inputs: dict[str, Any], expected: str) -> None:
    with task_mock(target), pytest.raises(ConversionError) as caught:
        run(target, inputs).result()
    assert str(caught.value) == f"`{target.interface.name}`: expected `{expected}`, {_UNSET}"


def test_what_a_mocked_workflow_raises_names_the_place_of_the_workflow() -> None:
    plan = LaunchPlan.get_or_create(counted, "plan_of_the_place")
    line = counted.function.__code__.co_firstlineno
    for target in (counted, plan):
        with task_mock(target) as mock:
            mock.side_effect = KeyError("gone")
            with pytest.raises(KeyError) as caught:
                target(source="x")
        assert caught.value.__notes__ == [
            "with source='x'",
            f"in node n0 of workflow `{counted.name}`, called at test_mocks.py:{line}",
        ]


def test_named_outputs_are_those_of_the_mock() -> None:
    with task_mock(pair) as mock:
        mock.return_value = Pair(7, "seven")
        assert pair(n=1).second == "seven"


def test_an_async_task_is_mocked_by_a_plain_mock() -> None:
    @workflow
    def awaits(source: str) -> int:
        return total(values=fetch_async(source=source))

    with task_mock(fetch_async) as mock:
        mock.return_value = [4, 5]
        assert awaits(source="x") == 9
        assert asyncio.run(fetch_async(source="x")) == [4, 5]


def test_a_task_with_a_timeout_is_mocked_here() -> None:
    with task_mock(limited) as mock:
        mock.return_value = [1]
        with pytest.warns(RuntimeWarning, match="cannot be stopped"):
            assert run(limited, {"source": "x"}).result() == [1]


def test_in_a_map_the_mock_is_called_for_each_element() -> None:
    with task_mock(total) as mock:
        mock.side_effect = lambda values: len(values)
        assert map_task(total)(values=[[5, 5], [5]]) == [2, 1]


def test_a_map_is_mocked_by_its_task() -> None:
    mapped = map_task(total)
    with pytest.raises(OptionError) as caught, task_mock(mapped):
        pass
    assert str(caught.value) == f"`{mapped.name}` is a map: mock the task inside of it, `{total.name}`"


def test_a_task_that_is_called_in_a_task_is_mocked_there_too() -> None:
    @task
    def calls_another(n: int) -> int:
        return n + total(values=[n])

    with task_mock(total) as mock:
        mock.return_value = 100
        assert calls_another(n=1) == 101


def test_in_a_task_a_positional_call_is_one_by_keywords_for_the_mock() -> None:
    @task
    def shifted(n: int, by: int = 2) -> int:
        return n + by

    @task
    def calls_another(n: int) -> int:
        return shifted(n)

    with task_mock(shifted) as mock:
        mock.return_value = 100
        assert calls_another(n=1) == 100
    mock.assert_called_once_with(n=1, by=2)


def test_in_a_task_a_call_with_wrong_arguments_fails_with_a_mock_too() -> None:
    @task
    def calls_another(n: int) -> int:
        return total(valuez=[n])  # type: ignore[call-arg]

    with task_mock(total) as mock, pytest.raises(TypeError) as caught:
        calls_another(n=1)
    assert str(caught.value) == "missing a required argument: 'values'"
    mock.assert_not_called()


def test_a_workflow_is_mocked_on_its_own_and_as_a_node() -> None:
    with task_mock(counted) as mock:
        mock.return_value = 42
        assert (counted(source="x"), outer(source="y")) == (42, 42)
    assert [call.kwargs for call in mock.call_args_list] == [{"source": "x"}, {"source": "y"}]


def test_an_imperative_workflow_is_mocked() -> None:
    built = Workflow("built")
    source = built.add_workflow_input("source", str)
    built.add_workflow_output("n", built.add_entity(counted, source=source).outputs["o0"])
    with task_mock(built) as mock:
        mock.return_value = 3
        assert built(source="x") == 3


def test_a_launch_plan_is_mocked_apart_from_its_workflow() -> None:
    plan = LaunchPlan.get_or_create(counted, "plan_of_counted", fixed_inputs={"source": "fixed"})

    @workflow
    def planned() -> int:
        return plan()

    with task_mock(plan) as mock:
        mock.return_value = 5
        assert (planned(), plan()) == (5, 5)
        mock.assert_called_with(source="fixed")
        with pytest.raises(AssertionError, match="the real one"):
            counted(source="x")


def test_dynamics_and_eager_tasks_are_mocked() -> None:
    @dynamic
    def grows(n: int) -> int:
        return total(values=[n])

    @eager
    async def awaits(n: int) -> int:
        return n

    @eager
    async def calls(n: int) -> int:
        return await awaits(n=n) + await grows(n=n)  # type: ignore[no-any-return]

    with task_mock(grows) as first, task_mock(awaits) as second:
        first.return_value, second.return_value = 10, 20
        assert asyncio.run(calls(n=1)) == 30


def test_references_are_mocked() -> None:
    @workflow
    def remote(n: int) -> int:
        return far_plan(n=far(n=n))

    with task_mock(far) as first, task_mock(far_plan) as second:
        first.side_effect = lambda n: n + 1
        second.side_effect = lambda n: n * 10
        assert remote(n=1) == 20


@patch(fetch)
@patch(total)
def test_patches_stack_from_below(mocked_total: MagicMock, mocked_fetch: MagicMock, tmp_path: Path) -> None:
    mocked_fetch.return_value = [1]
    mocked_total.return_value = 8
    assert counted(source="x") == 8
    assert tmp_path.is_dir()


@pytest.mark.parametrize("target", [script, container, far, far_plan], ids=lambda each: each.name)
def test_in_strict_mode_what_is_external_has_to_be_mocked(target: Any) -> None:
    with strict(), pytest.raises(UnmockedError) as caught:
        run(target, {"n": 1}).result()
    assert str(caught.value) == (
        f"`{target.interface.name}` is a {target.kind}, which is not mocked here: "
        "`with task_mock(it) as mock: mock.return_value = ...`"
    )


def test_in_strict_mode_functions_run_and_mocks_too() -> None:
    with strict(), task_mock(far) as mock:
        mock.return_value = 4
        assert total(values=[1, 2]) == 3
        assert run(far, {"n": 1}).result() == 4


def test_what_is_no_entity_is_refused() -> None:
    with pytest.raises(OptionError) as caught, task_mock(len):  # type: ignore[arg-type]
        pass
    assert str(caught.value) == (
        "`task_mock` takes a task, workflow, launch plan or reference; "
        "got `builtin_function_or_method` <built-in function len>"
    )


@task
def writes(text: str) -> FlyteFile:
    path = Path(current_context().working_directory, "note.txt")
    path.write_text(text, encoding="utf-8")
    return FlyteFile(path)


def test_the_store_of_a_test_is_its_own(isolated_store: Path) -> None:
    assert default_engine().prefix == f"{isolated_store}/"
    file = run(writes, {"text": "hello"}).result()
    assert Path(str(file.uri)).is_relative_to(isolated_store)


def test_a_patched_test_that_is_async_has_the_mock_while_it_runs() -> None:
    @patch(fetch)
    async def checks(mock: MagicMock) -> int:
        await asyncio.sleep(0)
        mock.return_value = [1, 2]
        return counted(source="x")

    assert asyncio.run(checks()) == 3


@pytest.fixture
@patch(fetch)
def mocked_fetch(mock: MagicMock, tmp_path: Path) -> Generator[MagicMock]:
    mock.return_value = [len(tmp_path.name)]
    yield mock
    assert fetch(source="at the end") == [len(tmp_path.name)]


def test_a_patched_fixture_has_the_mock_until_it_ends(mocked_fetch: MagicMock, tmp_path: Path) -> None:
    assert counted(source="x") == len(tmp_path.name)
    mocked_fetch.assert_called_once_with(source="x")


@patch(fetch)
def test_a_patched_test_hides_the_mock_of_its_fixture(mock: MagicMock, mocked_fetch: MagicMock) -> None:
    mock.return_value = [8]
    assert counted(source="x") == 8
    mocked_fetch.assert_not_called()


@pytest.mark.parametrize("n", [1, 2])
@patch(total)
@patch(fetch)
def test_a_patched_test_is_parametrized(mocked_fetch: MagicMock, mocked_total: MagicMock, n: int) -> None:
    mocked_fetch.return_value = []
    mocked_total.return_value = n
    assert counted(source="x") == n


def is_mocked() -> bool:
    try:
        return fetch(source="x") == [1]
    except AssertionError:
        return False


def test_a_patched_generator_has_the_mock_from_its_first_step_to_its_end() -> None:
    @patch(fetch)
    def steps(mock: MagicMock, first: str) -> Generator[str, str, str]:
        mock.return_value = [1]
        assert is_mocked()
        sent = yield first
        assert is_mocked()
        return sent

    generator = steps("first")
    assert not is_mocked()
    assert next(generator) == "first"
    assert is_mocked()
    with pytest.raises(StopIteration) as ended:
        generator.send("sent")
    assert ended.value.value == "sent"
    assert not is_mocked()


@patch(fetch)
def waits(mock: MagicMock, seen: list[tuple[str, bool]]) -> Generator[str]:
    mock.return_value = [1]
    try:
        yield "first"
    except KeyError:
        seen.append(("thrown", is_mocked()))
        yield "second"
    finally:
        seen.append(("ended", is_mocked()))


@patch(fetch)
async def waits_async(mock: MagicMock, seen: list[tuple[str, bool]]) -> AsyncGenerator[str, str]:
    mock.return_value = [1]
    try:
        seen.append(((yield "first"), is_mocked()))
        yield "after sent"
    except KeyError:
        seen.append(("thrown", is_mocked()))
        yield "second"
    finally:
        await asyncio.sleep(0)
        seen.append(("ended", is_mocked()))


def test_a_patched_generator_has_the_mock_when_it_is_closed() -> None:
    seen: list[tuple[str, bool]] = []
    generator = waits(seen)
    next(generator)
    generator.close()
    assert seen == [("ended", True)]
    assert not is_mocked()


def test_a_patched_generator_gets_what_is_thrown_in() -> None:
    seen: list[tuple[str, bool]] = []
    generator = waits(seen)
    next(generator)
    assert generator.throw(KeyError()) == "second"
    assert list(generator) == []
    assert seen == [("thrown", True), ("ended", True)]
    assert not is_mocked()


def test_a_patched_async_generator_has_the_mock_while_it_is_used() -> None:
    async def use() -> list[tuple[str, bool]]:
        seen: list[tuple[str, bool]] = []
        generator = waits_async(seen)
        assert await anext(generator) == "first"
        assert await generator.asend("sent") == "after sent"
        assert [each async for each in generator] == []
        return seen

    assert asyncio.run(use()) == [("sent", True), ("ended", True)]
    assert not is_mocked()


def test_a_patched_async_generator_has_the_mock_when_it_is_closed() -> None:
    async def use() -> list[tuple[str, bool]]:
        seen: list[tuple[str, bool]] = []
        generator = waits_async(seen)
        await anext(generator)
        await generator.aclose()
        return seen

    assert asyncio.run(use()) == [("ended", True)]
    assert not is_mocked()


def test_a_patched_async_generator_gets_what_is_thrown_in() -> None:
    async def use() -> list[tuple[str, bool]]:
        seen: list[tuple[str, bool]] = []
        generator = waits_async(seen)
        await anext(generator)
        assert await generator.athrow(KeyError()) == "second"
        with pytest.raises(ValueError, match="out"):
            await generator.athrow(ValueError("out"))
        return seen

    assert asyncio.run(use()) == [("thrown", True), ("ended", True)]
    assert not is_mocked()


def takes_nothing() -> None: ...


def takes_no_position(*, tmp_path: Path) -> None: ...


def takes_itself(self: object) -> None: ...


@pytest.mark.parametrize(
    ("test", "signature"),
    [
        (takes_nothing, "takes_nothing() -> 'None'"),
        (takes_no_position, "takes_no_position(*, tmp_path: 'Path') -> 'None'"),
        (takes_itself, "takes_itself(self: 'object') -> 'None'"),
    ],
)
def test_a_test_without_a_parameter_for_the_mock_is_refused(test: Callable[..., None], signature: str) -> None:
    with pytest.raises(OptionError) as caught:
        patch(fetch)(test)
    assert str(caught.value) == (f"`{signature}` has no parameter for the mock: `patch` gives it as the first argument")


def test_a_test_that_takes_any_arguments_gets_the_mocks() -> None:
    @patch(total)
    @patch(fetch)
    def names(*mocks: Any) -> list[str]:
        return [repr(mock) for mock in mocks]

    first, second = names()
    assert (fetch.name in first, total.name in second) == (True, True)


def test_what_is_mocked_stays_in_a_thread_when_processes_are_asked_for() -> None:
    executor = ProcessExecutor(1)
    with task_mock(fetch) as mock:
        mock.return_value = [1, 2]
        with pytest.warns(RuntimeWarning, match="runs in a thread of this process, where it cannot be stopped"):
            assert run(counted, {"source": "x"}, executor=executor).result(30) == 3
    executor.close()


class TestPatchedMethods:
    @patch(fetch)
    def test_a_method_gets_the_mock_behind_itself(self, mock: MagicMock) -> None:
        mock.return_value = [5]
        assert counted(source="x") == 5

    @patch(fetch)
    @staticmethod
    def test_a_static_method_gets_the_mock_alone(mock: MagicMock) -> None:
        mock.return_value = [5]
        assert counted(source="x") == 5

    @patch(fetch)
    @classmethod
    def test_a_class_method_gets_the_mock_behind_its_class(cls, mock: MagicMock) -> None:
        assert cls is TestPatchedMethods
        mock.return_value = [5]
        assert counted(source="x") == 5


class Inherited:
    def test_an_inherited_method_gets_the_mocks(self, mocked_fetch: MagicMock, mocked_total: MagicMock) -> None:
        mocked_fetch.return_value = []
        mocked_total.return_value = 6
        assert counted(source="x") == 6


@patch(total)
@patch(fetch)
class TestPatchedClass(Inherited):
    testing = "no method"

    def test_a_method_gets_the_mocks(self, first: MagicMock, second: MagicMock, tmp_path: Path) -> None:
        self.sets(first, second)
        assert counted(source=str(tmp_path)) == 7

    @staticmethod
    def test_a_static_method_does_too(first: MagicMock, second: MagicMock) -> None:
        TestPatchedClass.sets(first, second)
        assert counted(source="x") == 7

    @classmethod
    def test_a_class_method_does_too(cls, first: MagicMock, second: MagicMock) -> None:
        cls.sets(first, second)
        assert counted(source="x") == 7

    @staticmethod
    def sets(mocked_fetch: MagicMock, mocked_total: MagicMock) -> None:
        mocked_fetch.return_value = []
        mocked_total.return_value = 7


def test_a_patched_class_leaves_that_which_it_derives_from() -> None:
    assert not hasattr(Inherited.test_an_inherited_method_gets_the_mocks, "__wrapped__")


def test_an_async_side_effect_is_awaited() -> None:
    async def effect(source: str) -> list[int]:
        await asyncio.sleep(0)
        return [len(source)]

    with task_mock(fetch_async) as mock:
        mock.side_effect = effect
        assert run(fetch_async, {"source": "abc"}).result(10) == [3]
