"""`flytetypes check`: what it finds, what it prints, and how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from projects import Project, project_in

GOOD = """
    from flytetypes import LaunchPlan, Workflow, dynamic, eager, task, workflow

    ran = []

    @task
    def mean(values: list[float]) -> float:
        raise AssertionError("a task has run")

    @workflow
    def average(values: list[float]) -> float:
        return mean(values=values)

    @dynamic
    def often(values: list[float], count: int) -> float:
        return mean(values=values)

    @eager
    async def eagerly(values: list[float]) -> float:
        return await mean(values=values)

    nightly = LaunchPlan.get_or_create(average, "nightly", default_inputs={"values": [1.0]})

    built = Workflow("built")
    node = built.add_entity(mean, values=built.add_workflow_input("values", list[float]))
    built.add_workflow_output("mean", node.outputs["o0"])
"""
BAD = """
    from flytetypes import task, workflow

    @task
    def mean(values: list[float]) -> float:
        return 0.0

    @task
    def name() -> str:
        return ""

    @workflow
    def mistaken(values: list[float]) -> list[float]:
        return mean(values=name())
"""
ONLY_HERE = """
    from flytetypes import workflow

    @workflow
    def nothing(x: int) -> int:
        return x
"""
MISTAKES = """\
error[type-mismatch] bad.py:14: input `values` of `mean` takes `list[float]`, and gets `str`
  in        workflow `mistaken`
  at        `values`
  from      output `o0` of `name() -> str`, called at bad.py:14
  to        `mean(values: list[float]) -> float`
  expected  `list[float]`
  got       `str`
  because   `str` is not `list[float]`
  fix       declare both as `list[float]`, or put a task between them that converts
error[type-mismatch] bad.py:12: output `o0` of `mistaken` takes `list[float]`, and gets `float`
  in        workflow `mistaken`
  at        `o0`
  from      output `o0` of `mean(values: list[float]) -> float`, called at bad.py:14
  to        `mistaken(values: list[float]) -> list[float]`
  expected  `list[float]`
  got       `float`
  because   `float` is not `list[float]`
  fix       put it into a list: `[x]`
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return project_in(tmp_path, monkeypatch)


def mistakes(project: Project) -> str:
    """What is told of `bad.py`, without the last line."""
    return project.run("check", "bad.py").output.rpartition("2 errors: ")[0]


def timeless(text: str) -> str:
    return re.sub(r"\d+\.\d ms", "0.0 ms", text)


def test_what_is_right_is_one_line_and_no_task_runs(project: Project) -> None:
    project.write("good.py", GOOD)
    done = project.run("check", "good.py")
    assert timeless(done.output) == "no problems: 2 workflows, 1 launch plan and 3 tasks in 1 file, checked in 0.0 ms\n"
    assert done.exit_code == 0


def test_everything_is_right_for_a_backend_too(project: Project) -> None:
    project.write("good.py", GOOD)
    assert project.run("check", "good.py", "--target", "flyte").exit_code == 0


def test_every_mistake_is_a_block(project: Project) -> None:
    project.write("bad.py", BAD)
    done = project.run("check", "bad.py")
    assert timeless(done.output) == MISTAKES + "2 errors: 1 workflow and 2 tasks in 1 file, checked in 0.0 ms\n"
    assert done.exit_code == 1


def test_a_process_prints_the_same(project: Project) -> None:
    project.write("bad.py", BAD)
    done = project.program("check", "bad.py")
    assert (done.returncode, done.stderr) == (1, "")
    assert timeless(done.stdout) == timeless(project.run("check", "bad.py").output)


def test_colours_are_for_terminals_and_not_for_who_does_not_want_them(project: Project) -> None:
    project.write("bad.py", BAD)
    coloured = project.program("check", "bad.py", FORCE_COLOR="1", TERM="xterm-256color").stdout
    assert coloured.startswith("\x1b[1;31merror[type-mismatch]\x1b[0m")
    plain = project.program("check", "bad.py", FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="1").stdout
    assert "\x1b" not in plain
    assert timeless(re.sub(r"\x1b\[[\d;]*m", "", coloured)) == timeless(plain)


def test_the_path_of_a_file_is_shown_from_the_current_directory(project: Project) -> None:
    project.write("flows/deep/bad.py", BAD)
    first = project.run("check", "flows").output.splitlines()[0]
    assert first.startswith("error[type-mismatch] flows/deep/bad.py:14: input")


def test_what_only_a_local_run_can_do_is_a_warning_here_and_an_error_for_flyte(project: Project) -> None:
    project.write("here.py", ONLY_HERE)
    local, flyte = project.run("check", "here.py"), project.run("check", "here.py", "--target", "flyte")
    assert local.output.startswith("warning[local-only] here.py:4: the workflow `nothing` calls nothing\n")
    assert timeless(local.output).endswith("\n1 warning: 1 workflow in 1 file, checked in 0.0 ms\n")
    assert flyte.output.startswith("error[local-only] here.py:4: the workflow `nothing` calls nothing\n")
    assert (local.exit_code, flyte.exit_code) == (0, 1)


def test_warnings_can_be_left_out(project: Project) -> None:
    project.write("here.py", ONLY_HERE)
    done = project.run("check", "here.py", "--no-warnings")
    assert timeless(done.output) == "no problems: 1 workflow in 1 file, checked in 0.0 ms\n"


def test_a_directory_is_searched_and_a_package_is_found_by_its_name(project: Project) -> None:
    project.write("flows/__init__.py", "")
    project.write("flows/good.py", GOOD)
    project.write("flows/below/__init__.py", "")
    project.write("flows/below/bad.py", BAD)
    project.write("flows/.hidden/bad.py", "raise SystemExit(1)")
    project.write("flows/.venv/pyvenv.cfg", "")
    project.write("flows/env/pyvenv.cfg", "")
    project.write("flows/env/bad.py", "raise SystemExit(1)")
    project.write("flows/__main__.py", "raise SystemExit(1)")
    project.write("flows/setup.py", "raise SystemExit(1)")
    last = "2 errors: 3 workflows, 1 launch plan and 5 tasks in 4 files, checked in 0.0 ms"
    for path in ("flows", ".", "./flows/"):
        assert timeless(project.run("check", path).output).splitlines()[-1] == last
    assert timeless(project.run("check", "flows.below").output).splitlines()[-1] == (
        "2 errors: 1 workflow and 2 tasks in 2 files, checked in 0.0 ms"
    )
    assert project.run("check", "flows.good").exit_code == 0


def test_what_is_imported_is_checked_where_it_is_defined(project: Project) -> None:
    project.write("bad.py", BAD)
    project.write("uses.py", "from bad import *\nfrom bad import mistaken as another\nimport bad\n")
    done = project.run("check", "uses.py")
    assert timeless(done.output) == "no problems: nothing to check in 1 file, checked in 0.0 ms\n"
    both = project.run("check", "uses.py", "bad.py", "bad.py")
    assert (
        timeless(both.output) == mistakes(project) + "2 errors: 1 workflow and 2 tasks in 2 files, checked in 0.0 ms\n"
    )


def test_what_is_called_is_checked_wherever_it_is(project: Project) -> None:
    project.write("bad.py", BAD)
    calls = """
        from bad import mistaken
        from flytetypes import workflow

        @workflow
        def calls(values: list[float]) -> list[float]:
            return mistaken(values=values)

        @workflow
        def calls_too(values: list[float]) -> list[float]:
            return mistaken(values=values)
    """
    project.write("uses.py", calls)
    done = project.run("check", "uses.py")
    assert timeless(done.output) == mistakes(project) + "2 errors: 2 workflows in 1 file, checked in 0.0 ms\n"


def test_an_entity_that_is_decorated_anew_is_defined_here(project: Project) -> None:
    project.write("library.py", "def one() -> int:\n    return 1\n")
    project.write("flow.py", "from flytetypes import task\nfrom library import one\n\none = task(one)\n")
    assert timeless(project.run("check", "flow.py").output) == "no problems: 1 task in 1 file, checked in 0.0 ms\n"


def test_a_launch_plan_needs_no_variable(project: Project) -> None:
    project.write("flow.py", GOOD.replace("nightly = ", ""))
    done = project.run("check", "flow.py")
    assert timeless(done.output) == "no problems: 2 workflows, 1 launch plan and 3 tasks in 1 file, checked in 0.0 ms\n"


def test_a_file_that_cannot_be_loaded_is_told_and_the_others_are_checked(project: Project) -> None:
    project.write("bad.py", BAD)
    project.write("broken/syntax.py", "x = 1\ndef (:\n")
    project.write("broken/imports.py", "import nowhere\n")
    project.write("broken/raises.py", "x = 1\n\n1 / 0\n")
    project.write("broken/helped.py", "import raises\n")
    project.write("broken/leaves.py", "raise SystemExit(3)\n")
    project.write("broken/decorated.py", "from flytetypes import task\n\n@task\ndef t(a) -> int:\n    return 1\n")
    project.write(
        "broken/later.py",
        "from __future__ import annotations\nfrom flytetypes import task\n\n@task\ndef t(a: Gone) -> int: ...\n",
    )
    done = project.run("check", "broken", "bad.py")
    assert done.exit_code == 2
    assert timeless(done.output) == mistakes(project) + (
        "error: broken/decorated.py cannot be loaded, line 3: `t` does not say what `a` is: annotate it\n"
        "error: broken/helped.py cannot be loaded: raises.py, line 3: ZeroDivisionError: division by zero\n"
        "error: broken/imports.py cannot be loaded: imports.py, line 1, imports `nowhere`, and there is no such module\n"
        "error: broken/leaves.py cannot be loaded, line 1: it ends the program when it is imported: SystemExit: 3\n"
        "error: broken/raises.py cannot be loaded, line 3: ZeroDivisionError: division by zero\n"
        "error: broken/syntax.py cannot be loaded: syntax.py, line 2: invalid syntax\n"
        "error: broken/later.py cannot be loaded, line 4: `Gone` in the annotations of `t` is not defined where they are "
        "looked up (module `later`, and the functions that are running): define it at module level, or name it in "
        "`task(localns={'Gone': ...})`\n"
        "2 errors, 7 not loaded: 1 workflow and 2 tasks in 2 files, checked in 0.0 ms\n"
    )


def test_a_path_that_is_not_there_ends_with_2(project: Project) -> None:
    done = project.program("check", "nowhere")
    assert (done.returncode, done.stderr) == (2, "Error: there is no file, directory or package 'nowhere'\n")
    project.write("notes/readme.txt", "")
    done = project.program("check", "notes")
    assert (done.returncode, done.stderr) == (2, "Error: there is no Python file in 'notes'\n")
    assert project.program("check").returncode == 2


def test_two_files_of_one_name_are_two_modules(project: Project) -> None:
    for folder in ("a", "b", "c"):
        project.write(f"{folder}/flow.py", ONLY_HERE)
    done = project.run("check", ".")
    assert timeless(done.output).endswith("\n3 warnings: 3 workflows in 3 files, checked in 0.0 ms\n")


def test_two_entities_of_one_name_are_found_across_files(project: Project) -> None:
    text = """
        from flytetypes import LaunchPlan, Workflow, task

        @task
        def one(x: int = 1) -> int:
            return x

        flow = Workflow("same")
        flow.add_entity(one)
    """
    project.write("first.py", text)
    project.write("second.py", text)
    done = project.run("check", "first.py", "second.py", "--target", "flyte")
    assert done.output.startswith("error[duplicate-name] second.py:8: two different workflows are called `same`\n")


def test_a_listing_has_the_time_of_each_workflow(project: Project) -> None:
    project.write("good.py", GOOD)
    lines = timeless(project.run("check", "good.py", "-v").output).splitlines()
    assert [line.strip() for line in lines[:2]] == ["0.0 ms  good.average", "0.0 ms  built"]


def test_what_modules_print_is_not_in_the_way(project: Project) -> None:
    project.write(
        "loud.py", "print('hello')\n" + ONLY_HERE.replace("\n    ", "\n").replace("return x", "print(x); return x")
    )
    done = project.program("check", "loud.py", "--json")
    assert done.stderr == "hello\n<promise x: int>\n" or "hello" in done.stderr
    assert json.loads(done.stdout)["warnings"] == 1


def test_json_is_one_document_with_everything(project: Project) -> None:
    good, bad = project.write("good.py", GOOD), project.write("bad.py", BAD)
    broken = project.write("broken.py", "x = 1\n\n1 / 0\n")
    done = project.run("check", ".", "--json")
    assert done.exit_code == 2
    tree = json.loads(done.stdout)
    times = [tree.pop("milliseconds"), *(each.pop("milliseconds") for each in tree["entities"] if "nodes" in each)]
    assert all(isinstance(time, float) and 0 <= time < 10_000 for time in times)
    diagnostics: list[Any] = tree.pop("diagnostics")
    assert tree == {
        "form": 1,
        "target": "local",
        "files": [str(bad), str(good)],
        "entities": [
            {"name": "bad.mean", "kind": "task", "file": str(bad), "line": 4},
            {"name": "bad.name", "kind": "task", "file": str(bad), "line": 8},
            {"name": "bad.mistaken", "kind": "workflow", "file": str(bad), "line": 12, "nodes": 2},
            {"name": "good.mean", "kind": "task", "file": str(good), "line": 6},
            {"name": "good.average", "kind": "workflow", "file": str(good), "line": 10, "nodes": 1},
            {"name": "good.often", "kind": "dynamic", "file": str(good), "line": 14},
            {"name": "good.eagerly", "kind": "eager", "file": str(good), "line": 18},
            {"name": "nightly", "kind": "launch plan"},
            {"name": "built", "kind": "workflow", "file": str(good), "line": 24, "nodes": 1},
        ],
        "failures": [{"file": str(broken), "line": 3, "message": "ZeroDivisionError: division by zero"}],
        "errors": 2,
        "warnings": 0,
    }
    assert [each["code"] for each in diagnostics] == ["type-mismatch", "type-mismatch"]
    assert diagnostics[0]["place"] == {"file": str(bad), "line": 14}
    assert (diagnostics[0]["workflow"], diagnostics[0]["severity"]) == ("mistaken", "error")


def test_json_of_what_is_right(project: Project) -> None:
    project.write("good.py", GOOD)
    done = project.run("check", "good.py", "--json", "--target", "flyte")
    tree = json.loads(done.stdout)
    assert (done.exit_code, tree["target"], tree["diagnostics"], tree["failures"]) == (0, "flyte", [], [])
