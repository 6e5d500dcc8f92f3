"""What the tests of commands share: a directory with sources, and commands that run in it."""

from __future__ import annotations

import inspect
import io
import os
import subprocess
import sys
import textwrap
from collections.abc import Generator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from flytetypes.authoring import LaunchPlan
from flytetypes.cli import cli, main


@dataclass
class Project:
    """A directory of sources, which is the current one."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def run(self, *arguments: str) -> Result:
        """A command in this process; its modules are forgotten afterwards."""
        return self._invoked(CliRunner(), arguments, None)

    def run_apart(self, *arguments: str, stdin: str | None = None) -> Result:
        """The same with standard output and standard error apart."""
        return self._invoked(_runner(), arguments, stdin)

    def _invoked(self, runner: CliRunner, arguments: tuple[str, ...], stdin: str | None) -> Result:
        with self.forgetting():
            return runner.invoke(cli, list(arguments), input=stdin)

    @contextmanager
    def forgetting(self) -> Generator[None]:
        """A block that imports modules of this directory, which are forgotten after it."""
        before, path, plans = set(sys.modules), list(sys.path), dict(LaunchPlan.CACHE)
        try:
            yield
        finally:
            sys.path[:] = path
            LaunchPlan.CACHE.clear()
            LaunchPlan.CACHE.update(plans)
            for name in set(sys.modules) - before:
                file = getattr(sys.modules[name], "__file__", None) or ""
                if file.startswith(str(self.root)) or name.partition(".")[0] in self._namespaces():
                    del sys.modules[name]

    def _namespaces(self) -> set[str]:
        return {path.name for path in self.root.iterdir() if path.is_dir()}

    def program(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The same in a process of its own, as users start it."""
        return subprocess.run(
            [sys.executable, "-m", "flytetypes", *arguments],
            capture_output=True,
            text=True,
            cwd=self.root,
            check=False,
            env={"PATH": "", "COLUMNS": "200", **environment},
        )


def program_here(*arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """What `Project.program` gives, by a call of `main` in this process: a third of a second less."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with (
        Project(directory).forgetting(),
        chdir(directory),
        patch.dict(os.environ, {"COLUMNS": "200"}),
        patch.object(sys, "argv", ["flytetypes", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def _runner() -> CliRunner:
    if "mix_stderr" in inspect.signature(CliRunner).parameters:  # of click 8.1
        return CliRunner(mix_stderr=False)  # type: ignore[call-arg]
    return CliRunner()


def project_in(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = directory.resolve() / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return Project(root)
