"""Calls and decorations: which arguments a call may have, and which functions can be decorated at all."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from flytetypes.errors import AnnotationError, CallError, describe
from flytetypes.interface import MISSING, Interface


def arguments_of(interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, defaults filled in, in the order of declaration.

    Raises:
        CallError: For positional arguments, a name that is missing or unknown; the message shows the call to make.
    """
    inputs = interface.inputs
    if args:
        raise CallError(_corrected(interface, args, kwargs))
    for name in kwargs:
        if name not in inputs:
            import difflib  # only a mistake needs it

            close = difflib.get_close_matches(name, inputs, n=1)
            meant = f", did you mean `{close[0]}`?" if close else "."
            raise CallError(f"`{interface.name}` has no input `{name}`{meant} It is {interface.signature()}")
    arguments = {}
    missing = []
    for name, variable in inputs.items():
        value = kwargs.get(name, variable.default)
        if value is MISSING:
            missing.append(name)
        arguments[name] = value
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        raise CallError(f"`{interface.name}` needs {names}. It is {interface.signature()}")
    return arguments


def _corrected(interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    free = [name for name in interface.inputs if name not in kwargs]
    if len(args) > len(free):
        return f"`{interface.name}` takes keywords, and {len(interface.inputs)} of them. It is {interface.signature()}"
    given = {**dict(zip(free, args, strict=False)), **kwargs}
    shown = ", ".join(f"{name}={describe(value).partition('` ')[2] or repr(value)}" for name, value in given.items())
    return f"`{interface.name}` takes keywords: call it as `{interface.name}({shown})`"


def check_function(function: object, decorator: str) -> None:
    """Refuse what cannot be a task or workflow, with the reason; raises `AnnotationError`."""
    reason = _refusal(function)
    if reason is not None:
        raise AnnotationError(f"@{decorator} cannot decorate {describe(function)}: {reason}")


def _refusal(function: Any) -> str | None:
    import inspect  # dear to import, and not needed before the first decorated function

    if isinstance(function, functools.partial):
        return "a partial has no signature of its own: write a function that makes the call"
    if isinstance(function, (staticmethod, classmethod)):
        return "a method belongs to a class: make it a function of the module"
    if not callable(function) or not inspect.isfunction(inspect.unwrap(function)):
        return "it is not a function"
    if getattr(function, "__name__", "") == "<lambda>":
        return "a lambda has no annotations and no name: write a function with `def`"
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "`async def` is not supported yet: write a function with `def`"
    if inspect.isgeneratorfunction(function):
        return "a generator gives its values one by one: return a list"
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            return f"`{parameter}` cannot be given by a keyword: give each input a name of its own"
    return None
