"""Where the process puts what it stores."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("then", "is_left"),
    [
        ("", False),
        ("open(prefix + '/object', 'w').close()", True),
        ("pid = os.fork(); pid or sys.exit(); os.waitpid(pid, 0); print(os.path.isdir(prefix))", False),
    ],
    ids=["empty", "with an object", "in a fork that ends first"],
)
def test_the_temporary_directory_is_left_only_with_what_was_put_there(then: str, is_left: bool, tmp_path: Path) -> None:
    program = f"""
import os, stat, sys
from flytetypes.storage import temporary_prefix
prefix = temporary_prefix()
print(prefix, flush=True)
print(oct(stat.S_IMODE(os.stat(prefix).st_mode)), flush=True)
{then}
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    prefix, mode, *rest = done.stdout.splitlines()
    assert done.stderr == ""
    assert mode == oct(stat.S_IRWXU)
    assert rest in ([], ["True"])
    assert Path(prefix).parent == tmp_path
    assert Path(prefix).exists() == is_left
