"""Doing something later: one thread, with an event loop that no task ever blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flytetypes.storage import LoopThread

if TYPE_CHECKING:
    import asyncio

_thread = LoopThread("flytetypes-clock")


class Timer:
    """Something that is to happen."""

    __slots__ = ("_act", "_handle", "_loop")

    def __init__(self, seconds: float, act: Callable[[], None]) -> None:
        self._act: Callable[[], None] | None = act
        self._handle: asyncio.TimerHandle | None = None
        self._loop = _thread.loop()
        self._loop.call_soon_threadsafe(self._begin, seconds)

    def cancel(self) -> None:
        """Do not do it, unless it has begun."""
        if self._act is not None:
            self._act = None
            self._loop.call_soon_threadsafe(self._forget)

    def _begin(self, seconds: float) -> None:
        if self._act is not None:
            self._handle = self._loop.call_later(seconds, self._fire)

    def _forget(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _fire(self) -> None:
        act, self._act = self._act, None
        if act is not None:
            act()
