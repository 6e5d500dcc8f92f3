"""Programs that serve while tests run, and end with them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".cache" / "servers"

# Ends the program when the tests do, however they do: it waits for the end of its input, which is ours.
_WATCHED = """
import subprocess, sys
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
try:
    sys.stdin.buffer.read()
finally:
    program.terminate()
    try:
        program.wait(5)
    except subprocess.TimeoutExpired:
        program.kill()
"""


def newest(pattern: str) -> Path:
    """The program that was installed last under such a name; one that is not there when there is none."""
    found = sorted(INSTALLED.glob(pattern), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else INSTALLED / pattern.rstrip("-*")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str | Path], port: int, log: Path, *, variables: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A program, from when it listens on the port until the block ends.

    Raises:
        RuntimeError: With what it printed, when it ends instead or does not listen within a minute.
    """
    with log.open("wb") as output:
        watcher = subprocess.Popen(
            [sys.executable, "-c", _WATCHED, *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(variables or {})},
        )
        try:
            _wait_for(port, watcher, log)
            yield
        finally:
            assert watcher.stdin is not None
            with suppress(BrokenPipeError):
                watcher.stdin.close()
            watcher.wait(15)


def _wait_for(port: int, watcher: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if watcher.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the server does not answer on port {port}: {log.read_text(errors='replace')[-2000:]}")
