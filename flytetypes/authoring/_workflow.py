"""Workflows: functions that say which tasks feed which; traced once into a graph, checked, then run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar, overload

from flytetypes.authoring import _runner
from flytetypes.authoring._call import arguments_of
from flytetypes.authoring._entity import Entity, decorated
from flytetypes.authoring._graph import Binding, Graph, Node, Reference
from flytetypes.authoring._promise import Promise
from flytetypes.authoring._trace import Mode, Trace, add_node, bind, current_mode, run_as
from flytetypes.errors import ConversionError, WorkflowError

P = ParamSpec("P")
R = TypeVar("R")

# The workflows that are being compiled right now, each because of the one before it.
_compiling: ContextVar[tuple[Workflow[..., Any], ...]] = ContextVar("flytetypes_compiling", default=())


class Workflow(Entity[P, R]):
    """A graph of tasks, written as a function, whose body runs once: when the graph is first needed."""

    def __init__(self, function: Callable[P, R], localns: Mapping[str, Any]) -> None:
        super().__init__(function, localns)
        self._graph: Graph | None = None
        self._lock = threading.RLock()

    @property
    def graph(self) -> Graph:
        """What it does: traced and checked at the first use, with the workflows that it calls.

        Raises:
            WorkflowError: With every problem that was found, one a line; no task has run.
        """
        if self._graph is None:
            with self._lock:
                if self._graph is None:
                    self._graph = self._compiled()
        return self._graph

    def _compiled(self) -> Graph:
        outer = _compiling.get()
        if self in outer:
            names = [each.interface.name for each in outer]
            circle = " -> ".join([*names[outer.index(self) :], self.interface.name])
            raise WorkflowError(f"workflow `{self.interface.name}` calls itself without an end: {circle}")
        token = _compiling.set((*outer, self))
        try:
            trace = Trace()
            graph = _traced(self, trace)
            problems = [*trace.problems, *_runner.check(graph), *_problems_below(graph)]
        finally:
            _compiling.reset(token)
        if problems:
            raise WorkflowError(_told(self.interface.name, problems))
        return graph

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
                outputs[name] = bind(value, interface.outputs[name], interface.engine, trace)
            except ConversionError as error:
                trace.problems.append(str(error.within(name).of(interface.name)))
    except ConversionError as error:
        trace.problems.append(str(error.of(interface.name)))
    return Graph(workflow, tuple(trace.nodes), outputs, trace.uploads)


def _problems_below(graph: Graph) -> list[str]:
    """The problems of the workflows that a graph calls, found before any of it runs."""
    problems = []
    called: dict[int, Node] = {id(node.target): node for node in reversed(graph.nodes)}
    for node in reversed(called.values()):
        if isinstance(node.target, Workflow):
            try:
                _ = node.target.graph
            except WorkflowError as error:
                headline, *rest = str(error).splitlines()
                problems += [f"{node.place}: {headline}", *rest]
    return problems


def _told(name: str, problems: list[str]) -> str:
    count = sum(not problem.startswith(" ") for problem in problems)
    told = "one problem" if count == 1 else f"{count} problems"
    return "\n".join([f"workflow `{name}` has {told}; no task has run", *(f"  {problem}" for problem in problems)])


@overload
def workflow(function: Callable[P, R]) -> Workflow[P, R]: ...
@overload
def workflow(*, localns: Mapping[str, Any] | None = None) -> Callable[[Callable[P, R]], Workflow[P, R]]: ...
def workflow(
    function: Callable[P, R] | None = None, *, localns: Mapping[str, Any] | None = None
) -> Workflow[P, R] | Callable[[Callable[P, R]], Workflow[P, R]]:
    """Make a workflow of a function; `@workflow` and `@workflow()` are the same.

    The body calls tasks and other workflows with keywords, and passes on the promises that they give. It runs once,
    when the workflow is first used, and computes nothing itself.

    Args:
        function: A plain function.
        localns: Names for its annotations that can be found neither in its module nor where it is decorated.

    Raises:
        AnnotationError: When an annotation is missing or not supported, or it is no plain function.
    """
    made: Workflow[P, R] | Callable[[Callable[P, R]], Workflow[P, R]] = decorated(Workflow, function, localns)
    return made
