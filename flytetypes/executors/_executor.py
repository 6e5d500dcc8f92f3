"""What an executor is: whoever runs one task on serialised inputs and gives serialised outputs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from flytetypes.authoring import Attempt, Task


def nothing() -> None:
    """For whoever does not ask when an attempt begins."""


class Executor(Protocol):
    """Runs tasks somewhere. The scheduler decides what runs when, how often, and what a failure means."""

    def submit(
        self, task: Task[..., Any], inputs: bytes, attempt: Attempt, begun: Callable[[], object] = nothing
    ) -> Future[bytes]:
        """Start one attempt at a task; does not wait.

        Args:
            task: What to run: never a map, a dynamic or an eager task, which the scheduler takes apart itself.
            inputs: A serialised LiteralMap (`inputs.pb`).
            attempt: Which attempt; it says where outputs go, and how long it may take, which the scheduler sees to.
            begun: To be called, from any thread, when the attempt has really begun: it may wait for its turn before.

        Returns:
            The serialised LiteralMap of its outputs (`outputs.pb`). A failure is raised as a `Failure`; any other
            exception counts as one of the system.
        """
        ...

    def stop(self, future: Future[bytes]) -> bool:
        """Stop an attempt that is running or waiting; whether it is stopped. Its future may then never complete."""
        ...

    def close(self) -> None:
        """Let go of threads, processes and connections; what is running is stopped."""
        ...
