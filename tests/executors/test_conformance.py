"""Our executors do what every executor has to do; and so does a plain call of a workflow."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from flytetypes import LaunchPlan, WorkflowWarning
from flytetypes.authoring import WorkflowEntity
from flytetypes.executors import ProcessExecutor
from flytetypes.testing import ExecutorSuite, Scenario
from flytetypes.testing._marks import end, marks_in
from flytetypes.testing._scenarios import ANYTHING, check_error, check_result
from flytetypes.testing._table import SCENARIOS
from flytetypes.testing.scenarios import gates


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessExecutor]:
    executor = ProcessExecutor(4)
    yield executor
    executor.close()


# What is known to be wrong, by the number of the finding.
NO_CHECKPOINTS = dict.fromkeys(
    [
        "a checkpoint of the attempt before",
        "there is no checkpoint at first",
        "a directory as a checkpoint",
        "a file as a checkpoint",
        "a checkpoint is that of the attempt before, and no older one",
        "a task does not see the checkpoints of another",
        "a checkpoint outlives an attempt that exits",
    ],
    "F8: a run has no checkpoints yet",
)
IN_THREADS = {
    "an exception whose text fails": "F12: it is told as an error of the system",
    "an exception that is no Exception": "F11: it is taken for Ctrl-C",
    "a cancellation that an eager task lets through": "F10: it is told as if somebody had stopped it",
    "a cancellation that an async task lets through": "F10",
}
IN_PROCESSES = {"a cancellation that an eager task lets through": "F10"}


class TestThreads(ExecutorSuite):
    known_failures: ClassVar = {**NO_CHECKPOINTS, **IN_THREADS}

    @pytest.fixture
    def executor(self) -> None:
        return None


class TestProcesses(ExecutorSuite):
    has: ClassVar = ("processes",)
    known_failures: ClassVar = {**NO_CHECKPOINTS, **IN_PROCESSES}

    @pytest.fixture
    def executor(self, processes: ProcessExecutor) -> ProcessExecutor:
        return processes


# --- plain calls ------------------------------------------------------------------------------------------------------


def is_for_plain_calls(scenario: Scenario) -> bool:
    """Whether nobody has to speak with the run, and its records say nothing that the result does not."""
    return (
        scenario not in gates.SCENARIOS
        and scenario.name not in NO_CHECKPOINTS
        and isinstance(scenario.entity, (WorkflowEntity, LaunchPlan))
        and not (scenario.needs or scenario.options or scenario.drive or scenario.warns)
        and (scenario.fails is not None or scenario.gives is not ANYTHING)
    )


FOR_PLAIN_CALLS = [scenario for scenario in SCENARIOS if is_for_plain_calls(scenario)]


def called(scenario: Scenario, inputs: dict[str, Any]) -> Any:
    return scenario.entity(**inputs)


def awaited(scenario: Scenario, inputs: dict[str, Any]) -> Any:
    return asyncio.run(scenario.entity.aio(**inputs))


def rows() -> Iterator[Any]:
    for scenario in FOR_PLAIN_CALLS:
        for call in (called, awaited):
            # F13: the only task that runs is run by the thread of the caller, which is then not there for the timeout.
            is_late = scenario.name == "a subworkflow that takes too long is stopped" and call is called
            marks = [pytest.mark.xfail(run=False, reason="F13: it waits for the task")] if is_late else []
            yield pytest.param(scenario, call, marks=marks, id=f"{scenario.name}-{call.__name__}")


@pytest.mark.parametrize(("scenario", "call"), list(rows()))
def test_a_plain_call_gives_and_raises_the_same(scenario: Scenario, call: Any, tmp_path: Path) -> None:
    error: BaseException | None = None
    result: Any = None
    began = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WorkflowWarning)
        try:
            result = call(scenario, scenario.arguments(tmp_path))
        except Exception as raised:  # noqa: BLE001 - compared below
            error = raised
        finally:
            end(tmp_path)
    assert time.monotonic() - began < 15, "it waited for a task that was to be stopped"
    if scenario.fails is not None:
        check_error(scenario.fails, error)
    elif error is not None:
        raise error
    else:
        check_result(scenario, result)
    if scenario.marks is not None:
        assert marks_in(tmp_path) == dict(scenario.marks)


def test_the_names_of_scenarios_are_unique() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(names) == len(set(names))
    assert len(names) >= 400


def test_most_scenarios_are_for_every_executor() -> None:
    assert sum(1 for scenario in SCENARIOS if not scenario.needs) >= 390
