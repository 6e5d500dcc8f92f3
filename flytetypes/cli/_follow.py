"""A run that somebody follows from a terminal: its progress, its gates, Ctrl-C, and how its errors are told."""

from __future__ import annotations

import queue
import select
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
from flytetypes.authoring import EagerException, Entity
from flytetypes.cli._progress import Progress, counts_of, is_tty, name_of, progress_for
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
# How often a question is looked after that nobody has answered yet.
_POLL_SECONDS: Final = 0.05
_APPROVALS: Final = {"y": True, "yes": True, "n": False, "no": False}
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
        ConversionError: For an argument that no literal can have; its path begins with the input.
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
        except (KeyboardInterrupt, ConversionError):
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
    except KeyboardInterrupt:
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
        self.has_no_answer = False


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
        if not is_tty(sys.stdin):
            what = "approves" if gate.kind == "approve" else "gives the value of"
            raise RunError(f"nobody {what} the gate `{gate.name}`: standard input is not a terminal")
        question = _Question(gate)
        self.news.put(question)
        question.is_answered.wait()
        if question.has_no_answer:
            raise RunError(f"the gate `{gate.name}` was not answered: the input has ended")
        return question.answer


def _answer(question: _Question, progress: Progress) -> None:
    """Ask on the terminal, as long as the run waits for it."""
    gate = question.gate
    if not gate.node.phase.is_terminal:
        with progress.paused():
            try:
                question.answer = _approved(gate) if gate.kind == "approve" else _typed(gate)
            except EOFError:
                question.has_no_answer = True
    question.is_answered.set()
    # Whether other questions are still to be asked is known once the run has heard of it.
    deadline = time.monotonic() + _HEARING_SECONDS
    while not gate.node.phase.is_terminal and time.monotonic() < deadline:
        time.sleep(0.005)


def _approved(gate: Gate) -> bool | None:
    while (text := _reply(gate, f": approve {describe(gate.value)}? [y/n]")) is not None:
        answer = _APPROVALS.get(text.strip().lower())
        if answer is not None:
            return answer
        click.echo("Error: invalid input", err=True)
    return None


def _typed(gate: Gate) -> Any:
    converter = default_engine().converter(gate.annotation)
    choices = "|".join(choices_of(converter)) or source_of(gate.annotation)
    while (text := _reply(gate, f" ({choices})")) is not None:
        if not text and str not in converter.classes:
            continue
        try:
            value = value_from_text(text, converter, datetime.now(UTC))
            converter.to_literal(value)
        except FlyteTypesError as error:
            if isinstance(error, ConversionError):
                error.within(gate.name)
            click.echo(f"Error: {error}", err=True)
        else:
            return value
    return None


def _reply(gate: Gate, question: str) -> str | None:
    """What somebody types; None when the time of the gate is up, or the run has ended, before they do.

    Raises:
        EOFError: At the end of the input.
    """
    click.echo(f"{gate.name}{question}: ", nl=False, err=True)
    while not gate.node.phase.is_terminal:
        if select.select([sys.stdin], [], [], _POLL_SECONDS)[0]:
            line = sys.stdin.readline()
            if not line:
                raise EOFError
            return line.removesuffix("\n")
    import termios  # POSIX has it, as it has `select` for a terminal

    termios.tcflush(sys.stdin, termios.TCIFLUSH)  # half an answer is none to the next question
    click.echo(err=True)
    return None


# --- errors -----------------------------------------------------------------------------------------------------------


def _told(error: BaseException, nodes: Sequence[NodeRun], settings: Settings) -> str:
    """An error of a run: where it happened, and the lines of the user's own that led to it."""
    failed = [node for node in nodes if node.phase in (Phase.FAILED, Phase.TIMED_OUT)]
    itself = [node for node in failed if _has_raised(node, error)]
    where = _where(itself)
    has_frames = settings.full_traceback or bool(frames_of(error)) or not _is_plain(error)
    if has_frames:
        told = f"{where or 'the run failed'}\n{told_with_frames(error, full=settings.full_traceback)}"
    else:
        shorten_notes(error)
        notes = [*getattr(error, "__notes__", ())]
        if where and not any(_names(text, node) for node in failed for text in (str(error), *notes)):
            notes.append(where)
        told = "\n  ".join([str(error), *notes])
    others = [node for node in failed if node not in itself]
    lines = [f"Error: {told}", *(f"also failed: {_shown(node)}: {_line(node)}" for node in others[:_LISTED])]
    if len(others) > _LISTED:
        lines.append(f"… {len(others) - _LISTED} more")
    return "\n".join(lines)


def _names(text: str, node: NodeRun) -> bool:
    return f"`{node.name}`" in text or f"`{node.name.rpartition('.')[2]}`" in text


def _is_plain(error: BaseException) -> bool:
    """Whether the message of an error says what it is."""
    return isinstance(error, (FlyteTypesError, NotImplementedError))


def _has_raised(node: NodeRun, error: BaseException | None) -> bool:
    """Whether it is the error of a node, as it is, or as it was raised in an eager task that awaited the node."""
    while error is not None:
        if node.failure is not None and node.failure.error is error:
            return True
        error = error.__cause__ if isinstance(error, EagerException) else None
    return False


def _where(failed: Sequence[NodeRun]) -> str:
    """The innermost node of those that have failed with an error, and its attempt."""
    if not failed:
        return ""
    node = max(failed, key=_depth)
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
