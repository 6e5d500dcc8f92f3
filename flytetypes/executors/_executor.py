"""What an executor is: whoever runs one task on serialised inputs and gives serialised outputs."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, Protocol

from flytetypes.authoring import Entity


class Executor(Protocol):
    """Runs tasks somewhere."""

    def submit(self, task: Entity[..., Any], inputs: bytes) -> Future[bytes]:
        """Start a task.

        Args:
            task: What to run: a task, or a map of something.
            inputs: A serialised LiteralMap (`inputs.pb`).

        Returns:
            The serialised LiteralMap of its outputs, or what the task raised.
        """
        ...
