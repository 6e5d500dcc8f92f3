"""What a shell completes: files, entities, options and choices."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from flytetypes.cli import cli
from projects import Project, project_in

FLOW = """
    import enum

    from flytetypes import FlyteDirectory, FlyteFile, task, workflow

    print("imported")

    class Color(enum.Enum):
        RED = "red"
        BLUE = "blue"

    @task
    def paint(color: Color, more: Color | None = None, dry: bool = False, x: int = 1) -> int:
        return 1

    @task
    def read(file: FlyteFile, folder: FlyteDirectory) -> int:
        return 1
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = project_in(tmp_path, monkeypatch)
    made.write("flow.py", FLOW)
    made.write("bad.py", "1 / 0\n")
    return made


def completed(project: Project, *words: str) -> list[tuple[str, str]]:
    """Kind and text of what may stand in the place of the last word."""
    completion = BashComplete(cli, {}, "flytetypes", "_FLYTETYPES_COMPLETE")
    with project.forgetting():
        return [(item.type, item.value) for item in completion.get_completions([*words[:-1]], words[-1])]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("ru",), [("plain", "run")]),
        (("run", "fl"), [("file", "fl")]),
        (("run", "flow.py", ""), [("plain", "paint"), ("plain", "read")]),
        (("run", "flow.py", "pa"), [("plain", "paint")]),
        (("run", "flow", "pa"), [("plain", "paint")]),
        (("run", "flow.py:pa"), [("plain", "flow.py:paint")]),
        (("run", "flow.py", "paint", "--co"), [("plain", "--color")]),
        (("run", "flow.py:paint", "--color", ""), [("plain", "red"), ("plain", "blue")]),
        (("run", "flow.py", "paint", "--more", "b"), [("plain", "blue")]),
        (("run", "flow.py", "paint", "--no"), [("plain", "--no-dry"), ("plain", "--no_dry")]),
        (("run", "flow.py", "paint", "--dry", ""), [("plain", "true"), ("plain", "false")]),
        (("run", "flow.py", "read", "--file", "a"), [("file", "a")]),
        (("run", "flow.py", "read", "--folder", "a"), [("dir", "a")]),
        (("run", "flow.py", "paint", "--executor", "p"), [("plain", "processes")]),
        (("run", "--executor", "t"), [("plain", "threads")]),
        (("run", "--executor", "threads", "flow.py", "re"), [("plain", "read")]),
    ],
)
def test_what_is_completed(project: Project, words: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    assert completed(project, *words) == found


def test_what_cannot_be_imported_completes_to_nothing(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    for words in (("run", "bad.py:x"), ("run", "gone.py:x"), ("run", "flow.py:zzz")):
        assert completed(project, *words) == []
    for file in ("bad.py", "gone.py"):
        completed(project, "run", file, "")
    assert capfd.readouterr() == ("", "")


def test_a_shell_asks_by_the_environment(project: Project) -> None:
    program = Path(sys.executable).parent / "flytetypes"
    asked = {"COMP_WORDS": "flytetypes run flow.py paint --color ", "COMP_CWORD": "5"}
    done = subprocess.run(
        [program],
        env={"PATH": "", "_FLYTETYPES_COMPLETE": "bash_complete", **asked},
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("plain,red\nplain,blue\n", "")
