"""Virtual environments with other people's packages, made when a test first needs them.

The pins are `requirements/interop-<name>.txt`, complete, so nothing is resolved. An environment lies in
`.cache/interop/<name>-<hash of its pins>` and is made once: parallel test workers wait for each other.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "interop"


def environment(name: str) -> Path:
    """The Python of the environment with the pins of `requirements/interop-<name>.txt`.

    Takes minutes when it is made, and needs a package index or pip's cache; then it is only looked up.
    """
    requirements = ROOT / "requirements" / f"interop-{name}.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(version.encode() + requirements.read_bytes()).hexdigest()[:16]
    directory = CACHE / f"{name}-{digest}"
    python = directory / "bin" / "python"
    finished = directory / "finished"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}-{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(directory, ignore_errors=True)  # what is there was interrupted
            subprocess.run([sys.executable, "-m", "venv", directory], check=True)
            install: list[str | Path] = [
                python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--requirement",
                requirements,
            ]
            subprocess.run(install, check=True)
            finished.touch()
    return python


def run(name: str, *arguments: str | Path, stdin: str = "", variables: Mapping[str, str] | None = None) -> str:
    """What a Python program prints in an environment; fails with its errors when it does."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [environment(name), *arguments]
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        env={**inherited, **(variables or {})},
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-5_000:]
    return done.stdout
