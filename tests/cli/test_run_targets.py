"""`flytetypes run`: how a file, a module and their entities are named, listed, and not found."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects import Project, project_in

FLOW = """
    from flytetypes import dynamic, reference_task, task, workflow

    @task
    def double(x: int) -> int:
        '''Twice as much.

        And no more.
        '''
        return 2 * x

    @workflow
    def flow(x: int) -> int:
        return double(x=x)

    @dynamic
    def often(x: int) -> int:
        return double(x=x)

    @task
    def _hidden(x: int) -> int:
        return x

    @reference_task(project="p", domain="d", name="n", version="v")
    def elsewhere(x: int) -> int: ...

    def helper(x: int) -> int:
        return x

    class Helper:
        pass

    LIMIT = 3
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("flow.py", FLOW)
    made.write("package/__init__.py", "")
    made.write("package/inner.py", FLOW)
    made.write("folder/flow.py", FLOW)
    return made


@pytest.mark.parametrize(
    "words",
    [
        ("flow.py", "double"),
        ("flow.py:double",),
        ("./flow.py:double",),
        ("flow", "double"),
        ("flow:double",),
        ("package.inner", "double"),
        ("package.inner:double",),
        ("package/inner.py:double",),
        ("folder/flow.py", "double"),
        ("flow.py:_hidden",),
    ],
)
def test_an_entity_in_one_word_or_two(project: Project, words: tuple[str, ...]) -> None:
    done = project.run_apart("run", "--quiet", *words, "--x", "2", "--json")
    assert (done.stdout, done.stderr) == ('{"o0": 2}\n' if "_hidden" in words[0] else '{"o0": 4}\n', "")


@pytest.mark.parametrize("words", [("flow.py",), ("flow",), ("flow:",), ("flow.py", "--help")])
def test_the_entities_are_listed_when_none_is_named(project: Project, words: tuple[str, ...]) -> None:
    done = project.run_apart("run", *words)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.partition("Commands:\n")[2] == (
        "  double  task: Twice as much.\n  flow    workflow\n  often   dynamic\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("flow.py", "duble"), "there is no task, workflow or launch plan 'duble' in flow.py. Did you mean 'double'?"),
        (("flow.py:duble",), "there is no task, workflow or launch plan 'duble' in flow.py. Did you mean 'double'?"),
        (
            ("package.inner:zzz",),
            "there is no task, workflow or launch plan 'zzz' in module package.inner. It has double, flow, often.",
        ),
        (("flow.py:elsewhere",), "'elsewhere' in flow.py is a reference task: only its cluster runs it"),
        (("flow.py:helper",), "'helper' in flow.py is a plain function: decorate it with @task or @workflow"),
        (("flow.py:Helper",), "'Helper' in flow.py is a class, and neither a task nor a workflow nor a launch plan"),
        (
            ("flow.py:LIMIT",),
            "'LIMIT' in flow.py is of the class `int`, and neither a task nor a workflow nor a launch plan",
        ),
        (("empty.py", "x"), "there is no task, workflow or launch plan 'x' in empty.py. It has none at all."),
        (("gone.py", "x"), "there is no file 'gone.py'"),
        (("gone.py:x",), "there is no file 'gone.py'"),
        (("gone", "x"), "there is no file or module 'gone'"),
        (("gone.deep", "x"), "there is no module 'gone.deep': there is no module 'gone'"),
        (("package.gone", "x"), "there is no module 'package.gone'"),
        (("folder", "x"), "'folder' is a directory: give a file, or a module by its name"),
        (("a-b", "x"), "there is no file 'a-b'"),
    ],
)
def test_what_is_not_there_is_a_wrong_command(project: Project, words: tuple[str, ...], message: str) -> None:
    project.write("empty.py", "")
    done = project.run_apart("run", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == f"Error: {message}"


IMPORTS = {
    "raises.py": (
        "x = 1\ndef helper(): return 1 / 0\nhelper()\n",
        "cannot be imported: ZeroDivisionError: division by zero",
    ),
    "leaves.py": (
        "import sys\nprint('hello')\nsys.exit('bye')\n",
        "ends the program when it is imported: SystemExit: bye",
    ),
    "option.py": (
        "from flytetypes import task\n@task(retries=-1)\ndef f() -> int:\n    return 1\n",
        "cannot be imported: `retries` is a number from 0 on; got `int` -1",
    ),
}
FRAMES = {"raises.py": [(3, "<module>"), (2, "helper")], "leaves.py": [(3, "<module>")], "option.py": [(2, "<module>")]}


@pytest.mark.parametrize("name", IMPORTS)
def test_a_file_that_cannot_be_imported_shows_the_users_own_lines(project: Project, name: str) -> None:
    text, message = IMPORTS[name]
    path = project.write(name, text)
    for word, shown in ((name, name), (name.removesuffix(".py"), f"module `{name.removesuffix('.py')}`")):
        done = project.run_apart("run", word, "x")
        assert done.exit_code == 1
        lines = [line for line in done.stderr.splitlines() if not set(line.strip()) <= {"^", "~"}]
        assert lines[0] == f"Error: {shown} {message}"
        places = [line for line in lines[1:] if line.startswith("  File ")]
        assert places == [f'  File "{path}", line {line}, in {function}' for line, function in FRAMES[name]]
        assert len(lines) == 1 + 2 * len(places)


def test_a_full_traceback_of_an_import(project: Project) -> None:
    project.write("raises.py", IMPORTS["raises.py"][0])
    done = project.run_apart("run", "--full-traceback", "raises.py", "x")
    assert done.stderr.startswith("Error: raises.py cannot be imported\nTraceback (most recent call last):\n")
    assert "_load.py" in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_a_file_with_a_name_that_python_cannot_import(project: Project) -> None:
    project.write("not-a-name.py", FLOW)
    assert project.run_apart("run", "not-a-name.py:double", "--x", "2", "--json").stdout == '{"o0": 4}\n'
