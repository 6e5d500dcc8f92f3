"""What tasks of scenarios leave and look for in a folder, whatever process they run in."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

_PATIENCE_SECONDS: Final = 20.0
_OVER: Final = "over"
_BETWEEN_LOOKS_SECONDS: Final = 0.002


def mark(folder: str, name: str) -> int:
    """Leave a mark; how many of the name there are now."""
    path = Path(folder, f"{name}.mark")
    with path.open("ab") as file:  # appending is atomic
        file.write(b".")
    return path.stat().st_size


def marks_in(folder: str | os.PathLike[str]) -> dict[str, int]:
    """How often each mark was left."""
    return {path.name.removesuffix(".mark"): path.stat().st_size for path in Path(folder).glob("*.mark")}


def wait_for(folder: str, name: str, count: int = 1) -> None:
    """Wait until a mark was left so often."""
    path = Path(folder, f"{name}.mark")
    _wait(folder, lambda: path.exists() and path.stat().st_size >= count, f"{count} of the mark `{name}`")


def meet(folder: str, name: str, count: int) -> None:
    """Wait until so many have come here: they run at the same time."""
    place = Path(folder, f"{name}.meeting")
    place.mkdir(exist_ok=True)
    (place / uuid4().hex).touch()
    _wait(folder, lambda: sum(1 for _ in place.iterdir()) >= count, f"{count} at the meeting `{name}`")


def end(folder: Path) -> None:
    """Let nobody wait here any more: the scenario is over, and what could not be stopped still runs."""
    (folder / _OVER).touch()


def _wait(folder: str, holds: Callable[[], bool], what: str) -> None:
    over = Path(folder, _OVER)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline or over.exists() or not over.parent.exists():
            raise TimeoutError(f"waited for {what}, in vain")
        time.sleep(_BETWEEN_LOOKS_SECONDS)
