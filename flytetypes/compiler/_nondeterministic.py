"""Calls in the body of a workflow that give something else each time that it is compiled."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from flytetypes._diagnostics import Diagnostic, Place
from flytetypes.authoring import FunctionWorkflow, WorkflowEntity

_MODULES = frozenset({"random", "secrets", "uuid"})
_FUNCTIONS = frozenset(
    {
        *("time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "time.localtime", "time.gmtime"),
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
        *("os.urandom", "os.getpid", "os.getenv", "numpy.random"),
    }
)
_TYPED = frozenset({"datetime.datetime", "datetime.date"})


def nondeterministic_calls(workflow: WorkflowEntity[..., Any]) -> list[Diagnostic]:
    """A warning for each of them; none where the source is not at hand."""
    if not isinstance(workflow, FunctionWorkflow):
        return []
    function = inspect.unwrap(workflow.function)
    if not _mentions(function):
        return []
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return []
    file = function.__code__.co_filename
    return [
        Diagnostic(
            "nondeterministic",
            f"`{name}` is called when the workflow is compiled, and gives something else each time",
            workflow.interface.name,
            Place(file, first + line - 1),
            fix="call it in a task, or make its result an input of the workflow",
            severity="warning",
        )
        for name, line in _calls(tree, function)
    ]


def _mentions(function: Any) -> bool:
    """Whether any global that the code names belongs to one of the modules: a look at the names, not at the source."""
    code, scope = function.__code__, function.__globals__
    return any(_origin(scope.get(name)) is not None for name in code.co_names)


def _origin(value: Any) -> str | None:
    """The dotted name of a module, class or function of those that matter, or None."""
    if inspect.ismodule(value):
        name = value.__name__
        return name if name.partition(".")[0] in {*_MODULES, "time", "datetime", "os", "numpy"} else None
    owner = getattr(value, "__self__", None)  # `random.random` is a method of a hidden object
    module = getattr(value, "__module__", None) or (owner is not None and type(owner).__module__) or ""
    name = f"{module}.{getattr(value, '__qualname__', '')}"
    known = module in _MODULES or name in _TYPED or name in _FUNCTIONS
    return name if (known and not isinstance(value, type)) or name in _TYPED else None


def _calls(tree: ast.AST, function: Any) -> Iterator[tuple[str, int]]:
    """The calls that matter, as they are written, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            parts: list[str] = []
            called: ast.expr = node.func
            while isinstance(called, ast.Attribute):
                parts.insert(0, called.attr)
                called = called.value
            if isinstance(called, ast.Name):
                origin = _origin(function.__globals__.get(called.id))
                if origin is not None and _matters(".".join([origin, *parts])):
                    yield ast.unparse(node.func), node.lineno


def _matters(name: str) -> bool:
    return (
        name.partition(".")[0] in _MODULES
        or name in _FUNCTIONS
        or any(name.startswith(f"{prefix}.") for prefix in _FUNCTIONS)
    )
