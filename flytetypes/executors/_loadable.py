"""Whether another process can find a task by its name, and what it has to know for that."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Mapping
from typing import Any, Final

from flytetypes._record import Record
from flytetypes.authoring import Task, default_task_resolver
from flytetypes.configuration import SerializationSettings
from flytetypes.errors import OptionError, UnloadableError, describe

MAIN: Final = "__main__"
_SETTINGS: Final = SerializationSettings()


class Module(Record):
    """A module as another process is to load it.

    Attributes:
        name: Under which; that of the script for what is `__main__` here.
        aliases: Names that are to lead to it too.
        file: Its source; empty where importing the name is all that is known.
        is_main: Whether it is `__main__` here.
    """

    name: str
    aliases: tuple[str, ...]
    file: str
    is_main: bool


class Address(Record):
    """Where another process finds a task.

    Attributes:
        resolver: Module and variable of its resolver.
        arguments: What that resolver calls the task.
        modules: What is to be loaded before it is asked.
        changes: File to the time of its last change, for those of the modules.
    """

    resolver: str
    arguments: tuple[str, ...]
    modules: tuple[Module, ...]
    changes: Mapping[str, int]


def loadable(task: Task[..., Any]) -> str | None:
    """Why another process cannot find a task by its name; None when it can."""
    found = _found(task)
    return found if isinstance(found, str) else None


def address_of(task: Task[..., Any]) -> Address:
    """Where another process finds it; raises `UnloadableError`."""
    found = _found(task)
    if isinstance(found, str):
        raise UnloadableError(found)
    return found


def note_unloadable(task: Task[..., Any], reason: str) -> None:
    """Remember what another process said when it was to load the task."""
    entry = _entries.get(id(task))
    if entry is not None:
        _entries[id(task)] = _Entry(entry.task, entry.state, reason)


class _Entry(Record):
    """What was found out about a task, as long as nothing that it depends on is replaced."""

    task: weakref.ref[Any]
    state: tuple[Any, ...]
    found: Address | str


_entries: dict[int, _Entry] = {}


def _found(task: Task[..., Any]) -> Address | str:
    key = id(task)
    entry = _entries.get(key)
    if entry is not None and entry.task() is task and _state(task, *entry.state[:2]) == entry.state:
        return entry.found
    module, variable, found = _find(task)
    # Weak and by identity: tasks are made by the thousands in notebooks, and a kind of task may define equality.
    reference = weakref.ref(task, lambda _: _entries.pop(key, None))
    _entries[key] = _Entry(reference, _state(task, module, variable), found)
    return found


def _state(task: Task[..., Any], module: str, variable: str) -> tuple[Any, ...]:
    """What tests replace by something else: the variable, the function, what runs it. Identities: nothing is kept."""
    own = vars(task)
    there = getattr(sys.modules.get(module), "__dict__", {}).get(variable)
    return module, variable, id(there), id(own.get("function")), id(own.get("run"))


def _find(task: Task[..., Any]) -> tuple[str, str, Address | str]:
    """The module and the variable that the answer depends on, and the answer."""
    function = getattr(task, "function", None)
    module = getattr(function, "__module__", None) or ""
    variable = getattr(function, "__qualname__", "")
    if getattr(sys, "frozen", False) or not sys.executable:
        return "", "", "this program has no Python interpreter that could run a task in a process of its own"
    replaced = "run" in vars(task) or getattr(task, "__wrapped__", function) is not function
    if replaced:
        return (
            module,
            variable,
            f"the function of the task `{task.name}` was replaced, which other processes do not see",
        )
    try:
        arguments = task.resolver.loader_args(_SETTINGS, task)
    except OptionError as error:
        if "<locals>" in variable:
            return (
                "",
                "",
                (
                    f"the task `{task.name}` is defined inside of a function, so another process could not find it: "
                    "define it at the top level of a module"
                ),
            )
        there = getattr(sys.modules.get(module), "__dict__", {}).get(variable, task)
        if there is not task and there is not function:
            return module, variable, _elsewhere(module, variable, there)
        return module, variable, str(error).replace("its container", "another process")
    modules = {}
    if task.resolver is default_task_resolver:
        shown, variable = arguments[1], arguments[3]
        module = module if _holds(module, variable, task) else shown
        if not _holds(module, variable, task):
            there = getattr(sys.modules.get(module), "__dict__", {}).get(variable)
            return module, variable, _elsewhere(module, variable, there)
        modules[module] = shown
    elif module:
        modules[module] = task.name.removesuffix(f".{variable}")
    resolver = task.resolver.location.rpartition(".")[0]
    if not resolver.startswith("flytetypes."):
        modules.setdefault(resolver, resolver)
    made = []
    for name, shown in modules.items():
        described = _module(name, shown, function)
        if described is None:
            return (
                module,
                variable,
                (f"the task `{task.name}` was typed in, so there is no file that another process could load it from"),
            )
        made.append(described)
    changes = {each.file: os.stat(each.file).st_mtime_ns for each in made if each.file}  # noqa: PTH116
    return module, variable, Address(task.resolver.location, tuple(arguments), tuple(made), changes)


def _elsewhere(module: str, variable: str, there: Any) -> str:
    what = "nothing" if there is None else describe(there)
    return f"another process would look for the task at `{module}.{variable}`, where there is {what}"


def _holds(module: str, variable: str, task: Task[..., Any]) -> bool:
    """Whether a variable of a module is the task, or the same function as a task of the same kind."""
    there = getattr(sys.modules.get(module), "__dict__", {}).get(variable)
    if there is task:
        return True
    function = getattr(task, "function", None)
    return type(there) is type(task) and function is not None and getattr(there, "function", None) is function


def _module(name: str, shown: str, function: Any) -> Module | None:
    """A module that is loaded here, for another process; None for what was typed in."""
    loaded = sys.modules.get(name)
    file = getattr(loaded, "__file__", None)
    if not isinstance(file, str) or not os.path.isfile(file):  # noqa: PTH113 - pathlib is dear to import
        if name == MAIN or getattr(loaded, "__spec__", None) is None:
            return None
        return Module(name, (shown,), "", is_main=False)  # in an archive, or wherever else its importer finds it
    file = os.path.realpath(file)
    if name != MAIN:
        return Module(name, (shown,), file, is_main=False)
    code = getattr(_innermost(function), "__code__", None)
    if code is not None and code.co_filename.startswith("<"):  # typed in after the script had run: `python -i`
        return None
    own = shown if shown != MAIN else os.path.basename(file).removesuffix(".py")  # noqa: PTH119
    return Module("_flytetypes_main" if own == MAIN else own, (MAIN, shown), file, is_main=True)


def _innermost(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function
