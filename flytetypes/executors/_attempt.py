"""One attempt at one task: inputs decoded, the function run in the mode of a task, outputs encoded.

What fails where decides whose fault it is: the function's exceptions are the user's, the rest is the system's.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from flytetypes._own import is_own
from flytetypes.authoring import Attempt, DynamicTask, Entity, Graph, Task, TaskContext, awaited, enter_context
from flytetypes.errors import ConversionError, StorageError, TaskCancelledError, add_note, describe
from flytetypes.executors._failures import Failure, failure_of_system, failure_of_user
from flytetypes.interface import join_literals, split_literals
from flytetypes.storage import random_uri, send_outputs_to
from flytetypes.types import TypeEngine

if TYPE_CHECKING:
    from flytetypes.types import HeldValues

_SHOWN_INPUTS = 200


def run_attempt(task: Task[..., Any], inputs: bytes, attempt: Attempt) -> bytes:
    """`attempt_outputs` from one serialised LiteralMap to another, as they travel between processes."""
    return join_literals(attempt_outputs(task, split_literals(inputs), attempt))


def attempt_outputs(
    task: Task[..., Any], inputs: Mapping[str, bytes], attempt: Attempt, held: HeldValues | None = None
) -> dict[str, bytes]:
    """Run a task in this thread, in a context that nobody else uses.

    Args:
        task: What to run; an `async def` is awaited in a loop of its own.
        inputs: Serialised literals by name.
        attempt: Which attempt it is.
        held: What the run holds in memory; None where tasks are not in its process.

    Returns:
        Its outputs, as serialised literals by name.

    Raises:
        Failure: Whatever went wrong.
        KeyboardInterrupt: When somebody pressed Ctrl-C.
    """
    arguments = arguments_of(task, inputs, held)
    context = enter(task, attempt)
    try:
        try:
            result = awaited(task.run(arguments))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a task raises
            raise failure_in_task(error, arguments) from None
        return outputs_of(task, result, held)
    finally:
        context.close()  # not before what it has written there is stored


def trace_attempt(
    task: DynamicTask[..., Any], inputs: Mapping[str, bytes], attempt: Attempt, held: HeldValues | None = None
) -> Graph:
    """Trace a dynamic with its inputs at hand, and check the graph; raises as `attempt_outputs`."""
    arguments = arguments_of(task, inputs, held)
    context = enter(task, attempt)
    try:
        return task.graph_of(arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever its body raises
        raise failure_in_task(error, arguments) from None
    finally:
        context.close()


def arguments_of(task: Entity[..., Any], inputs: Mapping[str, bytes], held: HeldValues | None = None) -> dict[str, Any]:
    """The arguments in serialised inputs; an input that is left out has its default.

    Raises:
        Failure: When they do not fit, or cannot be read.
    """
    interface = task.interface
    try:
        return interface.arguments_from(inputs, held=held)
    except ConversionError as error:
        raise failure_of_system(error.of(interface.name), recoverable=False) from None
    except StorageError as error:
        raise failure_of_system(error, recoverable=True) from None


def outputs_of(task: Entity[..., Any], result: Any, held: HeldValues | None = None) -> dict[str, bytes]:
    """What a task gave as serialised outputs; raises `Failure` when it does not fit, or cannot be stored."""
    interface = task.interface
    try:
        return interface.output_literals(result, held=held)
    except ConversionError as error:
        raise failure_of_system(error.of(interface.name), recoverable=False) from None
    except StorageError as error:
        raise failure_of_system(error, recoverable=True) from None


def enter(task: Task[..., Any], attempt: Attempt) -> TaskContext:
    """Make an attempt the one that the running code belongs to, for the rest of the current context."""
    engine = task.interface.engine
    context = TaskContext(attempt, task.name, engine)
    enter_context(context)
    # Each attempt has a directory of its own, so that two may give the same name to a file.
    send_outputs_to(engine.store, _Directory(attempt.prefix, engine))
    return context


class _Directory:
    """The URI of a directory below a prefix, chosen when it is first asked for."""

    __slots__ = ("_engine", "_prefix", "_uri")

    def __init__(self, prefix: str, engine: TypeEngine) -> None:
        self._prefix = prefix
        self._engine = engine
        self._uri = ""

    def __call__(self) -> str:
        self._uri = self._uri or random_uri(self._prefix or self._engine.prefix)
        return self._uri


def failure_in_task(error: BaseException, arguments: Mapping[str, Any]) -> Failure:
    """What the function of a task has raised, with a note of its arguments."""
    BaseException.with_traceback(error, _of_own(error.__traceback__))
    error = without_cancellation(error)
    if isinstance(error, Exception):
        note_arguments(error, arguments)
    return failure_of_user(error)


def note_arguments(error: Exception, arguments: Mapping[str, Any]) -> None:
    """Say in a note what a task got that has raised this."""
    if arguments:
        add_note(error, f"with {summary_of(arguments)}")


def without_cancellation(error: BaseException) -> BaseException:
    """The error itself; in place of one that would stop whoever awaits the task, and that nobody sent, another one."""
    asyncio = sys.modules.get("asyncio")  # who has not loaded it has not raised it
    if not isinstance(error, GeneratorExit if asyncio is None else (GeneratorExit, asyncio.CancelledError)):
        return error
    instead = TaskCancelledError(f"the task let `{type(error).__name__}` through, though nobody has stopped it")
    instead.__cause__ = error
    return instead.with_traceback(error.__traceback__)


def _of_own(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from the user's own code on; whole where there is none of it."""
    step = trace
    while step is not None and is_own(step.tb_frame.f_globals.get("__name__", "")):
        step = step.tb_next
    return step or trace


def summary_of(arguments: Mapping[str, Any]) -> str:
    """Arguments as one line that is never long."""
    text = ", ".join(f"{name}={describe(value).partition('` ')[2] or 'None'}" for name, value in arguments.items())
    return text if len(text) <= _SHOWN_INPUTS else f"{text[: _SHOWN_INPUTS - 1]}…"
