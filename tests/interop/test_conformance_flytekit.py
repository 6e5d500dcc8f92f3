"""The vectors for other SDKs, asked of flytekit 1.16: exactly the differences that are listed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from environments import environment

pytestmark = pytest.mark.interop

CONFORMANCE = Path(__file__).parents[2] / "conformance"
DIFFERENCES = CONFORMANCE / "flytekit-differences.json"


def test_flytekit_differs_where_the_list_says_so_and_nowhere_else() -> None:
    command: list[str | Path] = [sys.executable, CONFORMANCE / "run.py", "--expected", DIFFERENCES, "--"]
    answering = [environment("flytekit"), CONFORMANCE / "adapters" / "flytekit_adapter.py"]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [*command, *answering], capture_output=True, text=True, check=False, timeout=600, env=inherited
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_every_difference_is_listed_once() -> None:
    keys = [key for listed in json.loads(DIFFERENCES.read_text()).values() for key in listed]
    assert len(keys) == len(set(keys))
