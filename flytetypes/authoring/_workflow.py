"""Workflows: functions that say which tasks feed which; traced once into a graph, checked, then run."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar, overload

from flytetypes.authoring import _runner
from flytetypes.authoring._call import arguments_of, check_function, local_names
from flytetypes.authoring._graph import Binding, Graph, Reference
from flytetypes.authoring._promise import Promise
from flytetypes.authoring._trace import Mode, Trace, add_node, bind, current_mode, run_as
from flytetypes.errors import AnnotationError, ConversionError, WorkflowError
from flytetypes.interface import Interface

P = ParamSpec("P")
R = TypeVar("R")


class Workflow(Generic[P, R]):
    """A graph of tasks, written as a function.

    Attributes:
        function: The function as it was written. Its body runs once, when the graph is first needed.
        name: Module and qualified name.
    """

    def __init__(self, function: Callable[P, R], localns: Mapping[str, Any]) -> None:
        self.function = function
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._localns = localns
        self._interface: Interface | None = None
        self._graph: Graph | None = None
        self._lock = threading.RLock()
        functools.update_wrapper(self, function)
        try:
            _ = self.interface
        except AnnotationError as error:
            if not isinstance(error.__context__, NameError):
                raise

    @property
    def interface(self) -> Interface:
        """What it takes and gives; evaluated once."""
        if self._interface is None:
            self._interface = Interface.of(self.function, localns=self._localns)
        return self._interface

    @property
    def graph(self) -> Graph:
        """What it does: traced and checked at the first use.

        Raises:
            WorkflowError: With every problem that was found, one a line; no task has run.
        """
        if self._graph is None:
            with self._lock:
                if self._graph is None:
                    trace = Trace()
                    graph = _traced(self, trace)
                    problems = [*trace.problems, *_runner.check(graph)]
                    if problems:
                        raise WorkflowError(_told(self.interface.name, problems))
                    self._graph = graph
        return self._graph

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it here, or become a node of the workflow being traced.

        Raises:
            CallError: For positional, missing or unknown arguments.
            ConversionError: For an argument that does not fit its annotation.
            WorkflowError: When it does not fit together.
        """
        arguments = arguments_of(self.interface, args, kwargs)
        if current_mode() is Mode.TRACING:
            promises: R = add_node(self, arguments)
            return promises
        graph = self.graph
        result: R = _runner.run(graph, arguments)
        return result

    def __repr__(self) -> str:
        return f"<workflow {self.interface.signature()}>"


def _traced(workflow: Workflow[..., Any], trace: Trace) -> Graph:
    interface = workflow.interface
    inputs = {name: Promise(Reference(None, name)) for name in interface.inputs}
    result = run_as(Mode.TRACING, workflow.function, inputs, trace)
    outputs: dict[str, Binding] = {}
    try:
        for name, value in interface.named_outputs(result).items():
            try:
                outputs[name] = bind(value, interface.outputs[name], interface.engine)
            except ConversionError as error:
                trace.problems.append(str(error.within(name).of(interface.name)))
    except ConversionError as error:
        trace.problems.append(str(error.of(interface.name)))
    return Graph(workflow, tuple(trace.nodes), outputs)


def _told(name: str, problems: list[str]) -> str:
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"workflow `{name}` has {count}; no task has run", *(f"  {problem}" for problem in problems)])


@overload
def workflow(function: Callable[P, R]) -> Workflow[P, R]: ...
@overload
def workflow() -> Callable[[Callable[P, R]], Workflow[P, R]]: ...
def workflow(function: Callable[P, R] | None = None) -> Workflow[P, R] | Callable[[Callable[P, R]], Workflow[P, R]]:
    """Make a workflow of a function; `@workflow` and `@workflow()` are the same.

    The body calls tasks and other workflows with keywords, and passes on the promises that they give. It runs once,
    when the workflow is first used, and computes nothing itself.

    Raises:
        AnnotationError: When an annotation is missing or not supported, or it is no plain function.
    """

    def decorate(function: Callable[P, R], depth: int = 1) -> Workflow[P, R]:
        check_function(function, "workflow")
        return Workflow(function, local_names(function, depth))

    return decorate if function is None else decorate(function, 2)
