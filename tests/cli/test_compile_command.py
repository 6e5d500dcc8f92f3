"""`flytetypes compile` and `flytetypes show --graph`: a workflow as a graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projects import Project, project_in

FLOW = """
    from datetime import timedelta
    from typing import NamedTuple

    from flytetypes import LaunchPlan, approve, conditional, dynamic, eager, map_task, task, workflow

    class Parts(NamedTuple):
        low: int
        high: int

    @task
    def split(x: int, by: int = 2) -> Parts:
        return Parts(x // by, x % by)

    @task
    def add(values: list[int]) -> int:
        return sum(values)

    @task
    def double(x: int) -> int:
        return 2 * x

    @workflow
    def inner(x: int) -> int:
        return double(x=x)

    plan = LaunchPlan.get_or_create(inner, "plan")

    @workflow
    def flow(x: int) -> int:
        parts = split(x=x)
        chosen = (
            conditional("size").if_((parts.low > 3) & (parts.high == 0)).then(double(x=parts.low)).else_().fail("odd")
        )
        total = add(values=[chosen, parts.high, 7])
        last = inner(x=total).with_overrides(node_name="last", timeout=timedelta(hours=1))
        plan(x=1) >> last
        return last

    @dynamic
    def often(x: int) -> int:
        return double(x=x)

    @eager
    async def eagerly(x: int) -> int:
        return await double(x=x)
"""
TEXT = """\
flow
  input        in.x  int
  task         n0  split  (x: int, by: int = 2) -> (int, int)
                 from in.x: x
  branch       n1  size  conditional -> int
                 from n0: low, high
    task         n1.n0  double  (x: int) -> int
                   from n1: if (n0.low > 3) & (n0.high == 0)
                   from n0: low -> x
    failure      n1.fail  odd
                   from n1: else
  task         n2  add  (values: list[int]) -> int
                 from n1: o0 -> values[0]
                 from n0: high -> values[1]
  launch-plan  n4  plan  (x: int) -> int
  workflow     last  inner  (x: int) -> int
                 from n2: o0 -> x
                 after n4
  output       out.o0  int
                 from last: o0
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("flow.py", FLOW)
    return made


def test_a_workflow_is_printed_as_text(project: Project) -> None:
    done = project.run("compile", "flow.py", "flow")
    assert (done.output, done.exit_code) == (TEXT, 0)


def test_show_prints_the_same_picture_and_takes_a_module_too(project: Project) -> None:
    for arguments in (("flow.py", "flow"), ("flow:flow",)):
        assert project.run("show", "--graph", *arguments).output == TEXT
        assert project.run("compile", *arguments).output == TEXT


@pytest.mark.parametrize("form", ["text", "mermaid", "dot", "svg"])
def test_each_picture_is_the_same_in_every_process(project: Project, form: str) -> None:
    made = {
        project.program(command, *rest, "--form", form, PYTHONHASHSEED=seed).stdout
        for seed in ("1", "2")
        for command, *rest in (("compile", "flow.py", "flow"), ("show", "--graph", "flow:flow"))
    }
    assert len(made) == 1
    assert "double" in made.pop()


def test_a_picture_may_be_a_file(project: Project) -> None:
    made = project.run("compile", "flow.py", "flow", "--form", "mermaid", "--output", "flow.mmd")
    assert made.output == ""
    assert (project.root / "flow.mmd").read_text() == project.run("compile", "flow:flow", "--form", "mermaid").output
    done = project.program("compile", "flow.py", "flow", "--output", "nowhere/flow.mmd")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: nowhere/flow.mmd cannot be written: No such file or directory\n",
    )


def test_workflows_inside_can_be_opened(project: Project) -> None:
    lines = project.run("compile", "flow.py", "flow", "--expand").output.splitlines()
    start = lines.index("  workflow     last  inner  (x: int) -> int")
    assert lines[start : start + 6] == [
        "  workflow     last  inner  (x: int) -> int",
        "                 from n2: o0 -> x",
        "                 from last.n0: o0",
        "                 after n4",
        "    task         last.n0  double  (x: int) -> int",
        "                   from last: x",
    ]


def test_the_json_of_compile_is_the_whole_graph(project: Project) -> None:
    tree = json.loads(project.run("compile", "flow.py", "flow", "--form", "json").output)
    assert list(tree) == ["form", "name", "interface", "parameters", "nodes", "outputs", "failure_node"]
    assert (tree["form"], tree["name"], tree["failure_node"]) == (1, "flow.flow", None)
    assert tree["interface"]["inputs"]["variables"]["x"] == {"description": "x", "type": {"simple": "INTEGER"}}
    assert tree["outputs"] == {"o0": {"node": "last", "output": "o0", "path": []}}
    first, branch, total, last, _ = tree["nodes"]
    assert first == {
        "id": "n0",
        "place": "flow.py:31",
        "kind": "task",
        "name": "flow.split",
        "signature": "split(x: int, by: int = 2) -> (int, int)",
        "inputs": {
            "x": {"node": None, "output": "x", "path": []},
            "by": {"literal": {"scalar": {"primitive": {"integer": "2"}}}},
        },
        "upstream": [],
        "after": [],
    }
    assert branch["kind"] == "conditional"
    assert branch["upstream"] == ["n0"]
    (case,) = branch["cases"]
    assert case["condition"] == {
        "operator": "and",
        "left": {"operator": ">", "left": {"node": "n0", "output": "low", "path": []}, "right": {"value": 3}},
        "right": {"operator": "==", "left": {"node": "n0", "output": "high", "path": []}, "right": {"value": 0}},
    }
    assert case["node"]["name"] == "flow.double"
    assert branch["else"] == {"fail": "odd"}
    assert total["inputs"]["values"] == {
        "list": [
            {"node": "n1", "output": "o0", "path": []},
            {"node": "n0", "output": "high", "path": []},
            {"literal": {"scalar": {"primitive": {"integer": "7"}}}},
        ]
    }
    assert (last["id"], last["after"], last["upstream"]) == ("last", ["n4"], ["n2", "n4"])
    assert last["overrides"] == {
        "node_name": "last",
        "timeout": "datetime.timedelta(seconds=3600)",
        "has_timeout": True,
    }


def test_the_json_of_show_is_the_picture(project: Project) -> None:
    done = project.run("show", "--graph", "flow:inner", "--json")
    assert json.loads(done.output) == {
        "title": "inner",
        "nodes": [
            {"id": "in.x", "label": "x", "kind": "input", "detail": "int", "parent": None},
            {"id": "n0", "label": "n0  double", "kind": "task", "detail": "(x: int) -> int", "parent": None},
            {"id": "out.o0", "label": "o0", "kind": "output", "detail": "int", "parent": None},
        ],
        "edges": [
            {"source": "in.x", "target": "n0", "label": "x", "dashed": False},
            {"source": "n0", "target": "out.o0", "label": "o0", "dashed": False},
        ],
    }


def test_json_is_the_same_in_every_process(project: Project) -> None:
    arguments = ("compile", "flow.py", "flow", "--form", "json")
    assert len({project.program(*arguments, PYTHONHASHSEED=seed).stdout for seed in ("1", "2", "3")}) == 1


def test_launch_plans_and_eager_tasks_have_the_graph_of_their_workflow(project: Project) -> None:
    assert project.run("compile", "flow:plan").output == project.run("compile", "flow:inner").output
    assert (
        project.run("compile", "flow:eagerly").output.splitlines()[2] == "  task     n0  eagerly  eager (x: int) -> int"
    )


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("flow.py", "double"), 1, "Error: `double` is a task: only a workflow has a graph"),
        (("flow.py", "often"), 1, "Error: `often` is dynamic: its graph is made of its inputs, when it runs"),
        (("flow.py", "Parts"), 1, "Error: `Parts` is `type` <class 'flow.Parts'>: only a workflow has a graph"),
        (("flow.py", "gone"), 1, "Error: flow.py has no `gone`; its workflows: inner, plan, flow"),
        (("flow:gone",), 1, "Error: module `flow` has no `gone`"),
        (("nowhere.py", "flow"), 2, "Error: there is no file 'nowhere.py'"),
        (("flow.py",), 2, "Error: Missing argument 'ENTITY': FILE ENTITY, or MODULE:NAME"),
    ],
)
def test_what_has_no_graph_says_so(project: Project, arguments: tuple[str, ...], status: int, message: str) -> None:
    for command in (["compile"], ["show", "--graph"]):
        done = project.program(*command, *arguments)
        assert (done.returncode, done.stderr.splitlines()[-1]) == (status, message)


def test_other_options_of_show_do_not_go_with_a_graph(project: Project) -> None:
    assert project.run("show", "int", "--form", "dot").exit_code == 2
    assert project.run("show", "int", "flow").exit_code == 2
    assert project.run("show", "--graph", "flow:flow", "--json", "--form", "dot").exit_code == 2
    assert project.run("show", "--graph").exit_code == 2


MISTAKEN = """
    from flytetypes import task, workflow

    @task
    def name() -> str:
        return ""

    @task
    def double(x: int) -> int:
        return 2 * x

    @workflow
    def flow() -> int:
        return double(x=name())
"""


def test_what_is_mistaken_is_told_instead_of_printed(project: Project) -> None:
    project.write("mistaken.py", MISTAKEN)
    done = project.program("compile", "mistaken.py", "flow")
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0] == "error[type-mismatch] mistaken.py:14: input `x` of `double` takes `int`, and gets `str`"
    assert lines[-1] == "Error: `mistaken.flow` has 1 error"


def test_show_draws_what_is_mistaken_too(project: Project) -> None:
    project.write("mistaken.py", MISTAKEN)
    lines = project.run("show", "--graph", "mistaken:flow").output.splitlines()
    assert [line.strip() for line in lines if "from n0" in line] == ["from n0: o0 -> x"]


def test_what_only_a_local_run_can_do_is_no_graph_for_flyte(project: Project) -> None:
    project.write("here.py", "from flytetypes import workflow\n\n@workflow\ndef flow(x: int) -> int:\n    return x\n")
    assert project.program("compile", "here.py", "flow").stdout == (
        "flow\n  input   in.x  int\n  output  out.o0  int\n            from in.x: x -> o0\n"
    )
    assert project.program("compile", "here.py", "flow", "--target", "flyte").returncode == 1


def test_a_file_that_ends_the_program_is_told(project: Project) -> None:
    project.write("leaves.py", "x = 1\nraise SystemExit(3)\n")
    done = project.run("compile", "leaves.py", "wf")
    assert (done.exit_code, done.output) == (
        1,
        (
            "Error: leaves.py ends the program when it is imported: SystemExit: 3\n"
            f'  File "{project.root}/leaves.py", line 2, in <module>\n'
            "    raise SystemExit(3)\n"
        ),
    )
