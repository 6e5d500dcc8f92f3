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
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from flytetypes.authoring import Attempt
from flytetypes.errors import WorkflowWarning
from flytetypes.executors import Executor, Failure, Phase, Run, ThreadExecutor, run
from flytetypes.interface import join_literals, split_literals
from flytetypes.testing._marks import end, marks_in, wait_for
from flytetypes.testing._scenarios import Done, Scenario, check_error, examine, examine_records
from flytetypes.testing._table import SCENARIOS
from flytetypes.testing.scenarios import failures, graphs, values

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

    def test_two_runs_overlap(self, executor: Executor | None, tmp_path: Path) -> None:
        both = [run(graphs.one_meets, {"folder": str(tmp_path)}, executor=executor) for _ in range(2)]
        try:
            assert [each.result(PATIENCE_SECONDS) for each in both] == ["subworkflows", "subworkflows"]
        finally:
            end(tmp_path)
        assert both[0].id != both[1].id

    # --- the executor itself, without a scheduler ---------------------------------------------------------------------

    @pytest.fixture
    def bare(self, executor: Executor | None) -> Executor:
        return ThreadExecutor() if executor is None else executor

    @staticmethod
    def _submitted(bare: Executor, task: Any, begun: Callable[[], object], **arguments: Any) -> Future[bytes]:
        inputs = join_literals(task.interface.input_literals(arguments))
        return bare.submit(task, inputs, Attempt("fscenario", "n0"), begun)

    def test_an_attempt_gives_its_outputs(self, bare: Executor) -> None:
        future = self._submitted(bare, values.sized, lambda: None, n=2, text="ab")
        outputs = split_literals(future.result(PATIENCE_SECONDS))
        assert values.sized.interface.result_from(outputs) == values.Sized(2, "abab")

    def test_an_attempt_says_once_that_it_has_begun(self, bare: Executor) -> None:
        begun: list[int] = []
        self._submitted(bare, values.add, lambda: begun.append(1), a=1).result(PATIENCE_SECONDS)
        assert begun == [1]

    @pytest.mark.parametrize(
        ("task", "recoverable", "code"),
        [
            (failures.raises, False, "USER:RuntimeError"),
            (failures.no_retries, True, "USER:Recoverable"),
            (failures.exits_twice, True, "Interrupted"),
        ],
        ids=["an error", "a recoverable one", "an exit"],
    )
    def test_an_attempt_that_fails_raises_a_failure(
        self, bare: Executor, tmp_path: Path, task: Any, recoverable: bool, code: str
    ) -> None:
        given = {"folder": str(tmp_path), "message": "oh no"}
        arguments = {name: given[name] for name in task.interface.inputs}
        with pytest.raises(Failure) as caught:
            self._submitted(bare, task, lambda: None, **arguments).result(PATIENCE_SECONDS)
        assert (caught.value.code, caught.value.recoverable) == (code, recoverable)
        assert len(marks_in(tmp_path)) == 1, "it does not try again by itself"

    def test_a_stopped_attempt_gives_nothing(self, bare: Executor, tmp_path: Path) -> None:
        future = self._submitted(bare, failures.waits, lambda: None, folder=str(tmp_path))
        wait_for(str(tmp_path), "waits")
        is_stopped = bare.stop(future)
        assert is_stopped or "processes" not in self.has
        assert not future.done() or future.cancelled() or future.exception() is not None
        end(tmp_path)

    # --- a scenario ---------------------------------------------------------------------------------------------------

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
