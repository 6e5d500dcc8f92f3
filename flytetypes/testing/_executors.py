# ruff: noqa: S101 - the asserts are what this module is for
"""What every executor has to do, as tests: a table of scenarios, each run on it by our scheduler.

@pytest.fixture(scope="module")
def mine() -> Iterator[MyExecutor]:
    executor = MyExecutor()
    yield executor
    executor.close()

class TestMine(ExecutorSuite):
    @pytest.fixture
    def executor(self, mine: MyExecutor) -> Executor:
        return mine
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from flytetypes.errors import WorkflowWarning
from flytetypes.executors import Executor, Phase, Run, run
from flytetypes.testing._marks import end, marks_in
from flytetypes.testing._scenarios import Done, Scenario, check_error, examine, examine_records
from flytetypes.testing._table import SCENARIOS

PATIENCE_SECONDS: Final = 60.0
BACKOFF_SECONDS: Final = 0.001


class ExecutorSuite:
    """Tests for an executor; subclass it in a test file, under a name that begins with `Test`.

    The fixture `executor` gives it; None is the executor of a plain `run`. At least four attempts run on it at the same
    time, and it finds the tasks of modules that can be imported.

    Attributes:
        has: What it has that not all have: `processes`, where tasks run in processes of their own, which may be killed.
        scenarios: Further ones, with tasks that it finds.
        known_failures: Why a scenario fails on it, by the name of that; it has to fail then.
    """

    has: ClassVar[Sequence[str]] = ()
    scenarios: ClassVar[Sequence[Scenario]] = ()
    known_failures: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture
    def executor(self) -> Executor | None:
        """The executor to test."""
        raise NotImplementedError(f"give {type(self).__name__} a fixture `executor`")

    def start(self, scenario: Scenario, executor: Executor | None, inputs: Mapping[str, Any]) -> Run:
        """Start the run of a scenario."""
        answers = scenario.answers
        options = {"backoff_seconds": BACKOFF_SECONDS, **scenario.options}
        if answers is not None:
            options["on_gate"] = lambda gate: answers[gate.name]
        return run(scenario.entity, inputs, executor=executor, **options)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "scenario" not in metafunc.fixturenames:
            return
        rows = []
        unknown = set(self.known_failures)
        for scenario in (*SCENARIOS, *self.scenarios):
            marks = []
            missing = [each for each in scenario.needs if each not in self.has]
            if missing:
                marks.append(pytest.mark.skip(reason=f"it has no {', '.join(missing)}"))
            elif scenario.name in self.known_failures:
                marks.append(pytest.mark.xfail(strict=True, reason=self.known_failures[scenario.name]))
            unknown.discard(scenario.name)
            rows.append(pytest.param(scenario, id=scenario.name, marks=marks))
        if unknown:
            raise pytest.UsageError(f"{type(self).__name__} names scenarios that there are not: {sorted(unknown)}")
        metafunc.parametrize("scenario", rows)

    def test_it_runs(
        self, scenario: Scenario, executor: Executor | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in scenario.environment.items():
            monkeypatch.setenv(name, value)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.simplefilter("ignore", WorkflowWarning)  # told when something is compiled, and then no more
            try:
                self._run(scenario, executor, tmp_path)
            finally:
                end(tmp_path)
        told = sorted(str(each.message).partition("\n")[0] for each in caught)
        assert told == sorted(scenario.warns)

    def _run(self, scenario: Scenario, executor: Executor | None, folder: Path) -> None:
        fails = scenario.fails
        inputs = scenario.arguments(folder)
        if fails is not None and fails.code is None:
            with pytest.raises(fails.error) as refusal:
                self.start(scenario, executor, inputs)
            check_error(fails, refusal.value)
            assert marks_in(folder) == (scenario.marks or {})
            return
        handle = self.start(scenario, executor, inputs)
        try:
            if scenario.drive is not None:
                scenario.drive(handle, folder)
            assert handle.wait(PATIENCE_SECONDS), f"it has not ended: {handle.nodes}"
        except BaseException:
            handle.cancel()
            raise
        result = error = None
        try:
            result = handle.result()
        except BaseException as raised:  # noqa: BLE001 - compared below
            error = raised
        examine(scenario, Done(handle, folder, result, error))
        examine_records(handle)
        assert handle.phase in (Phase.SUCCEEDED, Phase.FAILED, Phase.ABORTED)
