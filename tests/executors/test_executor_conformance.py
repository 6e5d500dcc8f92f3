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


class TestThreads(ExecutorSuite):
    @pytest.fixture
    def executor(self) -> None:
        return None


@pytest.mark.interop  # with `make interop`, for its time
class TestProcesses(ExecutorSuite):
    has: ClassVar = ("processes",)

    @pytest.fixture
    def executor(self, processes: ProcessExecutor) -> ProcessExecutor:
        return processes


# --- plain calls ------------------------------------------------------------------------------------------------------


def is_for_plain_calls(scenario: Scenario) -> bool:
    """Whether nobody has to speak with the run, and its records say nothing that the result does not."""
    return (
        scenario not in gates.SCENARIOS  # without a terminal nobody answers
        and isinstance(scenario.entity, (WorkflowEntity, LaunchPlan))
        and not (scenario.needs or scenario.options or scenario.drive or scenario.warns)
        and (scenario.fails is not None or scenario.gives is not ANYTHING)
    )


FOR_PLAIN_CALLS = [scenario for scenario in SCENARIOS if is_for_plain_calls(scenario)]


def called(scenario: Scenario, inputs: dict[str, Any]) -> Any:
    return scenario.entity(**inputs)


def awaited(scenario: Scenario, inputs: dict[str, Any]) -> Any:
    return asyncio.run(scenario.entity.aio(**inputs))


@pytest.mark.interop  # with `make interop`, for their time
@pytest.mark.parametrize("call", [called, awaited])
@pytest.mark.parametrize("scenario", FOR_PLAIN_CALLS, ids=lambda scenario: scenario.name)
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
    assert len(names) >= 400  # docs/extending.md says so


def test_most_scenarios_are_for_every_executor() -> None:
    assert sum(1 for scenario in SCENARIOS if not scenario.needs) >= 390
