"""Tasks: functions whose inputs and outputs have types on the wire."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar, overload

from flytetypes.authoring._call import arguments_of, check_function, local_names
from flytetypes.authoring._trace import Mode, add_node, current_mode, run_as
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.interface import Interface, Variable
from flytetypes.types import Inbox, Outbox

P = ParamSpec("P")
R = TypeVar("R")

# Values of exactly these classes cannot be changed by whoever receives them, so they need no copy.
_IMMUTABLE = (int, str, float, bool, type(None))


class Task(Generic[P, R]):
    """A function, called with keywords, its inputs and outputs converted by their annotations.

    Attributes:
        function: The function as it was written.
        name: Module and qualified name.

    Called outside of a workflow it runs, with copies of mutable arguments, as it would on another machine. Called in
    the body of a workflow it becomes a node, and gives promises. Called in the body of a task it is a plain call.
    """

    def __init__(self, function: Callable[P, R], localns: Mapping[str, Any]) -> None:
        self.function = function
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._localns = localns
        self._interface: Interface | None = None
        functools.update_wrapper(self, function)
        try:
            _ = self.interface
        except AnnotationError as error:
            # A class that is defined further down in the module: looked for again at the first use.
            if not isinstance(error.__context__, NameError):
                raise

    @property
    def interface(self) -> Interface:
        """What it takes and gives; evaluated once."""
        if self._interface is None:
            self._interface = Interface.of(self.function, localns=self._localns)
        return self._interface

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run, or become a node; see the class.

        Raises:
            CallError: For positional, missing or unknown arguments.
            ConversionError: For a value that does not fit its annotation, input or output.
        """
        mode = current_mode()
        if mode is Mode.TASK:
            return self.function(*args, **kwargs)
        interface = self.interface
        arguments = arguments_of(interface, args, kwargs)
        if mode is Mode.TRACING:
            promises: R = add_node(self, arguments)
            return promises
        try:
            for name, value in arguments.items():
                arguments[name] = isolated(value, interface.inputs[name])
        except ConversionError as error:
            raise error.of(self.short_name) from None
        result = self.run(arguments)
        try:
            outputs = interface.named_outputs(result)
            for name, value in outputs.items():
                outputs[name] = isolated(value, interface.outputs[name])
        except ConversionError as error:
            raise error.of(self.short_name) from None
        converted: R = interface.result_of(outputs)
        return converted

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """The function's own result for converted arguments; what it raises keeps its class and gains a note."""
        try:
            return run_as(Mode.TASK, self.function, arguments)
        except Exception as error:
            error.add_note(f"in task `{self.name}`")
            raise

    @property
    def short_name(self) -> str:
        """The function's name, as errors show it."""
        return self.interface.name

    def __repr__(self) -> str:
        return f"<task {self.interface.signature()}>"


def isolated(value: Any, variable: Variable) -> Any:
    """A value as it would arrive: converted and, unless it is immutable, a copy; raises `ConversionError`."""
    converter = variable.converter
    try:
        if type(value) in _IMMUTABLE and type(value) in converter.classes:
            converter.write(value, Outbox())  # checked, and the same object is as good as its copy
            return value
        out = Outbox("memory://isolated/")
        return converter.read(converter.write(value, out), Inbox(out.uploads))
    except ConversionError as error:
        raise error.within(variable.name) from None


@overload
def task(function: Callable[P, R]) -> Task[P, R]: ...
@overload
def task() -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(function: Callable[P, R] | None = None) -> Task[P, R] | Callable[[Callable[P, R]], Task[P, R]]:
    """Make a task of a function; `@task` and `@task()` are the same.

    Every parameter and the result have annotations. Several results are a NamedTuple, whose fields name the outputs, or
    a tuple, whose elements are `o0`, `o1`, …

    Raises:
        AnnotationError: When an annotation is missing or not supported, or it is no plain function.
    """

    def decorate(function: Callable[P, R], depth: int = 1) -> Task[P, R]:
        check_function(function, "task")
        return Task(function, local_names(function, depth))

    return decorate if function is None else decorate(function, 2)
