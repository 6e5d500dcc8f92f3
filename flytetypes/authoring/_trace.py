"""Tracing: running the body of a workflow once, with promises, to see what it calls with what.

The trace in progress and the mode that code runs in are the only state of this package, and this file owns them.
"""

from __future__ import annotations

import enum
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, TypeVar, Union

from flytetypes._annotations import parse, source_of
from flytetypes.authoring._graph import Binding, Constant, DictBinding, ListBinding, Node, Reference
from flytetypes.authoring._promise import Promise, reference_of
from flytetypes.errors import ConversionError, key_step
from flytetypes.interface import Variable
from flytetypes.storage import Source
from flytetypes.types import Outbox, TypeEngine

if TYPE_CHECKING:
    from flytetypes.authoring._entity import Entity

R = TypeVar("R")

# A promise as its repr shows it, in a text that was made from it by "%s" or join.
_SHOWN_PROMISE = re.compile(r"Promise\((?:n\d+\.)?\w+[^()]*\)")
_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120 - pathlib is dear to import


class Mode(enum.Enum):
    """What calling a task or workflow means where the caller runs."""

    NONE = "none"
    """It runs."""
    TRACING = "tracing"
    """It becomes a node."""
    TASK = "task"
    """It is a plain call: the body of a task is just Python."""


class Trace:
    """What a body has called so far, and what was wrong with it."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.problems: list[str] = []
        self.uploads: dict[str, Source] = {}


_mode: ContextVar[Mode] = ContextVar("flytetypes_mode", default=Mode.NONE)
_trace: ContextVar[Trace | None] = ContextVar("flytetypes_trace", default=None)


def current_mode() -> Mode:
    """The mode of the running code."""
    return _mode.get()


def run_as(mode: Mode, function: Callable[..., R], values: Mapping[str, Any], trace: Trace | None = None) -> R:
    """Call a function in a context of its own, in this mode."""

    def call() -> R:
        _mode.set(mode)
        _trace.set(trace)
        return function(**values)

    return copy_context().run(call)


def add_node(target: Entity[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Note a call of the body being traced; its outputs as promises."""
    trace = _trace.get()
    if trace is None:
        raise RuntimeError("no workflow is being traced")
    place = call_place()
    interface = target.interface
    bindings = {}
    for name, value in arguments.items():
        try:
            bindings[name] = bind(value, interface.inputs[name], interface.engine, trace)
        except ConversionError as error:
            trace.problems.append(f"{place}: {error.within(name).of(interface.name)}")
    node = Node(f"n{len(trace.nodes)}", target, bindings, place)
    trace.nodes.append(node)
    return interface.result_of({name: Promise(Reference(node.id, name)) for name in interface.outputs})


def bind(value: object, variable: Variable, engine: TypeEngine, trace: Trace) -> Binding:
    """What a value in the body of a workflow binds an input or output to.

    Raises:
        ConversionError: When a constant in it does not fit.
    """
    try:
        return _bind(value, variable.annotation, engine, trace)
    except RecursionError:
        raise ConversionError(f"`{source_of(variable.annotation)}`", got="a value that contains itself") from None


def _bind(value: object, annotation: Any, engine: TypeEngine, trace: Trace) -> Binding:
    reference = reference_of(value)
    if reference is not None:
        return reference
    if _holds_promise(value):
        return _bind_container(value, annotation, engine, trace)
    if type(value) is str and _SHOWN_PROMISE.search(value):
        raise ConversionError("a value", value, reason="a promise was made a text: its value is not there yet")
    converter = engine.converter(annotation)
    if converter.offloads is None:
        return Constant(converter.to_bytes(value))
    out = Outbox(engine.prefix, keeps_local=True)
    literal = converter.write(value, out)
    trace.uploads.update(out.uploads)
    return Constant(literal)


def _bind_container(value: object, annotation: Any, engine: TypeEngine, trace: Trace) -> Binding:
    misfit = ConversionError(f"`{source_of(annotation)}`", got=f"a `{type(value).__name__}` with promises in it")
    for candidate in _alternatives(annotation):
        parsed = parse(candidate)
        try:
            if type(value) is list and parsed.origin is list and parsed.args:
                element = parsed.args[0]
                return ListBinding(tuple(_within(i, item, element, engine, trace) for i, item in enumerate(value)))
            if type(value) is dict and parsed.origin is dict and parsed.args and parsed.args[0] is str:
                element = parsed.args[1]
                return DictBinding({k: _within(key_step(k), v, element, engine, trace) for k, v in value.items()})
        except ConversionError as error:
            misfit = error  # of a union the next variant may fit
    raise misfit


def _within(step: str | int, value: object, annotation: Any, engine: TypeEngine, trace: Trace) -> Binding:
    try:
        return _bind(value, annotation, engine, trace)
    except ConversionError as error:
        raise error.within(step)  # noqa: B904 - the same error, with one more step


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    parsed = parse(annotation)
    return parsed.args if parsed.origin is Union else (annotation,)


def _holds_promise(value: object) -> bool:
    if type(value) is list or type(value) is tuple:
        return any(type(item) is Promise or _holds_promise(item) for item in value)
    if type(value) is dict:
        return any(type(item) is Promise or _holds_promise(item) for item in value.values())
    return False


def call_place() -> str:
    """File and line of the nearest caller outside of this package."""
    frame = sys._getframe(1)  # noqa: SLF001 - `inspect.stack` reads source files on the way
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"  # noqa: PTH119
