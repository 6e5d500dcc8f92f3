"""Calls and decorations: which arguments a call may have, and which functions can be decorated at all."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import Any

from flytetypes._record import Record
from flytetypes.errors import AnnotationError, CallError, describe
from flytetypes.interface import MISSING, Interface


class InputProblem(Record):
    """What is wrong with the arguments of a call."""

    code: str
    message: str
    fix: str


def arguments_of(
    interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any], fixed: Collection[str] = ()
) -> dict[str, Any]:
    """The arguments of a call by name, defaults filled in, in the order of declaration.

    Args:
        interface: Of what is called.
        args: Positional arguments.
        kwargs: Keyword arguments.
        fixed: Inputs that a launch plan has fixed.

    Raises:
        CallError: For positional arguments, and a name that is missing, unknown or fixed; it shows the call to make.
    """
    arguments, problems = inputs_of_call(interface, args, kwargs, fixed)
    if problems:
        raise CallError(problems[0].message)
    return arguments


def inputs_of_call(
    interface: Interface, args: tuple[Any, ...], kwargs: Mapping[str, Any], fixed: Collection[str] = ()
) -> tuple[dict[str, Any], list[InputProblem]]:
    """The arguments of a call as they can be made out, and everything that is wrong with it; see `arguments_of`."""
    inputs = interface.inputs
    problems: list[InputProblem] = []
    if not args and kwargs.keys() == inputs.keys():  # nearly every call
        return dict(kwargs), problems
    if args:
        free = [name for name in inputs if name not in kwargs]
        called = _corrected(interface, free, args, kwargs)
        problems.append(InputProblem("positional-call", f"`{interface.name}` takes keywords{called[0]}", called[1]))
        kwargs = {**dict(zip(free, args, strict=False)), **kwargs}
    arguments = {}
    missing = []
    for name, variable in inputs.items():
        value = kwargs.get(name, variable.default)
        if value is MISSING:
            missing.append(name)
        else:
            arguments[name] = value
    if not kwargs.keys() <= inputs.keys():
        problems += [_unknown(interface, name, fixed) for name in kwargs if name not in inputs]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        given = ", ".join(f"{name}=..." for name in missing)
        problems.append(
            InputProblem(
                "missing-input", f"`{interface.name}` needs {names}. It is {interface.signature()}", f"add `{given}`"
            )
        )
    return arguments, problems


def _unknown(interface: Interface, name: str, fixed: Collection[str]) -> InputProblem:
    if name in fixed:
        return InputProblem(
            "fixed-input",
            f"`{interface.name}` has fixed its input `{name}`. It is {interface.signature()}",
            "leave it out, or make it one of the plan's `default_inputs`",
        )
    import difflib  # only a mistake needs it

    close = difflib.get_close_matches(name, interface.inputs, n=1)
    meant = f", did you mean `{close[0]}`?" if close else "."
    return InputProblem(
        "unknown-input",
        f"`{interface.name}` has no input `{name}`{meant} It is {interface.signature()}",
        f"call it `{close[0]}`" if close else "leave it out",
    )


def _corrected(
    interface: Interface, free: list[str], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[str, str]:
    """What to say of a positional call, and how to mend it."""
    if len(args) > len(free):
        return f", and {len(interface.inputs)} of them. It is {interface.signature()}", "leave the others out"
    given = {**dict(zip(free, args, strict=False)), **kwargs}
    shown = ", ".join(f"{name}={_argument_text(value)}" for name, value in given.items())
    call = f"`{interface.name}({shown})`"
    return f": call it as {call}", f"call it as {call}"


def _argument_text(value: object) -> str:
    """An argument as it may be written; a promise has no text but the variable that holds it, which nobody knows."""
    if hasattr(type(value), "with_overrides"):
        return "..."
    return describe(value).partition("` ")[2] or repr(value)


def check_function(function: object, decorator: str) -> None:
    """Refuse what cannot be a task or workflow, with the reason; raises `AnnotationError`."""
    reason = _refusal(function, decorator)
    if reason is not None:
        raise AnnotationError(f"@{decorator} cannot decorate {describe(function)}: {reason}")


def _refusal(function: Any, decorator: str) -> str | None:
    import inspect  # dear to import, and not needed before the first decorated function

    if isinstance(function, functools.partial):
        return "a partial has no signature of its own: write a function that makes the call"
    if isinstance(function, (staticmethod, classmethod)):
        return "a method belongs to a class: make it a function of the module"
    if not callable(function) or not inspect.isfunction(inspect.unwrap(function)):
        return "it is not a function"
    if getattr(function, "__name__", "") == "<lambda>":
        return "a lambda has no annotations and no name: write a function with `def`"
    if inspect.iscoroutinefunction(inspect.unwrap(function)) and decorator in ("workflow", "dynamic"):
        return f"the body of a @{decorator} only says what feeds what, and awaits nothing: write `def`, or use @eager"
    if decorator == "eager" and not inspect.iscoroutinefunction(inspect.unwrap(function)):
        return "it awaits nothing: write `async def`"
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return "a generator gives its values one by one: return a list"
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            return f"`{parameter}` cannot be given by a keyword: give each input a name of its own"
    return None
