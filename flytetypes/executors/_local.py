"""Running tasks in this process: functions in threads, `async def` in an event loop, and in a process what has to be
stopped in time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING, Any

from flytetypes._exports import lazy_names
from flytetypes.authoring import Attempt, Task
from flytetypes.executors._attempt import attempt_outputs_async, run_attempt
from flytetypes.executors._threads import shared_threads
from flytetypes.interface import join_literals, split_literals
from flytetypes.storage import LoopThread

if TYPE_CHECKING:
    from flytetypes.executors._jobs import Job
    from flytetypes.executors._processes import ProcessExecutor
    from flytetypes.executors._scheduler import Scheduler

# Most runs have neither: what these import is dear.
_load = lazy_names(
    __name__,
    {
        "flytetypes.executors._eager": ("run_eager_attempt",),
        "flytetypes.executors._processes": ("ProcessExecutor", "loadable"),
    },
)


class ThreadExecutor:
    """Runs tasks in this process: the default.

    A function runs in a thread; an `async def` in an event loop that all of those share. A function with a timeout
    runs in a process, where it can be stopped, if it can be loaded there; else in a thread, with a notice.
    """

    def __init__(self) -> None:
        self._loop = LoopThread("flytetypes-async")
        self._stops: dict[Future[Any], Callable[[], bool]] = {}

    def takes_thread(self, task: Task[..., Any], timeout: float | None) -> bool:
        """Whether a task runs in a thread."""
        if getattr(task, "is_async", False):
            return False
        return timeout is None or not _can_be_stopped(task)

    def submit(self, task: Task[..., Any], inputs: bytes, attempt: Attempt) -> Future[bytes]:
        """Start one attempt; see `Executor`."""
        if getattr(task, "is_async", False):
            return self._submit_async(lambda: self._joined(task, inputs, attempt))
        if not self.takes_thread(task, attempt.timeout):
            processes = _processes()
            future = processes.submit(task, inputs, attempt)
            return self._own(future, lambda: processes.stop(future))
        future = Future()

        def done(outcome: bytes | BaseException) -> None:
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        def work() -> bytes | BaseException:
            try:
                return run_attempt(task, inputs, attempt)
            except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
                return error

        shared_threads.submit(work, done)
        return self._own(future, lambda: False)

    @staticmethod
    async def _joined(task: Task[..., Any], inputs: bytes, attempt: Attempt) -> bytes:
        return join_literals(await attempt_outputs_async(task, split_literals(inputs), attempt))

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
        import asyncio

        async def guarded() -> Any:
            try:
                return await begin()
            except KeyboardInterrupt as error:  # it would end the loop
                return error

        future = asyncio.run_coroutine_threadsafe(guarded(), self._loop.loop())
        return self._own(future, lambda: future.cancel() or future.done())

    def _own(self, future: Future[Any], stop: Callable[[], bool]) -> Future[Any]:
        self._stops[future] = stop
        future.add_done_callback(lambda future: self._stops.pop(future, None))
        return future


@cache
def _processes() -> ProcessExecutor:
    """The processes for what has to be stopped in time; as long as this one lives."""
    made: ProcessExecutor = _load("ProcessExecutor")()
    return made


_noticed: set[str] = set()


def _can_be_stopped(task: Task[..., Any]) -> bool:
    reason: str | None = _load("loadable")(task)
    if reason is not None and task.name not in _noticed:
        _noticed.add(task.name)
        warnings.warn(
            f"`{task.name}` has a timeout, and runs in a thread, which cannot be stopped: {reason}",
            RuntimeWarning,
            stacklevel=2,
        )
    return reason is None
