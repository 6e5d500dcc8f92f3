"""The threads that run tasks in this process: as many as there is work for, and none that waits for another's turn.

Whoever limits how much runs at the same time is the scheduler. A pool with a limit of its own would wait for ever when
all of its threads wait for runs that were started inside of tasks.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

_IDLE_SECONDS: Final = 5.0

Work = Callable[[], Any]
Done = Callable[[Any], None]


class Threads:
    """Daemon threads that take work in the order in which it came; an idle one ends after a few seconds."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[tuple[Work, Done]] = deque()
        self._idle = 0
        self._waking = False
        self._here = threading.local()

    def submit(self, work: Work, done: Done) -> None:
        """Have something done; does not wait.

        Args:
            work: What; it raises nothing.
            done: Called with what that gave, in the same thread. What it submits, that thread may take itself.
        """
        with self._changed:
            self._waiting.append((work, done))
            if self._waking or (len(self._waiting) == 1 and getattr(self._here, "is_done", False)):
                return
            starts = self._wake()
        if starts:
            self._start()

    def _wake(self) -> bool:
        """Have another thread look for work; with the lock held. Whether a new one is to be started for it."""
        self._waking = True
        if self._idle:
            self._changed.notify()
            return False
        return True

    def _start(self) -> None:
        threading.Thread(target=self._serve, name="flytetypes-task", daemon=True).start()

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            work, done = taken
            result = work()
            self._here.is_done = True
            try:
                done(result)
            finally:
                self._here.is_done = False
            del taken, work, done, result  # nothing is kept alive while this thread waits

    def _take(self) -> tuple[Work, Done] | None:
        """The next piece of work; None when there was none for long."""
        with self._changed:
            while not self._waiting:
                self._waking = False
                self._idle += 1
                noticed = self._changed.wait(_IDLE_SECONDS)
                self._idle -= 1
                if not noticed and not self._waiting:
                    return None
            taken = self._waiting.popleft()
            # One thread wakes the next, as long as there is work: where tasks are short, few threads do all of it.
            starts = self._wake() if self._waiting else False
            self._waking = bool(self._waiting)
        if starts:
            self._start()
        return taken


shared_threads = Threads()
