"""Diagnostics as people and programs read them: blocks with colours, and JSON."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from flytetypes._diagnostics import Diagnostic
from flytetypes.cli._sources import Failure

_COLOURS = {"error": "bold red", "warning": "bold yellow"}


def console(*, stderr: bool = False) -> Console:
    """Where text is printed: with colours on a terminal, unless `NO_COLOR` is set. Lines keep their length."""
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        stderr=stderr,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        color_system=None if plain else "auto",
    )


def print_diagnostics(into: Console, found: Iterable[Diagnostic]) -> None:
    """Each as its block."""
    for diagnostic in found:
        into.print(_block(diagnostic))


def print_failures(into: Console, failures: Iterable[Failure]) -> None:
    """Each as one line."""
    for failure in failures:
        line = f", line {failure.line}" if failure.line is not None else ""
        text = Text("error", _COLOURS["error"])
        text.append(f": {relative(failure.file)} cannot be loaded{line}: {failure.message}", "default")
        into.print(text)


def _block(diagnostic: Diagnostic) -> Text:
    """The block of `Diagnostic.lines`, with the path of the file instead of its name, and the workflow."""
    first, *rest = diagnostic.lines()
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    message = first.removeprefix(head)
    if diagnostic.place is not None and diagnostic.place.file:
        shown = f"{relative(diagnostic.place.file)}:{diagnostic.place.line}"
        message = message.replace(str(diagnostic.place), shown, 1)
    text = Text(head, _COLOURS[diagnostic.severity])
    text.append(message, "default")
    if diagnostic.workflow:
        rest.insert(0, f"  {'in':<9} workflow `{diagnostic.workflow}`")
    for line in rest:
        text.append(f"\n{line[:12]}", "cyan")
        text.append(line[12:], "default")
    return text


def relative(file: str) -> str:
    """A path from the current directory, where it is below that."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


def counted(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def as_json(found: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Each as an object."""
    return [diagnostic.to_json() for diagnostic in found]
