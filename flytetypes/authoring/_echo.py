"""Echo: a task that gives what it gets, and that a plugin of the backend runs without a container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from flytetypes.authoring._task import Task, TaskOptions
from flytetypes.configuration import SerializationSettings
from flytetypes.interface import Interface

if TYPE_CHECKING:
    from flytetypes.authoring._task import TaskKeywords


class Echo(Task[..., Any]):
    """Gives its inputs, in order: the first as `o0`, the next as `o1`."""

    kind = "echo"
    task_type = "echo"

    def __init__(self, name: str, inputs: Mapping[str, Any] | None = None, **options: Unpack[TaskKeywords]) -> None:
        """Make an echo.

        Args:
            name: What it is registered as.
            inputs: Annotations by name.
            options: Those of `@task`.
        """
        given = dict(inputs or {})
        outputs = {f"o{index}": annotation for index, annotation in enumerate(given.values())}
        super().__init__(name, Interface.declared(name, given, outputs), TaskOptions.of(**options))

    def target(self, settings: SerializationSettings) -> None:
        """No container: the plugin runs it."""
        return

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Its inputs."""
        values = tuple(arguments[name] for name in self.interface.inputs)
        return None if not values else values[0] if len(values) == 1 else values
