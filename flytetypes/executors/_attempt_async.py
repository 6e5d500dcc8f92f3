"""One attempt at an `async def`, awaited in the running loop; apart, since most runs do without asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from flytetypes.authoring import Attempt, Task
from flytetypes.executors._attempt import arguments_of, enter, failure_in_task, outputs_of
from flytetypes.storage import in_own_thread

if TYPE_CHECKING:
    from flytetypes.types import HeldValues

R = TypeVar("R")


async def attempt_outputs_async(
    task: Task[..., Any], inputs: Mapping[str, bytes], attempt: Attempt, held: HeldValues | None = None
) -> dict[str, bytes]:
    """`attempt_outputs` for an `async def`; moving bytes does not block the loop."""
    arguments = await _apart(task, lambda: arguments_of(task, inputs, held))
    context = enter(task, attempt)
    try:
        try:
            result = await task.run(arguments)
        except BaseException as error:
            if is_of_outside(error):
                raise
            raise failure_in_task(error, arguments) from None
        return await _apart(task, lambda: outputs_of(task, result, held))
    finally:
        context.close()


def is_of_outside(error: BaseException) -> bool:
    """Whether a coroutine that raises this was stopped by Ctrl-C, or by whoever awaits it."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt)


async def _apart(task: Task[..., Any], convert: Callable[[], R]) -> R:
    variables = (*task.interface.inputs.values(), *task.interface.outputs.values())
    if all(variable.converter.offloads is None for variable in variables):
        return convert()
    return await in_own_thread(convert)
