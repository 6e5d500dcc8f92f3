"""One thread with its own event loop, where plain code waits for async code.

A plain verb cannot start a loop where one is running already (notebooks, async tasks), and a client that keeps
connections belongs to one loop. So one thread, started when it is first needed, runs a loop as long as the process
lives.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the I/O thread and wait for what it returns or raises.

    Context variables of the caller are seen inside. When the wait is interrupted the coroutine is cancelled.

    Raises:
        RuntimeError: On the I/O thread itself, which would wait for itself forever.
    """
    import asyncio

    loop = _io_thread.loop()
    if threading.get_ident() == _io_thread.ident:
        coroutine.close()
        raise RuntimeError("this is the I/O thread, where a plain verb would wait for itself: await its `_async` twin")
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result()
    finally:
        future.cancel()  # does nothing when it is done


class _IOThread:
    """A daemon thread that runs a loop, started when the loop is first asked for."""

    def __init__(self) -> None:
        self.ident: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process: int | None = None
        self._lock = threading.Lock()

    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop."""
        import asyncio

        with self._lock:
            # Threads do not survive a fork: a child process starts its own.
            if self._loop is None or self._process != os.getpid():
                self._loop, self._process = asyncio.new_event_loop(), os.getpid()
                thread = threading.Thread(target=self._loop.run_forever, name="flytetypes-io", daemon=True)
                thread.start()
                self.ident = thread.ident
            return self._loop


_io_thread = _IOThread()
