"""What the tests of commands share: a directory with sources, and commands that run in it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flytetypes.authoring import LaunchPlan
from flytetypes.cli import cli


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
        before, path, plans = set(sys.modules), list(sys.path), dict(LaunchPlan.CACHE)
        try:
            return CliRunner().invoke(cli, list(arguments))
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
            [sys.executable, "-m", "flytetypes.cli", *arguments],
            capture_output=True,
            text=True,
            cwd=self.root,
            check=False,
            env={"PATH": "", "COLUMNS": "200", **environment},
        )


def project_in(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = directory.resolve() / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return Project(root)
