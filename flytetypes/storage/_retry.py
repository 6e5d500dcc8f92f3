"""Trying again what may well succeed the next time.

Around whole verbs that may be repeated. Which errors are worth it the engines say, by `StorageError.transient`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from flytetypes._record import Record
from flytetypes.errors import StorageError

T = TypeVar("T")

LONGEST_WAIT_SECONDS: Final = 20.0
"""However often it was tried before."""


class RetryPolicy(Record):
    """How often and how soon something is tried again.

    Attributes:
        retries: How often at most after the first time.
        backoff_seconds: The longest wait before the first retry; it doubles for each one that follows, up to 20. The
            wait itself is drawn between zero and that, so that what failed together does not come back together.
    """

    retries: int = 4
    backoff_seconds: float = 0.2

    def longest_wait(self, retry: int) -> float:
        """The longest wait before a retry, in seconds; the first one is 0."""
        return min(self.backoff_seconds * 2.0 ** min(retry, 16), LONGEST_WAIT_SECONDS)

    async def run(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Await the attempt, and anew after each transient `StorageError`; raises the last one."""
        import asyncio
        import random

        for retry in range(self.retries):
            try:
                return await attempt()
            except StorageError as error:
                if not error.transient:
                    raise
            await asyncio.sleep(random.uniform(0, self.longest_wait(retry)))  # noqa: S311 - no secret depends on it
        return await attempt()
