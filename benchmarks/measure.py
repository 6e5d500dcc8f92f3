"""How one number is taken: the clock around a batch of calls, and the memory around one."""

import asyncio
import gc
import resource
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

_STATUS = Path("/proc/self/status")


class Job(Protocol):
    """One case in one environment. A sample is seconds a call, or bytes."""

    def warm_up(self, seconds: float) -> None: ...
    def sample(self) -> float: ...


class Timed:
    """Seconds a call, over as many calls as fill a batch.

    Args:
        fresh: The argument of the next call; made before the clock starts.
        run: Makes all calls and gives the seconds that they took; see `each` and `each_awaited`.
        once: Whether one call is long enough; for what takes more than a few milliseconds.
    """

    def __init__(self, fresh: Callable[[], Any], run: Callable[[list[Any]], float], *, once: bool = False) -> None:
        self._fresh = fresh
        self._run = run
        self._once = once
        self._calls = 1

    def warm_up(self, seconds: float) -> None:
        """Run everything once, and find how many calls a batch needs to last that long."""
        if self._batch() > 20 * seconds:
            return
        # The better of two, so that a hiccup does not pass for a long batch.
        while not self._once and self._calls < 100_000 and min(self._batch(), self._batch()) < seconds:
            self._calls *= 2

    def sample(self) -> float:
        return self._batch() / self._calls

    def _batch(self) -> float:
        arguments = [self._fresh() for _ in range(self._calls)]
        # The collector stays on, as it is for users; what the harness made is taken out of its sight.
        gc.collect()
        gc.freeze()
        try:
            return self._run(arguments)
        finally:
            gc.unfreeze()


def each(call: Callable[[Any], Any]) -> Callable[[list[Any]], float]:
    """Call a function with each argument."""

    def run(arguments: list[Any]) -> float:
        start = perf_counter()
        for argument in arguments:
            result = call(argument)
        elapsed = perf_counter() - start
        del result  # of a single large call, giving its memory back is not counted
        return elapsed

    return run


def each_awaited(call: Callable[[Any], Awaitable[Any]]) -> Callable[[list[Any]], float]:
    """Await a coroutine function with each argument; the event loop runs already when the clock starts."""

    async def batch(arguments: list[Any]) -> float:
        start = perf_counter()
        for argument in arguments:
            result = await call(argument)
        elapsed = perf_counter() - start
        del result
        return elapsed

    return lambda arguments: asyncio.run(batch(arguments))


class PerEdge:
    """A job for each of whose parts a share is counted."""

    def __init__(self, whole: Job, count: int) -> None:
        self._whole = whole
        self._count = count

    def warm_up(self, seconds: float) -> None:
        self._whole.warm_up(seconds)

    def sample(self) -> float:
        return self._whole.sample() / self._count


class Measured:
    """A job whose sample is whatever a function gives."""

    def __init__(self, sample: Callable[[], float]) -> None:
        self._sample = sample

    def warm_up(self, seconds: float) -> None:
        self._sample()

    def sample(self) -> float:
        return self._sample()


class PeakMemory:
    """By how many bytes the process grows, at its peak, during one call; to be sampled once, in a fresh process."""

    def __init__(self, argument: Any, call: Callable[[Any], Any]) -> None:
        self._argument = argument
        self._call = call

    def warm_up(self, seconds: float) -> None:
        """Nothing: what a first call loads is part of its memory."""

    def sample(self) -> float:
        gc.collect()
        before = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
        result = self._call(self._argument)
        peak = _memory("VmHWM")
        del result
        return max(peak - before, 0)


def peak_memory() -> int:
    """The peak of this process so far, in bytes."""
    if _STATUS.exists():  # on Linux, where ru_maxrss starts with the parent's peak
        return _memory("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _memory(field: str) -> int:
    for line in _STATUS.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise LookupError(f"{_STATUS} has no {field}")
