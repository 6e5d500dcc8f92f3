"""The threads that run tasks in this process: as many as there is work for, and none that waits for another's turn.

Whoever limits how much runs at the same time is the scheduler. A pool with a limit of its own would wait for ever when
all of its threads wait for runs that were started inside of tasks.

Short tasks are done by few threads, which take one after the other: handing each to a thread of its own costs more than
the task, and threads that take short tasks side by side are in each other's way. So work that is submitted wakes one
thread; further ones are woken when work has waited for a millisecond without any being taken, ever more of them; and a
thread whose task was short leaves the next ones to another one that is busy with such.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

_IDLE_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 0.001

Work = Callable[[], Any]
Done = Callable[[Any], None]


class Threads:
    """Daemon threads that take work in the order in which it came; an idle one ends after a few seconds."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        """Begin anew, without threads and without work."""
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Work, Done]] = deque()
        self._idle: list[threading.Event] = []
        self._coming = 0  # threads that were woken, or are done with something, and have not taken work yet
        self._taken = 0
        self._server = 0  # the thread that took work last, and when
        self._served_at = 0.0
        self._is_behind = threading.Event()
        self._watcher: threading.Thread | None = None

    def submit(self, work: Work, done: Done) -> None:
        """Have something done; does not wait.

        Args:
            work: What; it raises nothing.
            done: Called with what that gave, in the same thread.
        """
        if self._process != os.getpid():  # threads do not survive a fork
            self._reset()
        with self._lock:
            self._waiting.append((work, done))
            starts = 0
            if self._coming:
                self._watch()  # should it not come: Ctrl-C may have kept a thread from being started
            else:
                starts = self._wake(1)
        self._start(starts)

    def _wake(self, count: int) -> int:
        """Have threads look for work, with the lock held; how many are to be started for it."""
        self._coming += count
        while count and self._idle:
            self._idle.pop().set()
            count -= 1
        return count

    def _start(self, count: int) -> None:
        for _ in range(count):
            threading.Thread(target=self._serve, name="flytetypes-task", daemon=True).start()

    def _serve(self) -> None:
        was_short = False
        while (taken := self._take(was_short=was_short)) is not None:
            work, done = taken
            began = time.perf_counter()
            result = work()
            was_short = time.perf_counter() - began < _PATIENCE_SECONDS
            with self._lock:
                self._coming += 1
            done(result)
            del taken, work, done, result  # nothing is kept alive while this thread waits

    def _take(self, *, was_short: bool) -> tuple[Work, Done] | None:
        """The next piece of work; None when there was none for long."""
        me = threading.get_ident()
        while True:
            now = time.perf_counter()
            with self._lock:
                self._coming = max(self._coming - 1, 0)
                is_served = was_short and self._server != me and now - self._served_at < _PATIENCE_SECONDS
                if self._waiting and is_served:
                    self._watch()
                elif self._waiting:
                    self._server, self._served_at = me, now
                    self._taken += 1
                    taken = self._waiting.popleft()
                    if self._waiting:
                        self._watch()
                    return taken
                woken = threading.Event()
                self._idle.append(woken)
            was_short = False
            if not woken.wait(_IDLE_SECONDS):
                with self._lock:
                    if woken in self._idle:
                        self._idle.remove(woken)
                        return None

    def _watch(self) -> None:
        """Have somebody see to it that work does not wait, with the lock held."""
        if not self._is_behind.is_set():
            self._is_behind.set()
        if self._watcher is None or not self._watcher.is_alive():
            self._watcher = threading.Thread(target=self._keep_watch, name="flytetypes-watch", daemon=True)
            self._watcher.start()

    def _keep_watch(self) -> None:
        more = 1
        while True:
            if not self._is_behind.wait(_IDLE_SECONDS):
                with self._lock:
                    if not self._waiting:
                        self._watcher = None
                        return
            taken = self._taken
            time.sleep(_PATIENCE_SECONDS)
            starts = 0
            with self._lock:
                if not self._waiting:
                    self._is_behind.clear()
                    more = 1
                elif taken == self._taken:
                    self._coming = 0  # whoever was to come has had its time
                    starts = self._wake(min(more, len(self._waiting)))
                    more *= 2
                else:
                    more = 1
            self._start(starts)


shared_threads = Threads()
