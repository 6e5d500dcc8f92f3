"""Running tasks in this process: functions in threads, `async def` in an event loop, and in a process what has to be
stopped in time.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING, Any

from flytetypes._exports import lazy_names
from flytetypes.authoring import Attempt, Task
from flytetypes.executors._attempt import run_attempt
from flytetypes.executors._executor import nothing
from flytetypes.executors._jobs import MAX_WORKING
from flytetypes.executors._threads import shared_threads
from flytetypes.interface import join_literals, split_literals
from flytetypes.storage import LoopThread

if TYPE_CHECKING:
    from flytetypes.executors._jobs import Job
    from flytetypes.executors._processes import ProcessExecutor
    from flytetypes.executors._scheduler import Scheduler
    from flytetypes.types import HeldValues

# Most runs have neither: what these import is dear.
_load = lazy_names(
    __name__,
    {
        "flytetypes.executors._attempt_async": ("attempt_outputs_async",),
        "flytetypes.executors._eager": ("run_eager_attempt",),
        "flytetypes.executors._processes": ("ProcessExecutor", "loadable"),
    },
)


class ThreadExecutor:
    """Runs tasks in this process: the default. Each run makes one of its own, so giving one to `run` changes nothing.

    A function runs in a thread; an `async def` in an event loop that all of those share. A function with a timeout
    runs in a process, where it can be stopped, if it can be loaded there; else in a thread, with a notice. Where only
    the process finds out that it cannot, that is an `UnloadableError`, and the scheduler runs the task in a thread.

    Args:
        held: What the run holds in memory, where it is one run's alone.
    """

    def __init__(self, held: HeldValues | None = None) -> None:
        self._held = held
        self._loop = LoopThread("flytetypes-async")
        self._stops: dict[Future[Any], Callable[[], bool]] = {}

    def takes_thread(self, task: Task[..., Any], timeout: float | None) -> bool:
        """Whether a task runs in a thread."""
        if getattr(task, "is_async", False):
            return False
        return timeout is None or not _can_be_stopped(task)

    def submit(
        self, task: Task[..., Any], inputs: bytes, attempt: Attempt, begun: Callable[[], object] = nothing
    ) -> Future[bytes]:
        """Start one attempt; see `Executor`."""
        if getattr(task, "is_async", False):
            begun()
            return self._submit_async(lambda: self._joined(task, inputs, attempt))
        if self.takes_thread(task, attempt.timeout):
            return self._own(_submit_to_thread(task, inputs, attempt, begun), lambda: False)
        processes = _processes(os.getpid())
        elsewhere = processes.submit(task, inputs, attempt, begun)
        return self._own(elsewhere, lambda: processes.stop(elsewhere))

    async def _joined(self, task: Task[..., Any], inputs: bytes, attempt: Attempt) -> bytes:
        outputs = await _load("attempt_outputs_async")(task, split_literals(inputs), attempt, self._held)
        return join_literals(outputs)

    def submit_eager(self, scheduler: Scheduler, job: Job, attempt: Attempt) -> Future[dict[str, bytes]]:
        """Start an eager task, whose calls the scheduler runs."""
        return self._submit_async(lambda: _load("run_eager_attempt")(scheduler, job, attempt))

    def owns(self, future: Future[Any]) -> bool:
        """Whether it has started this."""
        return future in self._stops

    def stop(self, future: Future[bytes]) -> bool:
        """Stop an attempt; a function in a thread cannot be stopped."""
        stop = self._stops.pop(future, None)
        return stop() if stop is not None else True

    def close(self) -> None:
        """End the event loop; functions in threads go on."""
        self._loop.close()

    def _submit_async(self, begin: Callable[[], Any]) -> Future[Any]:
        async def guarded() -> Any:
            try:
                return await begin()
            except KeyboardInterrupt as error:  # it would end the loop
                return error

        future = self._loop.submit(guarded)
        return self._own(future, lambda: future.cancel() or future.done())

    def _own(self, future: Future[Any], stop: Callable[[], bool]) -> Future[Any]:
        self._stops[future] = stop
        future.add_done_callback(lambda future: self._stops.pop(future, None))
        return future


@cache
def _processes(process: int) -> ProcessExecutor:
    """The processes for what has to be stopped in time, as long as this one lives; one that was forked has its own."""
    del process
    made: ProcessExecutor = _load("ProcessExecutor")(MAX_WORKING)
    return made


def _submit_to_thread(
    task: Task[..., Any], inputs: bytes, attempt: Attempt, begun: Callable[[], object]
) -> Future[bytes]:
    future: Future[bytes] = Future()

    def work() -> bytes | BaseException:
        begun()
        try:
            return run_attempt(task, inputs, attempt)
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            return error

    def done(outcome: bytes | BaseException) -> None:
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    context = copy_context()
    shared_threads.submit(lambda: context.run(work), done)
    return future


_noticed: set[str] = set()


def _can_be_stopped(task: Task[..., Any]) -> bool:
    reason: str | None = _load("loadable")(task)
    if reason is not None:
        notice_thread(task, reason)
    return reason is None


def notice_thread(task: Task[..., Any], reason: str) -> None:
    """Say once of a task that it stays in a thread of this process, though a process was asked for or is needed."""
    if task.name not in _noticed:
        _noticed.add(task.name)
        warnings.warn(
            f"`{task.name}` runs in a thread of this process, where it cannot be stopped: {reason}",
            RuntimeWarning,
            stacklevel=2,
        )
