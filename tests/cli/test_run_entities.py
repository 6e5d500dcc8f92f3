"""`flytetypes run`: which entities of a file it offers, and how each kind is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects import Project, project_in

FLOW = """
    from flytetypes import LaunchPlan, Workflow, dynamic, eager, map_task, reference_task, task, workflow

    def helper(x: int) -> int:
        return x

    class Helper:
        pass

    @task
    def double(x: int) -> int:
        return 2 * helper(x)

    @task
    async def double_soon(x: int) -> int:
        return 2 * x

    @task
    def _hidden(x: int) -> int:
        return x

    @workflow
    def flow(x: int) -> int:
        return double(x=x)

    @dynamic
    def often(x: int) -> int:
        return double(x=x)

    @task
    def refuses(x: int) -> int:
        raise NotImplementedError("not yet")

    plan = LaunchPlan.get_or_create(flow, "plan", default_inputs={"x": 4})
    fixed = LaunchPlan.get_or_create(flow, "fixed", fixed_inputs={"x": 5})
    every = map_task(double)

    built = Workflow("built")
    built.add_workflow_output("y", built.add_entity(double, x=built.add_workflow_input("x", int)).outputs["o0"])

    @reference_task(project="p", domain="d", name="n", version="v")
    def elsewhere(x: int) -> int: ...
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("flow.py", FLOW)
    return made


def test_what_can_be_called_is_listed(project: Project) -> None:
    listed = project.run("run", "flow.py", "--help").output.partition("Commands:\n")[2]
    names = [line.split()[0] for line in listed.splitlines()]
    assert names == ["built", "double", "double_soon", "every", "fixed", "flow", "often", "plan", "refuses"]


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (("double", "--x", "3"), '{"o0": 6}\n'),
        (("double_soon", "--x", "3"), '{"o0": 6}\n'),
        (("flow", "--x", "3"), '{"o0": 6}\n'),
        (("often", "--x", "3"), '{"o0": 6}\n'),
        (("built", "--x", "3"), '{"y": 6}\n'),
        (("plan",), '{"o0": 8}\n'),
        (("plan", "--x", "3"), '{"o0": 6}\n'),
        (("fixed",), '{"o0": 10}\n'),
        (("every", "--x", "[1, 2]"), '{"o0": [2, 4]}\n'),
        (("_hidden", "--x", "3"), '{"o0": 3}\n'),
    ],
)
def test_each_kind_runs(project: Project, arguments: tuple[str, ...], printed: str) -> None:
    done = project.run("run", "flow.py", *arguments, "--json", "--quiet")
    assert (done.output, done.exit_code) == (printed, 0)


def test_what_is_not_offered_is_no_command(project: Project) -> None:
    for name in ("helper", "Helper", "elsewhere"):
        assert project.run("run", "flow.py", name).exit_code == 2
    assert project.run("run", "flow.py", "fixed", "--x", "3").exit_code == 2


def test_what_a_task_does_not_implement_is_its_own_error(project: Project) -> None:
    done = project.program("run", "flow.py", "refuses", "--x", "1")
    assert done.returncode == 1
    assert "NotImplementedError: not yet" in done.stderr


def test_what_only_a_backend_runs_says_so_in_one_line(project: Project) -> None:
    project.write(
        "raw.py",
        """
        from flytetypes import ContainerTask

        raw = ContainerTask("raw", image="busybox", command=["true"])
        """,
    )
    done = project.program("run", "--quiet", "raw.py", "raw")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: `raw` ")
    assert len(done.stderr.splitlines()) == 1
