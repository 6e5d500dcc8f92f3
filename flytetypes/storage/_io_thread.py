"""One thread with its own event loop, where plain code waits for async code.

A plain verb cannot start a loop where one is running already (notebooks, async tasks), and a client that keeps
connections belongs to one loop. So one thread, started when it is first needed, runs a loop as long as the process
lives.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

T = TypeVar("T")

CLEARING_SECONDS: Final = 5.0
"""How long what is interrupted may take to clear away what it has begun."""


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the I/O thread and wait for what it returns or raises.

    Context variables of the caller are seen inside. When the wait is interrupted the coroutine is cancelled, and has a
    few seconds to clear away what it has begun.

    Raises:
        RuntimeError: On the I/O thread itself, which would wait for itself forever.
    """
    import asyncio

    loop = _io_thread.loop()
    if threading.get_ident() == _io_thread.ident:
        coroutine.close()
        raise RuntimeError("this is the I/O thread, where a plain verb would wait for itself: await its `_async` twin")
    ended = threading.Event()

    async def run() -> T:
        try:
            return await coroutine
        finally:
            ended.set()

    future = asyncio.run_coroutine_threadsafe(run(), loop)
    try:
        return future.result()
    finally:
        if future.cancel():  # not when it is done
            ended.wait(CLEARING_SECONDS)


async def in_own_thread(function: Callable[[], T]) -> T:
    """What a function returns or raises that may block for long, and wait for the I/O thread itself.

    Not in one of the pool that `asyncio.to_thread` uses: when all of those wait for a loop that waits for one of them,
    they wait for ever. Context variables of the caller are seen inside. A function cannot be interrupted: when the wait
    is cancelled it goes on, unheard.
    """
    import asyncio
    import contextvars

    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def tell(settle: Callable[[], None]) -> None:
        def settle_unless_cancelled() -> None:
            if not future.done():
                settle()

        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody waits
            loop.call_soon_threadsafe(settle_unless_cancelled)

    def work() -> None:
        try:
            result = context.run(function)
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            raised = error
            tell(lambda: future.set_exception(raised))
        else:
            tell(lambda: future.set_result(result))

    threading.Thread(target=work, name="flytetypes-transfer", daemon=True).start()
    return await future


class LoopThread:
    """A daemon thread that runs an event loop, started when the loop is first asked for.

    Attributes:
        ident: Of the thread; None before it is started.
    """

    def __init__(self, name: str) -> None:
        self.ident: int | None = None
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process: int | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop; raises `RuntimeError` when it has been closed."""
        with self._lock:
            return self._running()

    def submit(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run in the loop what a function begins; what was submitted before `close` is begun or cancelled.

        What it raises after its future was cancelled is dropped.

        Raises:
            RuntimeError: When it has been closed; the function is not called then.
        """
        import asyncio

        async def run() -> T:
            running: Any = asyncio.current_task()
            running.add_done_callback(lambda done: done.cancelled() or done.exception())  # else asyncio would log it
            return await begin()

        with self._lock:
            loop = self._running()
            return asyncio.run_coroutine_threadsafe(run(), loop)

    def close(self) -> None:
        """End the loop and its thread for good, when what is running now gives way; does not wait."""
        with self._lock:
            self._is_closed = True
            loop, self._loop = self._loop, None
            if loop is not None and self._process == os.getpid():
                loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        import asyncio

        if self._is_closed:
            raise RuntimeError(f"the thread {self._name} has been closed")
        # Threads do not survive a fork: a child process starts its own.
        if self._loop is None or self._process != os.getpid():
            self._loop, self._process = asyncio.new_event_loop(), os.getpid()
            thread = threading.Thread(target=self._serve, args=(self._loop,), name=self._name, daemon=True)
            thread.start()
            self.ident = thread.ident
        return self._loop

    @staticmethod
    def _serve(loop: asyncio.AbstractEventLoop) -> None:
        import asyncio

        try:
            loop.run_forever()
        finally:
            while left := asyncio.all_tasks(loop):
                for task in left:
                    task.cancel()
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())  # and whoever waits for a task that is done hears of it
            loop.close()


_io_thread = LoopThread("flytetypes-io")
