"""A run that somebody follows from a terminal: its progress, its gates, Ctrl-C, and how its errors are told."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from datetime import UTC, datetime
from typing import Any, Final

import click

from flytetypes import executors
from flytetypes._annotations import source_of
from flytetypes._record import Record
from flytetypes.authoring import Entity
from flytetypes.cli._progress import Progress, counts_of, name_of, progress_for
from flytetypes.cli._traceback import frames_of, shorten_notes, told_with_frames
from flytetypes.cli._values import choices_of, value_from_text
from flytetypes.errors import ConversionError, FlyteTypesError, RunError, describe, text_of
from flytetypes.executors import Event, Gate, NodeRun, Phase, Run, run
from flytetypes.interface import default_engine

INTERRUPTED: Final = 130
"""The exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""

# How long tasks that were stopped may take to say so.
_STOPPING_SECONDS: Final = 10.0
_HEARING_SECONDS: Final = 0.5
_LISTED: Final = 20


class Settings(Record):
    """How to run.

    Attributes:
        executor: `threads` or `processes`.
        max_parallelism: How many tasks run at the same time; None for the default.
        project: Of the run; None for the default.
        domain: Of the run; None for the default.
        quiet: Whether no progress is shown.
        full_traceback: Whether errors are shown with the frames of the framework.
    """

    executor: str | None = None
    max_parallelism: int | None = None
    project: str | None = None
    domain: str | None = None
    quiet: bool = False
    full_traceback: bool = False


class Failed(click.ClickException):
    """The run has failed; the message says how."""

    def show(self, file: Any = None) -> None:
        """Print it as it is: it may be many lines."""
        click.echo(self.message, file=file, err=file is None)


def followed(entity: Entity[..., Any], arguments: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Run it, and wait; its outputs by name.

    Raises:
        Failed: When it has failed.
        click.exceptions.Exit: After Ctrl-C.
    """
    ids: dict[str, Any] = {"project": settings.project, "domain": settings.domain}
    desk = _Desk()
    executor: Any = executors.ProcessExecutor() if settings.executor == "processes" else None
    with nullcontext() if executor is None else closing(executor):
        try:
            handle = run(
                entity,
                arguments,
                executor=executor,
                max_parallelism=settings.max_parallelism,
                on_gate=desk.ask,
                **{name: value for name, value in ids.items() if value is not None},
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever the body of a workflow raises
            raise Failed(_told(error, [], settings)) from None
        _watch(handle, desk, settings)
        try:
            return handle.outputs()
        except KeyboardInterrupt:  # a task has raised it
            _stop(handle)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except BaseException as error:  # noqa: BLE001 - whatever a task raises
            raise Failed(_told(error, handle.nodes, settings)) from None


def _watch(handle: Run, desk: _Desk, settings: Settings) -> None:
    """Show what it does until it has ended; stop it on Ctrl-C."""
    progress = progress_for(quiet=settings.quiet)
    try:
        with progress:
            progress.follow(handle)
            threading.Thread(target=desk.read, args=(handle,), daemon=True).start()
            while (item := desk.news.get()) is not None:
                if isinstance(item, Event):
                    progress.tell(item)
                else:
                    _answer(item, progress)
    except (KeyboardInterrupt, click.Abort):  # Abort: at a question, where it is Ctrl-D too
        _stop(handle)
        raise click.exceptions.Exit(INTERRUPTED) from None


def _stop(handle: Run) -> None:
    handle.cancel()
    with suppress(KeyboardInterrupt):  # once more: nobody wants to wait
        handle.wait(_STOPPING_SECONDS)
    nodes = handle.nodes
    done = [node for node in nodes if node.phase is Phase.SUCCEEDED]
    click.echo(f"stopped by Ctrl-C: {counts_of(nodes)}", err=True)
    for node in done[:_LISTED]:
        click.echo(f"  completed: {node.id} {name_of(node)}", err=True)
    if len(done) > _LISTED:
        click.echo(f"  … {len(done) - _LISTED} more", err=True)
    for node in handle.abandoned:
        click.echo(f"  still running in a thread, which ends with this process: {node.id} {name_of(node)}", err=True)


# --- gates ------------------------------------------------------------------------------------------------------------


class _Question:
    """A gate that waits for an answer, in a thread of its own."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.is_answered = threading.Event()
        self.answer: Any = None


class _Desk:
    """What arrives for the thread that reads the terminal: events, questions, and None at the end."""

    def __init__(self) -> None:
        self.news: queue.SimpleQueue[Event | _Question | None] = queue.SimpleQueue()

    def read(self, handle: Run) -> None:
        """Pass on the events of a run, until it has ended."""
        for event in handle.events():
            self.news.put(event)
        self.news.put(None)

    def ask(self, gate: Gate) -> Any:
        """The answer to a gate; waits for it."""
        if not sys.stdin.isatty():
            what = "approves" if gate.kind == "approve" else "gives the value of"
            raise RunError(f"nobody {what} the gate `{gate.name}`: standard input is not a terminal")
        question = _Question(gate)
        self.news.put(question)
        question.is_answered.wait()
        return question.answer


def _answer(question: _Question, progress: Progress) -> None:
    """Ask on the terminal."""
    gate = question.gate
    if gate.node.phase.is_terminal:  # its time is up
        question.is_answered.set()
        return
    with progress.paused():
        if gate.kind == "approve":
            question.answer = click.confirm(f"{gate.name}: approve {describe(gate.value)}?", default=None, err=True)
        else:
            question.answer = _typed(gate)
    question.is_answered.set()
    # Whether other questions are still to be asked is known once the run has heard of it.
    deadline = time.monotonic() + _HEARING_SECONDS
    while not gate.node.phase.is_terminal and time.monotonic() < deadline:
        time.sleep(0.005)


def _typed(gate: Gate) -> Any:
    converter = default_engine().converter(gate.annotation)
    choices = "|".join(choices_of(converter)) or source_of(gate.annotation)
    while True:
        text = click.prompt(f"{gate.name} ({choices})", err=True, default="" if str in converter.classes else None)
        try:
            return value_from_text(text, converter, datetime.now(UTC))
        except ConversionError as error:
            click.echo(f"Error: {error.within(gate.name)}", err=True)


# --- errors -----------------------------------------------------------------------------------------------------------


def _told(error: BaseException, nodes: Sequence[NodeRun], settings: Settings) -> str:
    """An error of a run: where it happened, and the lines of the user's own that led to it."""
    failed = [node for node in nodes if node.phase in (Phase.FAILED, Phase.TIMED_OUT)]
    where = _where(error, failed)
    has_frames = settings.full_traceback or bool(frames_of(error)) or not _is_plain(error)
    if has_frames:
        told = f"{where or 'the run failed'}\n{told_with_frames(error, full=settings.full_traceback)}"
    else:
        shorten_notes(error)
        notes = [*getattr(error, "__notes__", ())]
        if where and not any(_names(text, node) for node in failed for text in (str(error), *notes)):
            notes.append(where)
        told = "\n  ".join([str(error), *notes])
    others = [node for node in failed if node.failure is not None and node.failure.error is not error]
    lines = [f"Error: {told}", *(f"also failed: {_shown(node)}: {_line(node)}" for node in others[:_LISTED])]
    if len(others) > _LISTED:
        lines.append(f"… {len(others) - _LISTED} more")
    return "\n".join(lines)


def _names(text: str, node: NodeRun) -> bool:
    return f"`{node.name}`" in text or f"`{node.name.rpartition('.')[2]}`" in text


def _is_plain(error: BaseException) -> bool:
    """Whether the message of an error says what it is."""
    return isinstance(error, (FlyteTypesError, NotImplementedError))


def _where(error: BaseException, failed: Sequence[NodeRun]) -> str:
    """The innermost node that has failed with an error, and its attempt."""
    nodes = [node for node in failed if node.failure is not None and node.failure.error is error]
    if not nodes:
        return ""
    node = max(nodes, key=_depth)
    return f"{_shown(node)} failed in attempt {node.number + 1}"


def _depth(node: NodeRun) -> int:
    depth, outer = 0, node.parent
    while outer is not None:
        depth, outer = depth + 1, outer.parent
    return depth


def _shown(node: NodeRun) -> str:
    return f"node {node.id}, {node.kind} `{name_of(node)}`"


def _line(node: NodeRun) -> str:
    error = node.failure.error if node.failure is not None else None
    return f"{type(error).__name__}: {text_of(error)}".partition("\n")[0] if error is not None else ""
