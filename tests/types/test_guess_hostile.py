"""Guessing from LiteralTypes of anybody's making runs, imports and opens nothing, and ends in an annotation or in our error.

In programs of their own, because an audit hook cannot be taken away again, and memory is limited by the process.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("hostile_types.py")
SHARDS = 4
EACH = 5_000


@pytest.mark.parametrize("seed", range(SHARDS))
def test_nothing_happens_that_must_not(seed: int) -> None:
    assert SHARDS * EACH >= 20_000
    done = subprocess.run(
        [sys.executable, PROGRAM, str(EACH), str(seed)], capture_output=True, text=True, check=False, timeout=600
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
