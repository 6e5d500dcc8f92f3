"""`flytetypes run`: how the errors of tasks and workflows are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects import Project, project_in

FLOW = """
    from flytetypes import FlyteRecoverableException, WorkflowFailurePolicy, map_task, task, workflow

    def check(x: int) -> None:
        if x == 0:
            raise ValueError("zero")

    @task
    def checked(x: int, label: str = "a") -> int:
        check(x)
        return x

    @task(retries=1)
    def again(x: int) -> int:
        raise FlyteRecoverableException("later")
        return x

    @task
    def chained(x: int) -> int:
        try:
            check(x)
        except ValueError as error:
            raise RuntimeError("it is wrong") from error
        return x

    @task
    def grouped(x: int) -> int:
        raise ExceptionGroup("several", [ValueError("a"), KeyError("b")])
        return x

    @task
    def wrong(x: int) -> int:
        return "text"

    @task
    def leaves(x: int) -> int:
        raise SystemExit(3)
        return x

    @task
    def stops(x: int) -> int:
        raise KeyboardInterrupt
        return x

    @task
    def text(x: int) -> str:
        return ""

    @workflow
    def inner(x: int) -> int:
        return checked(x=x, label="b")

    @workflow
    def outer(x: int) -> int:
        return inner(x=x)

    @workflow
    def mapped(xs: list[int]) -> list[int]:
        return map_task(chained)(x=xs)

    @workflow(failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE)
    def both(x: int) -> tuple[int, int]:
        return checked(x=x), chained(x=x)

    @workflow
    def misfit(x: int) -> int:
        return text(x=x)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("flow.py", FLOW)
    return made


def failure(project: Project, *arguments: str) -> list[str]:
    """The lines of standard error, without marks below lines of code."""
    done = project.run_apart("run", "--quiet", "flow.py", *arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    lines = done.stderr.replace(str(project.root), "").splitlines()
    return [line for line in lines if not line.strip() or set(line.strip()) - {"^", "~"}]


def folded(lines: list[str]) -> list[str]:
    """The same, however many frames were folded."""
    return [
        " ".join("N" if word.isdigit() else word for word in line.split(" ")) if "…" in line else line for line in lines
    ]


def test_the_users_own_frames_the_node_and_the_inputs(project: Project) -> None:
    assert folded(failure(project, "checked", "--x", "0")) == [
        "Error: node n0, task `flow.checked` failed in attempt 1",
        "Traceback (most recent call last):",
        "  … N frames of flytetypes",
        '  File "/flow.py", line 10, in checked',
        "    check(x)",
        '  File "/flow.py", line 6, in check',
        '    raise ValueError("zero")',
        "ValueError: zero",
        "in task `flow.checked`",
        "with x=0, label='a'",
    ]


def test_the_node_of_a_workflow_in_a_workflow(project: Project) -> None:
    lines = failure(project, "outer", "--x", "0")
    assert lines[0] == "Error: node n0-0-n0, task `flow.checked` failed in attempt 1"
    assert lines[-4:-2] == ["in task `flow.checked`", "with x=0, label='b'"]
    assert lines[-2].endswith(" of workflow `flow.inner`, called at flow.py:51")
    assert lines[-1].endswith(" of workflow `flow.outer`, called at flow.py:55")


def test_the_attempt(project: Project) -> None:
    lines = failure(project, "again", "--x", "0")
    assert lines[0] == "Error: node n0, task `flow.again` failed in attempt 2"
    assert "flytetypes.errors.FlyteRecoverableException: later" in lines


def test_the_call_of_an_eager_task(project: Project) -> None:
    project.write(
        "calls.py",
        """
        from flow import chained
        from flytetypes import eager

        @eager
        async def awaits(x: int) -> int:
            return await chained(x=x)
        """,
    )
    done = project.run("run", "--quiet", "calls.py", "awaits", "--x", "0")
    lines = done.stderr.splitlines()
    assert lines[0] == "Error: node n0-0-n0, task `flow.chained` failed in attempt 1"
    told = ["in task `flow.chained`", "with x=0", "in call n0-0-n0 of eager task `awaits`, made at calls.py:7"]
    original = lines.index("in task `flow.chained`")
    assert lines[original : original + 3] == told
    assert lines[-2:] == ["RuntimeError: it is wrong", "in eager task `calls.awaits`"]


def test_the_element_of_a_map(project: Project) -> None:
    lines = failure(project, "mapped", "--xs", "[1, 0]")
    assert lines[0] == "Error: node n0-0-n1, task `flow.chained` failed in attempt 1"
    assert "in element 1 of `map_task(chained)`" in lines


def test_the_causes_of_an_error(project: Project) -> None:
    lines = folded(failure(project, "chained", "--x", "0"))
    assert lines[1:10] == [
        "Traceback (most recent call last):",
        '  File "/flow.py", line 21, in chained',
        "    check(x)",
        '  File "/flow.py", line 6, in check',
        '    raise ValueError("zero")',
        "ValueError: zero",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
    ]
    assert lines[11] == "  … N frames of flytetypes"


def test_a_group_of_errors(project: Project) -> None:
    assert folded(failure(project, "grouped", "--x", "0"))[1:] == [
        "  + Exception Group Traceback (most recent call last):",
        "  |   … N frames of flytetypes",
        '  |   File "/flow.py", line 28, in grouped',
        '  |     raise ExceptionGroup("several", [ValueError("a"), KeyError("b")])',
        "  | ExceptionGroup: several (2 sub-exceptions)",
        "  | in task `flow.grouped`",
        "  | with x=0",
        "  +-+---------------- 1 ----------------",
        "    | ValueError: a",
        "    +---------------- 2 ----------------",
        "    | KeyError: 'b'",
        "    +------------------------------------",
    ]


@pytest.mark.parametrize("place", ["before", "behind"])
def test_a_full_traceback_shows_all_frames(project: Project, place: str) -> None:
    words = ["flow.py", "checked", "--x", "0"]
    words.insert(0 if place == "before" else 4, "--full-traceback")
    lines = project.run_apart("run", "--quiet", *words).stderr.splitlines()
    assert lines[:2] == [
        "Error: node n0, task `flow.checked` failed in attempt 1",
        "Traceback (most recent call last):",
    ]
    assert any("_follow.py" in line for line in lines)
    assert not any("…" in line for line in lines)


def test_an_error_of_the_library_is_its_message(project: Project) -> None:
    assert failure(project, "wrong", "--x", "0") == ["Error: `wrong`: expected `int`, got `str` 'text' - at `o0`"]


def test_a_task_that_ends_its_process(project: Project) -> None:
    assert failure(project, "leaves", "--x", "0") == [
        "Error: the task ended its process by `sys.exit(3)`",
        "  attempt 4",
        "  node n0, task `flow.leaves` failed in attempt 4",
    ]


def test_a_task_that_is_interrupted_stops_the_run(project: Project) -> None:
    done = project.run_apart("run", "--quiet", "flow.py", "stops", "--x", "0")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (130, "stopped by Ctrl-C: 1 aborted")


def test_a_workflow_that_does_not_fit_is_its_diagnostics(project: Project) -> None:
    lines = failure(project, "misfit", "--x", "0")
    assert lines[0] == "Error: workflow `misfit` has one problem; no task has run"
    assert lines[1].startswith("  error[type-mismatch] flow.py:")


def test_other_nodes_that_have_failed_are_named(project: Project) -> None:
    lines = failure(project, "both", "--x", "0")
    first, other = sorted((lines[0].split(",")[0], lines[-1].split(",")[0]), key=len)
    assert lines[-1].startswith("also failed: node n")
    assert {first[-2:], other[-2:]} == {"n0", "n1"}
