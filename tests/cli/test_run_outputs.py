"""`flytetypes run`: how outputs are printed, and what happens when a standard stream is full or closed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from projects import Project, project_in

FLOW = """
    from dataclasses import dataclass

    from flytetypes import task, wait_for_input, workflow

    @dataclass
    class Point:
        x: float
        more: dict[str, list[float | None]]
        z: complex = 0j

    @task
    def point(p: Point, u: float | str = 0.0, d: dict = {}) -> tuple[Point, float | str, dict]:
        return p, u, d

    @task
    def text(x: str) -> str:
        return x

    @task
    def printing(x: int) -> None:
        print(x)

    @workflow
    def asked(x: int) -> int:
        return wait_for_input("number", expected_type=int)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("flow.py", FLOW)
    return made


# --- floats that are no numbers of JSON -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        '{"x": "NaN", "more": {"a": ["Infinity", null, "-Infinity", 1]}, "z": ["Infinity", 1]}',
        '{"x": NaN, "more": {"a": [Infinity, null, -Infinity, 1]}, "z": [Infinity, 1]}',
        "{x: nan, more: {a: [inf, null, -inf, 1]}, z: [inf, 1]}",
        "{x: .nan, more: {a: [.inf, ~, -.inf, 1]}, z: [.inf, 1]}",
    ],
)
def test_floats_that_json_has_no_number_for_are_texts(project: Project, given: str) -> None:
    done = project.run_apart("run", "--quiet", "flow.py", "point", "--p", given, "--json")
    assert done.stdout == (
        '{"o0": {"x": "NaN", "more": {"a": ["Infinity", null, "-Infinity", 1.0]}, "z": ["Infinity", 1.0]}, '
        '"o1": 0.0, "o2": {}}\n'
    )


def test_what_json_says_is_read_back(project: Project) -> None:
    project.write("inputs.json", '{"p": {"x": "-Infinity", "more": {}}, "u": "NaN", "d": {"a": "NaN"}}')
    done = project.run_apart("run", "--quiet", "flow.py", "point", "--inputs-file", "inputs.json", "--json")
    assert json.loads(done.stdout) == {
        "o0": {"x": "-Infinity", "more": {}, "z": [0.0, 0.0]},
        "o1": "NaN",  # where there are strings it is one
        "o2": {"a": "NaN"},
    }


# --- what a terminal would obey ---------------------------------------------------------------------------------------


def test_a_table_shows_control_characters_as_escapes(project: Project) -> None:
    given = "a\x1b[31mred\x07 b\tc\rd\x9b2J\u2028 [bold] :smile:\nünï 日本"
    lines = project.run_apart("run", "--quiet", "flow.py", "text", "--x", given).stdout.splitlines()
    assert [line.strip("│ ") for line in lines[4:6]] == [
        r"o0     │ str  │ a\x1b[31mred\x07 b\tc\rd\x9b2J\u2028 [bold] :smile:",
        "ünï 日本",
    ]
    assert len({cell_len(line) for line in lines[1:]}) == 1


# --- streams that are full or closed ----------------------------------------------------------------------------------


def program(project: Project, *words: str, streams: str, **environment: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of a command with its streams as a shell says."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {streams}', "sh", sys.executable, "-m", "flytetypes", *words],
        capture_output=True,
        text=True,
        cwd=project.root,
        check=False,
        env={"PATH": "", "COLUMNS": "80", **environment},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("entity", [("text", "--x", "a", "--json"), ("text", "--x", "a"), ("printing", "--x", "1")])
def test_a_full_standard_output_is_one_error(project: Project, entity: tuple[str, ...], unbuffered: str) -> None:
    words = ("run", "--quiet", "flow.py", *entity)
    status, _, stderr = program(project, *words, streams=">/dev/full", PYTHONUNBUFFERED=unbuffered)
    if entity[0] == "printing" and unbuffered:  # it is the task that cannot print
        assert stderr.startswith("Error: node n0, task `flow.printing` failed in attempt 1\n")
    else:
        assert stderr == "Error: [Errno 28] No space left on device\n"
    assert status == 1


def test_a_closed_standard_input_is_one_error(project: Project) -> None:
    status, _, stderr = program(project, "run", "flow.py", "text", "-", streams="<&-")
    message = "Invalid value for 'standard input': standard input is closed; it is to be a mapping of inputs"
    assert (status, stderr.splitlines()[-1]) == (2, f"Error: {message}")
    assert program(project, "convert", "int", streams="<&-") == (1, "", "Error: standard input is closed\n")


def test_at_a_gate_a_closed_standard_input_is_no_terminal(project: Project) -> None:
    status, _, stderr = program(project, "run", "--quiet", "flow.py", "asked", "--x", "1", streams="<&-")
    message = "nobody gives the value of the gate `number`: standard input is not a terminal"
    assert (status, stderr.splitlines()[0]) == (1, f"Error: {message}")


def test_with_closed_standard_error_the_outputs_are_printed(project: Project) -> None:
    words = ("run", "flow.py", "text", "--x", "a", "--json")
    assert program(project, *words, streams="2>&-") == (0, '{"o0": "a"}\n', "")
