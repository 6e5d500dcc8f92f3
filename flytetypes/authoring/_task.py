"""Tasks: functions whose inputs and outputs have types on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from flytetypes.authoring._call import arguments_of
from flytetypes.authoring._entity import Entity, decorated
from flytetypes.authoring._trace import Mode, add_node, current_mode, run_as
from flytetypes.errors import ConversionError
from flytetypes.interface import Variable
from flytetypes.types import Inbox, Outbox, TypeEngine

P = ParamSpec("P")
R = TypeVar("R")

# Values of exactly these classes cannot be changed by whoever receives them, so they need no copy.
_IMMUTABLE = (int, str, float, bool, type(None))


class Task(Entity[P, R]):
    """A function, called with keywords, its inputs and outputs converted by their annotations.

    Called outside of a workflow it runs, with copies of mutable arguments, as it would on another machine. Called in
    the body of a workflow it becomes a node, and gives promises. Called in the body of a task it is a plain call.
    """

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
                arguments[name] = isolated(value, interface.inputs[name], interface.engine)
        except ConversionError as error:
            raise error.of(interface.name) from None
        result = self.run(arguments)
        try:
            outputs = interface.named_outputs(result)
            for name, value in outputs.items():
                outputs[name] = isolated(value, interface.outputs[name], interface.engine)
        except ConversionError as error:
            raise error.of(interface.name) from None
        converted: R = interface.result_of(outputs)
        return converted

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """The function's own result for converted arguments; what it raises keeps its class and gains a note."""
        try:
            return run_as(Mode.TASK, self.function, arguments)
        except Exception as error:
            error.add_note(f"in task `{self.name}`")
            raise

    def __repr__(self) -> str:
        return f"<task {self.interface.signature()}>"


def isolated(value: Any, variable: Variable, engine: TypeEngine) -> Any:
    """A value as it would arrive: converted and, unless it is immutable, a copy; raises `ConversionError`."""
    converter = variable.converter
    try:
        if type(value) in _IMMUTABLE and type(value) in converter.classes:
            converter.write(value, Outbox())  # checked, and the same object is as good as its copy
            return value
        if converter.offloads is not None:
            return engine.isolated(converter, value)
        out = Outbox()
        data = converter.write(value, out)
        return engine.isolated(converter, value) if out.promises else converter.read(data, Inbox(store=engine.store))
    except ConversionError as error:
        raise error.within(variable.name) from None


@overload
def task(function: Callable[P, R]) -> Task[P, R]: ...
@overload
def task(*, localns: Mapping[str, Any] | None = None) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(
    function: Callable[P, R] | None = None, *, localns: Mapping[str, Any] | None = None
) -> Task[P, R] | Callable[[Callable[P, R]], Task[P, R]]:
    """Make a task of a function; `@task` and `@task()` are the same.

    Every parameter and the result have annotations. Several results are a NamedTuple, whose fields name the outputs, or
    a tuple, whose elements are `o0`, `o1`, …

    Args:
        function: A plain function.
        localns: Names for its annotations that can be found neither in its module nor where it is decorated.

    Raises:
        AnnotationError: When an annotation is missing or not supported, or it is no plain function.
    """
    made: Task[P, R] | Callable[[Callable[P, R]], Task[P, R]] = decorated(Task, function, localns)
    return made
