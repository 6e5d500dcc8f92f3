"""`flytetypes run`: what is shown while it runs, gates, and Ctrl-C."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from flytetypes import map_task, task, workflow
from flytetypes.cli._progress import LiveTable, duration_text, name_of
from flytetypes.executors import run
from projects import Project, project_in

FLOW = """
    import time
    from datetime import timedelta

    from flytetypes import (
        FlyteRecoverableException,
        WorkflowFailurePolicy,
        approve,
        current_context,
        task,
        wait_for_input,
        workflow,
    )

    @task
    def slow(x: int, wait: timedelta = timedelta(0)) -> int:
        print("task says", x)
        time.sleep(wait.total_seconds())
        return x

    @task(retries=1)
    def unsteady(x: int) -> int:
        if current_context().attempt_number == 0:
            raise FlyteRecoverableException("later")
        return x

    @task
    def failing(x: int) -> int:
        raise ValueError("no")
        return x

    @task
    def add(a: int, b: int) -> int:
        return a + b

    @workflow
    def steps(x: int) -> int:
        return failing(x=unsteady(x=slow(x=x)))

    @workflow
    def waiting(x: int, wait: timedelta) -> int:
        first = slow(x=x)
        return add(a=first, b=slow(x=first, wait=wait))

    @workflow
    def gate(x: int) -> int:
        return slow(x=approve(slow(x=x), "good"))

    @workflow
    def asked(x: int) -> int:
        return add(a=x, b=wait_for_input("how-many", expected_type=int))

    @workflow
    def short(x: int) -> int:
        return add(a=x, b=wait_for_input("how-many", timeout=timedelta(seconds=0.5), expected_type=int))

    @workflow
    def beside(x: int) -> int:
        failing(x=slow(x=x, wait=timedelta(seconds=0.5)))
        return approve(slow(x=x), "good")

    @workflow(failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
    def two_gates(x: int) -> int:
        wait_for_input("first", timeout=timedelta(seconds=1), expected_type=str)
        return approve(slow(x=x, wait=timedelta(seconds=0.5)), "good")
"""
COMMAND = [sys.executable, "-m", "flytetypes", "run"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("flow.py", FLOW)
    return made


def timeless(text: str) -> list[str]:
    """Lines without times, and ids of runs."""
    return [re.sub(r"\b(\d+:)*\d+(\.\d)? s\b", "T s", re.sub(r"^\w{20} ", "RUN ", line)) for line in text.splitlines()]


# --- lines ------------------------------------------------------------------------------------------------------------


def test_elsewhere_than_on_a_terminal_events_are_lines_on_standard_error(project: Project) -> None:
    done = project.run_apart("run", "flow.py", "steps", "--x", "3")
    assert (done.exit_code, done.stdout) == (1, "task says 3\n")
    assert timeless(done.stderr.partition("\nError: ")[0]) == [
        "n0 flow.slow: running",
        "n0 flow.slow: succeeded after T s",
        "n1 flow.unsteady: running",
        "n1 flow.unsteady: failed (attempt 1) after T s, FlyteRecoverableException: later; tried again",
        "n1 flow.unsteady: running (attempt 2)",
        "n1 flow.unsteady: succeeded (attempt 2) after T s",
        "n2 flow.failing: running",
        "n2 flow.failing: failed (attempt 1) after T s, ValueError: no",
        "RUN failed after T s: 2 succeeded, 1 failed",
    ]


def test_quiet_shows_the_outputs_only(project: Project) -> None:
    done = project.run_apart("run", "--quiet", "flow.py", "add", "--a", "1", "--b", "2", "--json")
    assert (done.stdout, done.stderr) == ('{"o0": 3}\n', "")


def test_a_map_is_called_by_its_task() -> None:
    handle = run(many, {"xs": [1]})
    handle.wait(10)
    names = [name_of(node) for node in handle.nodes]
    assert names == ["test_run_progress.map_task(positive)", "test_run_progress.positive"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1:00"), (125.9, "2:05"), (3600, "1:00:00")]
)
def test_a_duration_as_people_read_it(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


# --- the table --------------------------------------------------------------------------------------------------------


@task
def positive(x: int) -> int:
    if x < 0:
        raise ValueError("it is\nnegative [bold]")
    return x


@workflow
def one(x: int) -> int:
    return positive(x=x)


@workflow
def many(xs: list[int]) -> list[int]:
    return map_task(positive)(x=xs)


def drawn(entity: object, inputs: dict[str, object], height: int = 30) -> list[str]:
    """The table when the run has ended."""
    screen = Console(
        file=io.StringIO(), force_terminal=True, width=100, height=height, color_system=None, legacy_windows=False
    )
    table = LiveTable(screen)
    handle = run(entity, inputs)  # type: ignore[arg-type]
    handle.wait(10)
    with table:
        table.follow(handle)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", screen.file.getvalue())  # type: ignore[attr-defined]
    return [" ".join(line.split()) for line in timeless(text) if line.strip()]


def test_the_table_has_a_row_for_each_node() -> None:
    rows = drawn(one, {"x": 1})
    assert [row.partition(" ")[2] for row in rows[-2:]] == [
        "n0 test_run_progress.positive succeeded T s",
        "succeeded, T s: 1 succeeded",
    ]


def test_the_table_says_why_a_node_has_failed() -> None:
    rows = drawn(one, {"x": -1})
    assert rows[-2].partition(" ")[2] == ("n0 test_run_progress.positive failed T s ValueError: it is negative [bold]")
    assert rows[-1].partition(" ")[2] == "failed, T s: 1 failed"


def test_a_table_without_room_shows_failures_and_the_latest() -> None:
    rows = drawn(many, {"xs": [1] * 20 + [-1] + [1] * 20}, height=9)
    assert [row for row in rows if "failed T s ValueError" in row]
    assert any(re.fullmatch(r"… \d+ more", row) for row in rows)
    assert len(rows) <= 2 * (4 + 2)  # drawn at the begin and at the end


# --- on a terminal ----------------------------------------------------------------------------------------------------


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.process = process
        self.screen = screen
        self.shown = ""

    def read_until(self, text: str, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, f"no {text!r} in {self.shown!r}"
            self._read()

    def type(self, line: str) -> None:
        os.write(self.screen, line.encode() + b"\n")

    def end(self, seconds: float = 20.0) -> int | None:
        """Its exit status; None when it goes on after so many seconds."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read()
        while self._read():
            pass
        return self.process.poll()

    def _read(self) -> bool:
        ready, _, _ = select.select([self.screen], [], [], 0.05)
        if not ready:
            return False
        try:
            data = os.read(self.screen, 65536)
        except OSError:  # it is closed
            return False
        self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode()).replace("\r", "")
        return bool(data)


@contextmanager
def terminal(project: Project, *arguments: str) -> Generator[Terminal]:
    screen, end = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=end,
        stdout=end,
        stderr=end,
        cwd=project.root,
        env={"PATH": "", "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
    )
    os.close(end)
    try:
        yield Terminal(process, screen)
    finally:
        process.kill()
        process.wait()
        os.close(screen)


def test_on_a_terminal_there_is_a_table_and_what_tasks_print_stands_above_it(project: Project) -> None:
    with terminal(project, "flow.py", "add", "--a", "1", "--b", "2") as shell:
        assert shell.end() == 0
    assert re.search(r"✓\s+n0\s+flow\.add\s+succeeded\s+0\.\d s", shell.shown)
    assert re.search(r"│ o0 +│ int +│ 3 +│", shell.shown)


def test_gates_ask_on_the_terminal(project: Project) -> None:
    with terminal(project, "flow.py", "gate", "--x", "3", "--json") as shell:
        shell.read_until("good: approve `int` 3? [y/n]: ")
        shell.type("y")
        assert shell.end() == 0
    assert shell.shown.endswith('{"o0": 3}\n')
    with terminal(project, "flow.py", "asked", "--x", "3", "--json") as shell:
        shell.read_until("how-many (int): ")
        shell.type("several")
        shell.read_until("Error: expected `int`, got `str` 'several' - at `how-many`")
        shell.type("4")
        assert shell.end() == 0
    assert shell.shown.endswith('{"o0": 7}\n')


def test_an_answer_that_does_not_fit_is_asked_for_again(project: Project) -> None:
    with terminal(project, "--quiet", "flow.py", "gate", "--x", "3", "--json") as shell:
        shell.read_until("good: approve `int` 3? [y/n]: ")
        shell.type("perhaps")
        shell.read_until("Error: invalid input\ngood: approve `int` 3? [y/n]: ")
        shell.type(" YES ")
        assert shell.end() == 0
    with terminal(project, "--quiet", "flow.py", "asked", "--x", "3", "--json") as shell:
        shell.read_until("how-many (int): ")
        shell.type("")
        shell.type("9223372036854775808")
        message = "expected `int` of 64 bits, got `int` 9223372036854775808 - at `how-many`"
        shell.read_until(f"Error: {message}\nhow-many (int): ")
        shell.type("4")
        assert shell.end() == 0
    assert shell.shown.endswith('{"o0": 7}\n')


def test_a_question_ends_with_the_time_of_its_gate(project: Project) -> None:
    with terminal(project, "--quiet", "flow.py", "short", "--x", "3") as shell:
        assert shell.end(10) == 1
    assert shell.shown.startswith("how-many (int): \nError: nobody has answered `how-many` after 0.5 s, its timeout\n")


def test_a_question_ends_with_the_run(project: Project) -> None:
    with terminal(project, "--quiet", "flow.py", "beside", "--x", "3") as shell:
        assert shell.end(10) == 1
    begin = "task says 3\ntask says 3\ngood: approve `int` 3? [y/n]: \nError: node n1, task `flow.failing` failed in attempt 1\n"
    assert shell.shown.startswith(begin)


def test_half_an_answer_that_comes_too_late_is_none_to_the_next_question(project: Project) -> None:
    with terminal(project, "--quiet", "flow.py", "two_gates", "--x", "3") as shell:
        shell.read_until("first (str): ")
        os.write(shell.screen, b"y")
        shell.read_until("good: approve `int` 3? [y/n]: ")
        shell.type("")
        shell.read_until("Error: invalid input")
        shell.type("n")
        assert shell.end() == 1


def test_the_end_of_the_input_is_no_answer(project: Project) -> None:
    with terminal(project, "--quiet", "flow.py", "asked", "--x", "3") as shell:
        shell.read_until("how-many (int): ")
        os.write(shell.screen, b"\x04")
        assert shell.end() == 1
    assert "Error: the gate `how-many` was not answered: the input has ended\n" in shell.shown


def test_a_gate_that_is_not_approved_fails_the_run(project: Project) -> None:
    with terminal(project, "--quiet", "flow.py", "gate", "--x", "3") as shell:
        shell.read_until("[y/n]: ")
        shell.type("n")
        assert shell.end() == 1
    assert "Error: `good` was not approved\n" in shell.shown


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        ("gate", "nobody approves the gate `good`: standard input is not a terminal"),
        ("asked", "nobody gives the value of the gate `how-many`: standard input is not a terminal"),
    ],
)
def test_without_a_terminal_a_gate_fails_the_run(project: Project, entity: str, message: str) -> None:
    done = project.run_apart("run", "--quiet", "flow.py", entity, "--x", "1")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {message}\n")


def test_ctrl_c_at_a_gate_stops(project: Project) -> None:
    with terminal(project, "--quiet", "flow.py", "gate", "--x", "3") as shell:
        shell.read_until("[y/n]: ")
        for _ in range(10):  # readline does not hear of a signal that comes while it begins
            shell.process.send_signal(signal.SIGINT)
            if shell.end(2) is not None:
                break
        assert shell.end() == 130
    assert "stopped by Ctrl-C: 1 succeeded, 1 aborted\n  completed: n0 flow.slow\n" in shell.shown


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


def interrupted(project: Project, *arguments: str, after: str) -> tuple[int, str]:
    """Exit status and standard error of a command that gets a Ctrl-C when a line is there."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=project.root,
        env={"PATH": ""},
        text=True,
    )
    assert process.stderr is not None
    with process:
        for line in process.stderr:
            if after in line:
                process.send_signal(signal.SIGINT)
                break
        text = process.stderr.read()
    return process.returncode, text


def test_ctrl_c_stops_cleanly_and_says_what_was_completed(project: Project) -> None:
    words = ("flow.py", "waiting", "--x", "1", "--wait", "60")
    started = time.monotonic()
    status, text = interrupted(project, *words, after="n1 flow.slow: running")
    assert time.monotonic() - started < 30
    assert status == 130
    assert text.partition("stopped")[1:] == (
        "stopped",
        (
            " by Ctrl-C: 1 succeeded, 1 aborted\n"
            "  completed: n0 flow.slow\n"
            "  still running in a thread, which ends with this process: n1 flow.slow\n"
        ),
    )


def test_ctrl_c_before_anything_runs(project: Project) -> None:
    project.write("busy.py", "import sys\nimport time\nprint('importing', file=sys.stderr)\ntime.sleep(60)\n")
    assert interrupted(project, "busy.py", "x", after="importing") == (130, "stopped by Ctrl-C: nothing has run\n")
