"""How a container finds its task again: arguments that name it, and the way back from them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from flytetypes._own import is_own
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import OptionError, describe

if TYPE_CHECKING:
    from flytetypes.authoring._task import Task


class TaskResolver(Protocol):
    """Names tasks by arguments, and loads them by these.

    Attributes:
        location: Where it is itself: module and variable, with a dot between them.
    """

    location: str

    def loader_args(self, settings: SerializationSettings, task: Task[..., Any]) -> list[str]:
        """What names a task; raises `OptionError` for one that could not be loaded."""
        ...

    def load_task(self, loader_args: Sequence[str]) -> Task[..., Any]:
        """The task that they name."""
        ...


class ModuleResolver:
    """A task is a variable of a module."""

    location = "flytetypes.authoring.default_task_resolver"

    def loader_args(self, settings: SerializationSettings, task: Task[..., Any]) -> list[str]:
        """`task-module MODULE task-name VARIABLE`."""
        module, name = variable_of(task)
        return ["task-module", module, "task-name", name]

    def load_task(self, loader_args: Sequence[str]) -> Task[..., Any]:
        """Import the module, and take the variable; raises `OptionError` for what is no task."""
        if len(loader_args) != 4 or loader_args[::2] != ["task-module", "task-name"]:
            raise OptionError(f"expected `task-module MODULE task-name VARIABLE`, got `{' '.join(loader_args)}`")
        found: Task[..., Any] = variable_in(loader_args[1], loader_args[3])
        if not hasattr(found, "task_type"):
            raise OptionError(
                f"`{loader_args[3]}` of the module `{loader_args[1]}` is no task; it is {describe(found)}"
            )
        return found


default_task_resolver = ModuleResolver()


def variable_in(module: str, name: str) -> Any:
    """What a variable of a module holds; the module is imported; raises `OptionError` where there is none."""
    found = import_module(module)
    if not hasattr(found, name):
        raise OptionError(f"the module `{module}` has no `{name}`")
    return getattr(found, name)


def variable_of(task: Task[..., Any]) -> tuple[str, str]:
    """The module and the variable of a task.

    A function's are those of its definition, if the task is what is found there; for others all modules are searched.

    Raises:
        OptionError: For a task that no module holds.
    """
    function = getattr(task, "function", None)
    if function is not None and "." not in function.__qualname__:
        shown, variable = task.name.removesuffix(f".{function.__qualname__}"), function.__qualname__
        found = getattr(sys.modules.get(function.__module__), variable, task)
        if found is task or getattr(found, "function", None) is function:
            return shown, variable
    for name, module in list(sys.modules.items()):
        if is_own(name) or module is None:
            continue
        for variable, value in list(getattr(module, "__dict__", {}).items()):
            if value is task:
                return name, variable
    raise OptionError(
        f"no module holds the task `{task.name}` in a variable, so its container could not find it: "
        "define it at the top level of a module"
    )
