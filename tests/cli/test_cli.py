"""The command line, run as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from projects import program_here

ROOT = Path(__file__).parent.parent.parent
FLOW = '''
import enum
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flytetypes import task, workflow

class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"

@dataclass
class Point:
    x: int
    y: float = 0.5

class Out(NamedTuple):
    point: Point
    when: datetime
    color: Color

@task
def make(point: Point, when: datetime, color: Color = Color.RED, tags: list[str] | None = None) -> Out:
    """Make one.

    Args:
        point: Where.
        when: At what time.
    """
    return Out(point, when, color)

@workflow
def flow(number_of_items: int) -> int:
    return number_of_items

@task
def fails(flag: bool) -> None:
    raise ValueError("no")
'''


def flytetypes(*arguments: str, stdin: str = "", directory: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flytetypes", *arguments]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        cwd=directory,
        check=False,
        env={"COLUMNS": "200", "PATH": ""},
    )


def here(*arguments: str, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The same in this process, for what no process of its own is needed for."""
    directory = directory or next(
        (Path(word).parent for word in arguments if word.startswith("/")), ROOT / "tests" / "cli"
    )
    return program_here(*arguments, directory=directory)


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "flow.py"
    path.write_text(FLOW)
    return path


def test_the_workflow_of_the_readme_runs() -> None:
    command = ("run", "--quiet", "examples/standard_scale.py", "standard_scale_workflow", "--json")
    done = flytetypes(*command, "--values", "[1, 2, 3]")
    assert done.stderr == ""
    scaled = json.loads(done.stdout)["o0"]
    assert scaled == pytest.approx([-1.224744871391589, 0.0, 1.224744871391589])


def test_the_table_names_output_type_and_value() -> None:
    done = flytetypes("run", "examples/standard_scale.py", "standard_scale_workflow", "--values", "[1, 2, 3]")
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in done.stdout.splitlines() if "│" in line]
    assert rows == [["o0", "list[float]", "[-1.22474, 0, 1.22474]"]]


def test_help_lists_options_with_types_and_docstrings(flow: Path) -> None:
    text = here("run", str(flow), "make", "--help").stdout
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "Make one." in lines
    assert "Gives point: Point, when: datetime, color: Color." in lines
    assert "--point Point Where. [required]" in lines
    assert "--when datetime At what time. [required]" in lines
    assert '--color [red|blue] [default: "red"]' in lines
    assert "--tags list[str] | None [default: None]" in lines


def test_the_entities_of_a_file_are_listed(flow: Path) -> None:
    text = flytetypes("run", str(flow), "--help").stdout
    assert [line.split()[0] for line in text.partition("Commands:\n")[2].splitlines()] == ["fails", "flow", "make"]


def test_values_are_json_or_their_own_text(flow: Path) -> None:
    inputs = ("--point", '{"x": 3}', "--when", "2024-01-02T03:04:05", "--color", "blue")
    done = flytetypes("run", "--quiet", str(flow), "make", *inputs, "--json")
    assert done.stderr == ""
    when = "2024-01-02T03:04:05+00:00"  # without a zone it is in UTC, as for Flyte
    assert json.loads(done.stdout) == {"point": {"x": 3, "y": 0.5}, "when": when, "color": "blue"}


def test_options_are_spelled_both_ways(flow: Path) -> None:
    for option in ("--number-of-items", "--number_of_items"):
        assert json.loads(flytetypes("run", str(flow), "flow", option, "3", "--json").stdout) == {"o0": 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("flow", "--number-of-items", "3.5"),
            "expected `int`, got `float` 3.5 (the fraction would be lost) - at `number_of_items`",
        ),
        (
            ("flow", "--number-of-items", "many"),
            "'--number-of-items': expected `int`, got `str` 'many' - at `number_of_items`",
        ),
        (("flow", "--number_of_items", "true"), "'--number-of-items': expected `int`, got `bool` True - at"),
        (("fails", "--flag", "yes"), "got `str` 'yes' (values are JSON: `true` or `false`) - at `flag`"),
        (("fails", "--flag", "0"), "got `int` 0 (values are JSON: `true` or `false`) - at `flag`"),
        (("make", "--point", "{}", "--when", "now", "--tags", "[1,null]"), "expected `Point` with the field `x`"),
        (("make", "--point", '{"x": 1, "z": 1}', "--when", "now"), "expected a field of `Point`, got the key 'z'"),
        (
            ("make", "--point", '{"x": 1}', "--when", "2024-01-01", "--tags", "[1,null]"),
            "'--tags': expected `str`, got `int` 1 - at `tags[0]`",  # of an Optional there is one variant to tell of
        ),
        (("make", "--point", "{'x': 1", "--when", "now"), "(this is no JSON: Expecting property name"),
        (("flow",), "Missing option '--number-of-items'"),
        (("make", "--point", '{"x": "a"}', "--when", "now"), "expected `int`, got `str` 'a' - at `point.x`"),
        (("gone",), "there is no task, workflow or launch plan 'gone' in flow.py. It has fails, flow, make."),
    ],
)
def test_a_wrong_option_is_told_and_fails(flow: Path, arguments: tuple[str, ...], message: str) -> None:
    done = here("run", str(flow), *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_file_that_is_not_there() -> None:
    done = flytetypes("run", "nowhere.py", "flow")
    assert (done.returncode, "there is no file 'nowhere.py'" in done.stderr) == (2, True)


def test_show_an_annotation_as_text_and_json() -> None:
    done = flytetypes("show", "dict[str, list[int | None]]")
    assert done.stdout == (
        "dict[str, list[int | None]]: dict[str, list[union[int, None]]], by Typed Dict, inline\n"
        "  no transformer inside Annotated\n"
        "  nothing registered for exactly `dict[str, list[int | None]]`\n"
        "  registered for its origin `dict`: DictTransformer ('Typed Dict')\n"
        "  value: list[int | None]: list[union[int, None]], by Typed List, inline\n"
        "    element: int | None: union[int, None], by Typed Union, inline\n"
        "      variant 0: int: int, by int, inline\n"
        "      variant 1: None: None, by none, inline\n"
    )
    tree = json.loads(flytetypes("show", "Pickled[int]", "--json").stdout)
    assert (tree["stored"], tree["runs_code"], tree["transformer"]) == (True, True, "FlytePickle")
    assert tree["wire"]["blob"] == {"format": "PythonPickle"}


def test_show_an_object_of_a_module(flow: Path) -> None:
    shown = flytetypes("show", "flow:make", directory=flow.parent).stdout.splitlines()
    assert (
        shown[0]
        == "make(point: Point, when: datetime, color: Color = <Color.RED: 'red'>, tags: list[str] | None = None) -> (Point, datetime, Color)"
    )
    assert "  input point: Point: struct Point  Where." in shown
    assert flytetypes("show", "flow:Color", directory=flow.parent).stdout.startswith(
        "Color: enum['red', 'blue'], by DefaultEnumTransformer"
    )
    tree = json.loads(flytetypes("show", "flow:flow", "--json", directory=flow.parent).stdout)
    assert tree["interface"]["inputs"]["variables"]["number_of_items"]["type"] == {"simple": "INTEGER"}


def test_convert_there_and_back() -> None:
    hexadecimal = flytetypes("convert", "list[float]", "[1, 2.5]", "--to", "hex").stdout.strip()
    assert flytetypes("convert", "list[float]", hexadecimal, "--from", "hex", "--to", "value").stdout == "[1.0, 2.5]\n"
    literal = flytetypes("convert", "list[float]", "-", stdin="[1, 2.5]").stdout
    assert json.loads(literal)["collection"]["literals"][1] == {"scalar": {"primitive": {"floatValue": 2.5}}}
    assert (
        flytetypes("convert", "list[float]", "-", "--from", "json", "--to", "text", stdin=literal).stdout
        == "[1, 2.5]\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("convert", "int", '"x"'), "error: expected `int`, got `str` 'x' - at `$`"),
        (("convert", "int", "{"), "Error: this is no JSON: "),
        (("convert", "bool", "0.5"), "error: expected `bool`, got `float` 0.5 (values are JSON: `true` or `false`)"),
        (
            ("convert", "bool", "True"),
            "Error: this is no JSON: Expecting value: line 1 column 1 (char 0); a `bool` is `true`",
        ),
        (("convert", "int | bool", "0.5"), "error: expected `int | bool`, got `float` 0.5 (`int`: "),
        (("convert", "int", "abc"), "Error: this is no JSON: Expecting value: line 1 column 1 (char 0); strings"),
        (("convert", "list[str]", "[1,null]"), "error: expected `str`, got `int` 1 - at `$[0]`"),
        (("show", "int[str]"), "Error: `int[str]` is no annotation: "),
        (("show", "int | 3"), "Error: `int | 3` is no annotation: "),
        (("show", "Annotated[int]"), "Error: `Annotated[int]` is no annotation: "),
        (("show", "enum.Enum['x']"), "Error: `enum.Enum['x']` is no annotation: "),
        (("convert", "int", "0a0", "--from", "hex"), "Error: this is no Literal in hex: "),
        (("show", "object"), "error: no transformer for `object`: "),
        (("show", "__import__('os')"), "Error: `__import__('os')` is not part of an annotation"),
        (
            ("show", "Lsit[int]"),
            "Error: there is no `Lsit` in builtins, typing and flytetypes: use MODULE:NAME",
        ),
        (("show", "json:nope"), "Error: module `json` has no `nope`"),
        (("show", "no_such_module:nope"), "Error: there is no module `no_such_module`"),
    ],
)
def test_mistakes_are_one_line_and_fail(arguments: tuple[str, ...], message: str) -> None:
    done = here(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1


def test_what_a_task_raises_is_shown_with_its_traceback(flow: Path) -> None:
    done = flytetypes("run", str(flow), "fails", "--flag", "true")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-3:] == ["ValueError: no", "in task `flow.fails`", "with flag=True"]


CLASHES = """
from flytetypes import ConversionError, Pickled, task

@task
def names(json: int, help: int, _json: int, h: int, as_json: int, texts: int = 1, self_: int = 2) -> int:
    return json + 10 * help + 100 * _json + 1000 * h + 10000 * as_json

@task
def free(json: str) -> str:
    return json

@task
def pickles(values: Pickled[set] = {1}) -> None:
    pass

class Odd:
    def __repr__(self):
        raise ValueError("no repr")

@task
def odd(value: Pickled[Odd] = Odd()) -> None:
    pass

@task
def noted(count: int) -> None:
    error = ValueError("no")
    for index in range(count):
        error.add_note(f"note {index}")
    raise error

@task
def refused(count: int) -> None:
    error = ConversionError("`int`", "x")
    for index in range(count):
        error.add_note(f"note {index}")
    raise error
"""


@pytest.fixture(scope="module")
def clashes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clashes") / "clashes.py"
    path.write_text(CLASHES)
    return path


def test_inputs_may_be_called_as_options_of_ours(clashes: Path) -> None:
    inputs = ("--json", "1", "--help", "2", "--_json", "3", "--h", "4", "--as-json", "5")
    done = flytetypes("run", "--quiet", str(clashes), "names", *inputs, "--as-as-json")
    assert (done.stdout, done.stderr) == ('{"o0": 54321}\n', "")
    assert flytetypes("run", str(clashes), "free", "--json", "x", "--as-json").stdout == '{"o0": "x"}\n'


def test_the_help_says_how_the_flag_is_called(clashes: Path) -> None:
    text = here("run", str(clashes), "free", "-h").stdout
    assert "  --as-json                       Print the outputs as one JSON object." in text
    text = here("run", str(clashes), "names", "-h").stdout
    assert "  -h " in text
    assert "-h, --help" not in text


def test_a_default_without_a_form_in_json_is_shown_as_it_is(clashes: Path) -> None:
    listed = flytetypes("run", str(clashes), "--help").stdout.partition("Commands:\n")[2]
    assert [line.split()[0] for line in listed.splitlines()] == ["free", "names", "noted", "odd", "pickles", "refused"]
    assert "[default: {1}]" in flytetypes("run", str(clashes), "pickles", "--help").stdout


def test_an_entity_without_a_command_says_why(clashes: Path) -> None:
    done = flytetypes("run", str(clashes), "odd")
    assert (done.returncode, done.stderr) == (1, "Error: `odd` cannot be run from here: no repr\n")


def test_many_notes_are_shortened(clashes: Path) -> None:
    for entity in ("noted", "refused"):
        done = here("run", str(clashes), entity, "--count", "40")
        notes = [line.strip() for line in done.stderr.splitlines()][-7:]
        assert notes == [
            *("note 0", "note 1", "note 2", "… 36 more", "note 39"),
            *(f"in task `clashes.{entity}`", "with count=40"),
        ]
        done = here("run", str(clashes), entity, "--count", "4")
        assert "more" not in done.stderr
        assert "note 2" in done.stderr


def test_a_file_whose_name_has_dots(tmp_path: Path) -> None:
    path = tmp_path / "a.b.py"
    path.write_text(FLOW)
    assert flytetypes("run", str(path), "flow", "--number-of-items", "3", "--json").stdout == '{"o0": 3}\n'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bad1.py", "x = 1\ndef (:\n", "Error: bad1.py, line 2: invalid syntax\n"),
        (
            "bad2.py",
            "import nowhere.at_all\n",
            "Error: bad2.py, line 1, imports `nowhere`, and there is no such module\n",
        ),
        ("bad3.py", "from json import nope\n", "Error: bad3.py cannot be imported: cannot import name 'nope' from"),
        (
            "bad5.py",
            "import outer\n",
            "Error: bad5.py cannot be imported: outer.py, line 1, imports `nowhere`, and there is no such module\n",
        ),
        ("bad4.py", "import bad1\n", "Error: bad1.py, line 2: invalid syntax\n"),
        ("notes.txt", "hello\n", "Error: notes.txt is not a Python file\n"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / "bad1.py").write_text("x = 1\ndef (:\n")
    (tmp_path / "outer.py").write_text("import nowhere\n")
    (tmp_path / name).write_text(text)
    done = here("run", name, "x", directory=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1
    if name.endswith(".py"):
        shown = here("show", f"{name.removesuffix('.py')}:x", directory=tmp_path)
        assert (shown.returncode, len(shown.stderr.splitlines())) == (1, 1)
        module = name if "syntax" in message else f"module `{name.removesuffix('.py')}`"
        assert shown.stderr.startswith(message.replace(name, module))


def test_the_syntax_of_an_annotation_may_be_deep() -> None:
    for text in ("|".join(["int"] * 5000), "list[" * 150 + "int" + "]" * 150, "a" + ".b" * 5000):
        done = flytetypes("show", text)
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1)


def test_json_that_is_too_deep_is_one_line() -> None:
    for annotation, text in (("dict", "[" * 100_000), ("dict", '{"a":' + "[" * 900 + "]" * 900 + "}")):
        done = flytetypes("convert", annotation, "-", stdin=text)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert "deep" in done.stderr


def test_a_string_needs_no_quotes_where_a_string_is_expected() -> None:
    literal = '{"scalar": {"primitive": {"stringValue": "a b"}}}\n'
    assert flytetypes("convert", "str", "a b").stdout == literal
    assert flytetypes("convert", "str", '"a b"').stdout == literal
    assert flytetypes("convert", "str | None", "-", stdin="a b\n").returncode == 0
    assert flytetypes("convert", "str", "-", stdin="a b\n").stdout == literal


def test_the_demo_shows_a_table_and_two_mistakes() -> None:
    done = subprocess.run([sys.executable, "examples/demo.py"], capture_output=True, text=True, cwd=ROOT, check=True)
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in done.stdout.splitlines() if "│" in line]
    assert cells[0] == ["bill_length_mm", "342", "2", "43.922", "5.452", "-2.169", "2.876"]
    assert len(cells) == 4
    headings = [[cell.strip() for cell in line.split("┃")[1:-1]] for line in done.stdout.splitlines() if "┃" in line]
    assert headings == [["column", "count", "missing", "mean", "std dev", "lowest", "highest"]]
    assert "`mean`: expected `float`, got `str` 'NA' - at `values[2]`" in done.stdout
    assert "workflow `mistaken_workflow` has one problem; no task has run" in done.stdout


def test_the_command_of_the_data_set() -> None:
    done = flytetypes(
        "run", "examples/penguins.py", "describe_penguins", "--path", "examples/data/penguins.csv", "--json"
    )
    assert json.loads(done.stdout)["body_mass"]["mean"] == pytest.approx(4201.754385964912)
