"""`flytetypes run`: options made from inputs, files of inputs, and what the help says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projects import Project, project_in

FLOW = """
    import enum
    from datetime import datetime, timedelta
    from typing import Literal, Optional

    from flytetypes import LaunchPlan, current_context, task, workflow

    class Color(enum.Enum):
        RED = "red"
        BLUE = "blue"

    @task
    def inputs(
        X: int,
        number_of_items: int = 1,
        color: Color = Color.RED,
        size: Literal["s", 2] | None = None,
        wait: timedelta = timedelta(minutes=1, seconds=30),
    ) -> str:
        '''Show inputs.

        Args:
            X: An upper-case one.
            number_of_items: How many.
        '''
        return f"{X} {number_of_items} {color} {size} {wait}"

    @task
    def flags(a: bool, b: bool = True, c: bool | None = None, no_a: int = 0) -> list[bool | None]:
        return [a, b, c]

    @task
    def plain_flag(a: bool, text: str = "-") -> str:
        return f"{a} {text}"

    @task
    def optional(x: Optional[int], y: int | None = 5) -> list[int | None]:
        return [x, y]

    @task
    def two(x: int, y: int) -> int:
        return x + y

    @task
    def times(start: datetime, end: datetime) -> timedelta:
        return end - start

    @task
    def taken(quiet: int, executor: str = "mine") -> str:
        return f"{quiet} {executor}"

    @task
    def where() -> list[str]:
        execution = current_context().execution_id
        return [execution.project, execution.domain]

    @workflow
    def flow(x: int) -> int:
        return two(x=x, y=1)

    plan = LaunchPlan.get_or_create(flow, "plan", fixed_inputs={"x": 5})
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("flow.py", FLOW)
    return made


def output(project: Project, *arguments: str, stdin: str | None = None) -> object:
    done = project.run_apart("run", "--quiet", "flow.py", *arguments, "--json", stdin=stdin)
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)["o0"]


def error(project: Project, *arguments: str, stdin: str | None = None) -> str:
    done = project.run_apart("run", "--quiet", "flow.py", *arguments, stdin=stdin)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr.splitlines()[-1]


# --- names and flags --------------------------------------------------------------------------------------------------


def test_an_option_is_spelled_as_its_parameter_or_with_dashes(project: Project) -> None:
    for option in ("--number-of-items", "--number_of_items"):
        assert output(project, "inputs", "--X", "3", option, "4") == "3 4 Color.RED None 0:01:30"


def test_the_last_of_two_is_taken(project: Project) -> None:
    assert output(project, "two", "--x", "1", "--x", "2", "--y=-3") == -1


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ((), [False, True, None]),  # a flag that is not given is false
        (("--a",), [True, True, None]),
        (("--a", "true", "--b", "false"), [True, False, None]),
        (("--a=True", "--b=FALSE"), [True, False, None]),
        (("--no-b", "--c"), [False, False, True]),
        (("--no_b", "--no-c"), [False, False, False]),
        (("--a", "--no_a", "3"), [True, True, None]),  # another input is called so
        (("--a", "--b", "--no-c"), [True, True, False]),
    ],
)
def test_a_boolean_is_a_flag_and_takes_a_value(
    project: Project, arguments: tuple[str, ...], values: list[bool | None]
) -> None:
    assert output(project, "flags", *arguments) == values


def test_a_flag_with_another_value_is_refused(project: Project) -> None:
    assert error(project, "flags", "--a", "maybe") == (
        "Error: Invalid value for '--a': expected `bool`, got `str` 'maybe' (values are JSON: `true` or `false`) - at `a`"
    )
    assert error(project, "flags", "--no-b=true") == "Error: Option '--no-b' does not take a value."


def test_an_optional_input_is_none_when_it_is_left_out(project: Project) -> None:
    assert output(project, "optional") == [None, 5]
    assert output(project, "optional", "--x", "1", "--y", "null") == [1, None]


def test_now_is_the_same_for_all_inputs(project: Project) -> None:
    assert output(project, "times", "--start", "now - 1h", "--end", "now") == 3600.0


def test_inputs_that_are_missing_are_named_together(project: Project) -> None:
    assert error(project, "two") == "Error: Missing options '--x', '--y'."
    assert error(project, "two", "--y", "1") == "Error: Missing option '--x'."


def test_an_unknown_option_is_refused_with_the_nearest(project: Project) -> None:
    last = error(project, "inputs", "--number-of-item", "1")
    assert last.startswith("Error: No such option")
    assert "--number-of-items" in last


def test_an_input_may_be_called_as_an_option_of_ours(project: Project) -> None:
    assert output(project, "taken", "--quiet", "1") == "1 mine"
    done = project.run_apart("run", "--executor", "threads", "--quiet", "flow.py", "taken", "--quiet", "1", "--json")
    assert json.loads(done.stdout) == {"o0": "1 mine"}


def test_a_fixed_input_is_no_option(project: Project) -> None:
    assert output(project, "plan") == 6
    assert error(project, "plan", "--x", "1").startswith("Error: No such option")


# --- files of inputs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("inputs.json", '{"X": 3, "number-of-items": 4, "wait": "1h", "color": "blue"}'),
        ("inputs.yaml", "X: 3\nnumber_of_items: 4\nwait: 1h\ncolor: blue\n"),
        ("inputs.yml", "{X: 3, number_of_items: 4, wait: 3600, color: blue}"),
    ],
)
def test_a_file_of_inputs_and_options_win(project: Project, name: str, text: str) -> None:
    project.write(name, text)
    for place in (("inputs", "--inputs-file", name), ("inputs", "--size", "2", "--inputs-file", name)):
        size = 2 if "--size" in place else None
        assert output(project, *place) == f"3 4 Color.BLUE {size} 1:00:00"
    assert output(project, "inputs", "--inputs-file", name, "--X", "5") == "5 4 Color.BLUE None 1:00:00"
    done = project.run_apart("run", "--inputs-file", name, "--quiet", "flow.py", "inputs", "--json")
    assert json.loads(done.stdout) == {"o0": "3 4 Color.BLUE None 1:00:00"}


def test_inputs_from_standard_input(project: Project) -> None:
    assert output(project, "two", "-", stdin='{"x": 1, "y": 2}') == 3
    assert output(project, "two", "--x", "5", "-", stdin="x: 1\ny: 2\n") == 7
    assert output(project, "plain_flag", "--a", "-", stdin="text: b") == "True b"  # no value of the flag
    assert output(project, "plain_flag", "--a", "--text", "-") == "True -"  # the value of an option


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "it is to be a mapping of inputs, by their names"),
        ("{", "'inputs.json' is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"z": 1}', "`two` has no input 'z'."),
        ('{"x": 1, "x": 1}', "'inputs.json' is no JSON: the key \"x\" is there twice"),
        ('{"yy": 1}', "`two` has no input 'yy'. Did you mean 'y'?"),
        ('{"x": "1"}', "expected `int`, got `str` '1' - at `x`"),
        ('{"x": 1, "y": null}', "expected `int`, got `None` - at `y`"),
        (
            '{"x": 9223372036854775808, "y": 1}',
            "expected `int` of 64 bits, got `int` 9223372036854775808 - at `x`",
        ),
    ],
)
def test_a_wrong_file_of_inputs_is_one_error(project: Project, text: str, message: str) -> None:
    project.write("inputs.json", text)
    last = error(project, "two", "--inputs-file", "inputs.json")
    assert (
        last.removesuffix("; it is to be a mapping of inputs") == f"Error: Invalid value for 'inputs.json': {message}"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x: 1\nx: 2\n", 'this is no YAML: the key "x" is there twice; it is to be a mapping of inputs'),
        (
            "X: {1: a, '1': b}",
            'this is no YAML: the key "1" is there twice; it is to be a mapping of inputs',
        ),
        ("number_of_items: 1\nnumber-of-items: 1\n", "'number-of-items' and 'number_of_items' are the same input"),
    ],
)
def test_an_input_that_is_there_twice_is_one_error(project: Project, text: str, message: str) -> None:
    assert error(project, "inputs", "-", stdin=text) == f"Error: Invalid value for 'standard input': {message}"


def test_wrong_inputs_from_standard_input_are_one_error(project: Project) -> None:
    assert error(project, "two", "-", stdin="5") == (
        "Error: Invalid value for 'standard input': it is one plain value; it is to be a mapping of inputs"
    )
    assert error(project, "two", "--x", "1", "-", stdin="{}") == "Error: Missing option '--y'."


def test_a_file_of_inputs_that_is_not_there(project: Project) -> None:
    assert error(project, "two", "--inputs-file", "gone.json") == (
        "Error: Invalid value for '--inputs-file': File 'gone.json' does not exist."
    )


def test_inputs_come_from_one_place(project: Project) -> None:
    project.write("inputs.json", "{}")
    assert error(project, "two", "--inputs-file", "inputs.json", "-") == (
        "Error: inputs come from a file or from standard input: give `--inputs-file` or `-`"
    )


def test_a_further_word_is_refused(project: Project) -> None:
    assert error(project, "two", "--x", "1", "more") == (
        "Error: 'more' is no option: inputs are given as `--name VALUE`"
    )


# --- options of ours --------------------------------------------------------------------------------------------------


def test_project_and_domain_are_those_of_the_run(project: Project) -> None:
    given = ("-c", "x.yaml", "-p", "p", "-d", "d", "-i", "image:1", "--image", "a=b:2")
    done = project.run_apart("run", *given, "--quiet", "flow.py", "where", "--json")
    assert (done.stdout, done.stderr) == ('{"o0": ["p", "d"]}\n', "")


def test_the_command_of_the_guide_works(project: Project) -> None:
    given = ("--project", "p", "--domain", "d", "--image", "image:1")
    done = project.run_apart("--config", "x.yaml", "run", *given, "flow.py", "two", "--x", "1", "--y", "2", "--json")
    assert done.stdout == '{"o0": 3}\n'


@pytest.mark.parametrize("place", ["before", "behind"])
def test_options_of_ours_stand_before_the_file_or_behind_the_entity(project: Project, place: str) -> None:
    ours = ("--executor", "threads", "--max-parallelism", "1", "--json", "--quiet")
    words = ("flow.py", "two", "--x", "1", "--y", "2")
    done = project.run_apart("run", *(ours if place == "before" else ()), *words, *(ours if place != "before" else ()))
    assert (done.stdout, done.stderr) == ('{"o0": 3}\n', "")


def test_tasks_run_in_processes(project: Project) -> None:
    done = project.program(
        "run", "--quiet", "flow.py", "two", "--x", "1", "--y", "2", "--executor", "processes", "--json"
    )
    assert (done.stdout, done.stderr) == ('{"o0": 3}\n', "")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--executor", "moon", "'moon' is not one of 'threads', 'processes'."),
        ("--max-parallelism", "0", "0 is not in the range x>=1."),
    ],
)
def test_a_wrong_option_of_ours_is_refused(project: Project, option: str, value: str, message: str) -> None:
    assert error(project, "two", option, value) == f"Error: Invalid value for '{option}': {message}"


# --- help -------------------------------------------------------------------------------------------------------------


def test_the_help_of_an_entity(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    done = project.run("run", "flow.py", "inputs", "--help")
    text = done.output.partition("  --inputs-file")[0]
    assert text == (
        "Usage: cli run flow.py inputs [OPTIONS] [-]\n"
        "\n"
        "  Show inputs.\n"
        "\n"
        "  Gives o0: str.\n"
        "\n"
        "Options:\n"
        "  --X int                         An upper-case one. [required]\n"
        "  --number-of-items, --number_of_items int\n"
        "                                  How many. [default: 1]\n"
        '  --color [red|blue]              [default: "red"]\n'
        "  --size [s|2]                    [default: None]\n"
        "  --wait timedelta                [default: 0:01:30]\n"
    )


def test_the_help_of_flags(project: Project) -> None:
    lines = [" ".join(line.split()) for line in project.run("run", "flow.py", "flags", "--help").output.splitlines()]
    assert "--a [default: false]" in lines  # `--no-a` is another input's
    assert "--b / --no-b, --no_b [default: true]" in lines
    assert "--c / --no-c, --no_c [default: None]" in lines


def test_the_help_of_run_says_what_config_and_image_do(project: Project) -> None:
    text = " ".join(project.run("run", "--help").output.split())
    assert "-c, --config PATH As for a cluster; a run here does not look at it." in text
    assert "Ends with 0, or with 1 when the run has failed, 2 when the command is wrong, 130 after Ctrl-C." in text
