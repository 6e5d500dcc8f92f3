"""What mypy and basedpyright say of programs, next to what the compiler says of them.

Each file of `snippets/good` and `snippets/bad` is a program of its own. The one line of a bad one that is wrong ends with
`# wrong: CODE`: the code of the compiler's diagnostic, or the class of what decorating or calling raises. Checkers must
find fault with that very line. Where a checker and the compiler disagree stands here, with the reason.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

from flytetypes import Entity
from flytetypes.compiler import check_all

ROOT: Final = Path(__file__).parents[2]
SNIPPETS: Final = Path(__file__).parent / "snippets"
GOOD: Final = sorted(path.stem for path in (SNIPPETS / "good").glob("*.py"))
BAD: Final = sorted(path.stem for path in (SNIPPETS / "bad").glob("*.py"))

LOCAL_ONLY: Final = {"conditional_without_else", "dataclass_of_promises", "map_launch_plan"}
"""Good programs that no Flyte backend takes: here they compile."""

_PROMISE: Final = "for a checker a promise is the value that it will be"
_INPUTS: Final = "no type says what it takes: its inputs are not those of the function"
SEEN_BY_THE_COMPILER_ONLY: Final = {
    "arithmetic": _PROMISE,
    "by_position": "for a checker the signature is that of the function, which may be called by position",
    "create_node_without_an_input": "`create_node` takes any inputs",
    "decision": _PROMISE,
    "fixed_input_given": _INPUTS,
    "int_output_for_a_float": "for a checker an int is a float; Flyte converts nothing between nodes",
    "loop": _PROMISE,
    "map_input_of_another_type": _INPUTS,
    "text_of_a_promise": _PROMISE,
}
"""Bad programs that neither checker refuses, and why."""


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(SNIPPETS), *sys.path])


def verdicts(name: str, target: str) -> Iterator[str]:
    """What the compiler refuses a snippet for: codes, or the class of an exception."""
    try:
        module = import_module(name)
    except Exception as error:  # noqa: BLE001 - which class it is, is what is looked at
        yield type(error).__name__
        return
    entities: list[Entity[..., Any]] = [value for value in vars(module).values() if isinstance(value, Entity)]
    yield from (found.code for found in check_all(entities, target) if found.is_error)


def wrong_lines(name: str) -> dict[int, str]:
    """The marked lines of a bad snippet, and what the compiler is to say of each."""
    lines = (SNIPPETS / "bad" / f"{name}.py").read_text(encoding="utf-8").splitlines()
    marks = [re.search(r"# wrong: ([\w-]+)$", line) for line in lines]
    return {number: mark[1] for number, mark in enumerate(marks, 1) if mark}


def test_there_are_sixty_of_each() -> None:
    assert min(len(GOOD), len(BAD)) >= 60


@pytest.mark.parametrize("name", GOOD)
def test_a_good_snippet_compiles(name: str) -> None:
    assert list(verdicts(f"good.{name}", "local" if name in LOCAL_ONLY else "flyte")) == []


@pytest.mark.parametrize("name", BAD)
def test_a_bad_snippet_is_refused_for_what_is_wrong_with_it(name: str) -> None:
    (expected,) = wrong_lines(name).values()
    assert set(verdicts(f"bad.{name}", "flyte")) == {expected}


def faults_of_mypy() -> Iterator[tuple[str, int]]:
    """File and line of each error, by `mypy --strict`."""
    options = ["--strict", "--explicit-package-bases", "--cache-dir", str(ROOT / ".mypy_cache" / "snippets")]
    command = [sys.executable, "-m", "mypy", "--config-file=", "--output=json", *options, "good", "bad"]
    done = subprocess.run(command, cwd=SNIPPETS, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    for line in done.stdout.splitlines():
        found = json.loads(line)
        if found["severity"] == "error":
            yield found["file"], found["line"]


def faults_of_basedpyright() -> Iterator[tuple[str, int]]:
    """File and line of each error, in the mode that `snippets/pyrightconfig.json` says."""
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=SNIPPETS, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        if found["severity"] == "error":
            yield str(Path(found["file"]).relative_to(SNIPPETS)), found["range"]["start"]["line"] + 1


CHECKERS: Final = {"mypy": faults_of_mypy, "basedpyright": faults_of_basedpyright}


# One process for all snippets; so it is one test.
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_agrees_with_the_compiler(checker: str) -> None:
    if find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed: it is in requirements/dev.lock")
    faults: dict[str, set[int]] = {}
    for file, line in CHECKERS[checker]():
        faults.setdefault(file.removesuffix(".py"), set()).add(line)
    right: Mapping[str, set[int]] = {f"bad/{name}": set(wrong_lines(name)) for name in BAD}
    unseen = {file for file in right if file not in faults}
    elsewhere = {file: lines for file, lines in faults.items() if lines != right.get(file, set())}
    assert elsewhere == {}, "good programs, or lines of bad ones, that are refused and should not be"
    assert unseen == {f"bad/{name}" for name in SEEN_BY_THE_COMPILER_ONLY}
    assert len(unseen) <= 0.05 * (len(GOOD) + len(BAD))
