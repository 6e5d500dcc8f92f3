"""Workflows: functions that say which tasks feed which; traced once into a graph, checked, then run."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from flytetypes._diagnostics import Diagnostic, Place, told_problems
from flytetypes._record import Record
from flytetypes.authoring import _runner
from flytetypes.authoring._entity import Entity, FunctionEntity, decorated, innermost
from flytetypes.authoring._graph import Binding, Graph, Node, Reference
from flytetypes.authoring._options import Documentation, Options, WorkflowFailurePolicy, of_kind
from flytetypes.authoring._promise import Promise
from flytetypes.authoring._trace import Mode, NodeHandle, Trace, bind, report_constant, run_as
from flytetypes.errors import AnnotationError, ConversionError, OptionError, WorkflowError, WorkflowWarning
from flytetypes.interface import MISSING, Interface

P = ParamSpec("P")
R = TypeVar("R")


class WorkflowOptions(Record):
    """What a workflow asks of the platform. `@workflow` says what each option means."""

    failure_policy: WorkflowFailurePolicy = WorkflowFailurePolicy.FAIL_IMMEDIATELY
    interruptible: bool = False
    on_failure: Entity[..., Any] | None = None
    docs: Documentation | None = None
    default_options: Options | None = None

    @classmethod
    def of(cls, **options: Any) -> WorkflowOptions:
        """Options as users write them, checked; None is the same as not given.

        Raises:
            OptionError: For an option that there is not, or a value that one does not take.
        """
        given = {name: value for name, value in options.items() if value is not None}
        for name, value in given.items():
            if name not in _KINDS:
                raise OptionError(f"a workflow has no option `{name}`; it has {', '.join(_KINDS)}")
            of_kind(name, value, _KINDS[name])
        return cls(**given)


_KINDS: dict[str, type] = {
    "failure_policy": WorkflowFailurePolicy,
    "interruptible": bool,
    "on_failure": Entity,
    "docs": Documentation,
    "default_options": Options,
}


class WorkflowEntity(Entity[P, R]):
    """A graph of calls with inputs and outputs: what `@workflow` makes, and what is built step by step.

    Attributes:
        options: What it asks of the platform.
    """

    kind = "workflow"
    options: WorkflowOptions
    is_open = False
    """Whether it is built step by step, and not yet whole."""

    def __init__(self, options: WorkflowOptions | None) -> None:
        self.options = options or WorkflowOptions()
        self._traced: Graph | None = None
        self._is_checked = False
        self._lock = threading.RLock()

    @property
    def place(self) -> Place:
        """Where it is defined."""
        return Place("", 0)

    @property
    def traced(self) -> Graph:
        """What its body says, with what was wrong with that alone; made at the first use, once."""
        if self._traced is None:
            with self._lock:
                if self._traced is None:
                    self._traced = self._trace()
        return self._traced

    def _trace(self) -> Graph:
        """Make the graph."""
        raise NotImplementedError

    @property
    def graph(self) -> Graph:
        """What it does: traced and checked at the first use, with the workflows that it calls.

        What only a local run can do, and other doubts, are warnings (`WorkflowWarning`).

        Raises:
            WorkflowError: With every problem that was found; no task has run.
        """
        graph = self.traced
        if not self._is_checked:
            with self._lock:
                if not self._is_checked:
                    refuse(self.interface.name, _runner.check(self))
                    self._is_checked = True
        return graph

    def prepare(self) -> None:
        """Have it traced and checked; raises as `graph`."""
        _ = self.graph

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Run it here."""
        return _runner.run(self, arguments)


def refuse(name: str, found: Iterable[Diagnostic], *, is_running: bool = False) -> None:
    """Raise the errors among the problems of a workflow or a running dynamic, all at once; warn of the others.

    Raises:
        WorkflowError: When there are errors.
    """
    found = list(found)
    errors = [diagnostic for diagnostic in found if diagnostic.is_error]
    if errors:
        cause = next((diagnostic.cause for diagnostic in errors if diagnostic.cause is not None), None)
        raise WorkflowError(told_problems(name, errors, is_running=is_running), found) from cause
    for diagnostic in found:
        warnings.warn(str(diagnostic), WorkflowWarning, stacklevel=3)


class FunctionWorkflow(FunctionEntity[P, R], WorkflowEntity[P, R]):
    """A workflow written as a function, whose body runs once: when the graph is first needed."""

    def __init__(
        self, function: Callable[P, R], localns: Mapping[str, Any], options: WorkflowOptions | None = None
    ) -> None:
        WorkflowEntity.__init__(self, options)
        FunctionEntity.__init__(self, function, localns)

    def _trace(self) -> Graph:
        trace = Trace(self.interface.name, self.interface.inputs)
        outputs = run_body(self, trace)
        return Graph(
            self,
            trace.body.frozen(),
            outputs,
            trace.uploads,
            failure_node(self, trace, "fn0"),
            tuple(trace.diagnostics),
        )


def run_body(
    entity: FunctionEntity[..., Any], trace: Trace, arguments: Mapping[str, Any] | None = None
) -> dict[str, Binding]:
    """Run the body of a workflow once; what its outputs are bound to.

    Args:
        entity: Whose body.
        trace: Where its calls, and what is wrong with it, are noted.
        arguments: Its inputs, if these are known; promises otherwise.
    """
    interface = entity.interface
    if arguments is None:
        arguments = {name: Promise(Reference(None, name), trace.body) for name in interface.inputs}
    try:
        result = run_as(Mode.TRACING, entity.function, arguments, trace)
    except WorkflowError as error:
        trace.diagnostics += error.diagnostics or [_failed(entity, error)]
        return {}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the user's code raises is a problem of the workflow
        trace.diagnostics.append(_failed(entity, error))
        return {}
    outputs = bound_outputs(interface, result, trace, entity.place)
    trace.finish(trace.body)
    return trace.body.rebound(outputs)


def _failed(entity: FunctionEntity[..., Any], error: BaseException) -> Diagnostic:
    """The problem that a body has raised an exception: where, in the user's own code."""
    file = getattr(getattr(innermost(entity.function), "__code__", None), "co_filename", "")
    place, step = entity.place, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            place = Place(file, step.tb_lineno)
        step = step.tb_next
    if isinstance(error, (OptionError, AnnotationError)):
        fix = "give a value that it takes" if isinstance(error, OptionError) else "annotate it in another way"
        return Diagnostic("bad-option", str(error), entity.interface.name, place, fix=fix, cause=error)
    return Diagnostic(
        "body-failed",
        f"the body of `{entity.interface.name}` raised {type(error).__name__}: {error}",
        entity.interface.name,
        place,
        fix="it runs when the workflow is compiled, with promises for values: move what needs values into a task",
        cause=error,
    )


def bound_outputs(interface: Interface, result: Any, trace: Trace, place: Place) -> dict[str, Binding]:
    """What the result of a body binds the outputs to; what does not fit is a problem, and left out."""
    outputs: dict[str, Binding] = {}
    if isinstance(result, NodeHandle) and not interface.outputs and not result.outputs:
        result = None  # `return task_without_outputs()`
    try:
        named = interface.named_outputs(result)
    except ConversionError as error:
        declared = f"-> {', '.join(map(str, interface.outputs.values())) or 'None'}"
        trace.report(
            "unbound-output",
            str(error.of(interface.name)),
            place=place,
            expected=error.expected,
            got=error.got,
            fix=f"return what `{declared}` declares, or declare what is returned",
        )
        return {}
    for name, value in named.items():
        try:
            outputs[name] = bind(value, interface.outputs[name], interface.engine, trace)
        except ConversionError as error:
            if value is None:
                trace.report(
                    "unbound-output",
                    f"nothing is returned for output `{name}` of `{interface.name}`",
                    place=place,
                    expected=error.expected,
                    got=error.got,
                    fix="return a promise or a value for it, or do not declare it",
                )
            else:
                report_constant(trace, error.within(name), interface, place)
    return outputs


def failure_node(workflow: WorkflowEntity[..., Any], trace: Trace, node_id: str) -> Node | None:
    """The node of a workflow's failure handler: it takes the workflow's inputs, and None for further ones."""
    handler = workflow.options.on_failure
    if handler is None:
        return None
    bindings: dict[str, Binding] = {}
    own = workflow.interface.inputs
    for name, variable in handler.interface.inputs.items():
        if name in own:
            bindings[name] = Reference(None, name)
        elif variable.optional or variable.default is not MISSING:
            value = None if variable.default is MISSING else variable.default
            try:
                bindings[name] = bind(value, variable, handler.interface.engine, trace)
            except ConversionError as error:
                report_constant(trace, error.within(name), handler.interface, workflow.place)
    return Node(node_id, handler, bindings, workflow.place)


@overload
def workflow(function: Callable[P, R], /) -> FunctionWorkflow[P, R]: ...
@overload
def workflow(
    *,
    failure_policy: WorkflowFailurePolicy | None = None,
    interruptible: bool = False,
    on_failure: Entity[..., Any] | None = None,
    docs: Documentation | None = None,
    default_options: Options | None = None,
    localns: Mapping[str, Any] | None = None,
) -> Callable[[Callable[P, R]], FunctionWorkflow[P, R]]: ...
def workflow(
    function: Callable[P, R] | None = None, /, *, localns: Mapping[str, Any] | None = None, **options: Any
) -> FunctionWorkflow[P, R] | Callable[[Callable[P, R]], FunctionWorkflow[P, R]]:
    """Make a workflow of a function; `@workflow` and `@workflow()` are the same.

    The body calls tasks and other workflows with keywords, and passes on the promises that they give. It runs once,
    when the workflow is first used, and computes nothing itself.

    Args:
        function: A plain function.
        failure_policy: Whether the others go on when a node has failed.
        interruptible: Whether its tasks may run on machines that can be taken away.
        on_failure: A task, workflow or launch plan that is called with the workflow's inputs when a node has failed; an
            input `err: FlyteError | None` gets the error.
        docs: What is told of it, where it has no docstring.
        default_options: What its default launch plan asks of each execution.
        localns: Names for its annotations that can be found neither in its module nor where it is decorated.
        options: All those above that are no parameters here; see `WorkflowOptions`.

    Raises:
        AnnotationError: When an annotation is missing or not supported, or it is no plain function.
        OptionError: For an option with a value that it does not take.
    """
    checked = WorkflowOptions.of(**options)

    def make(function: Callable[P, R], names: Mapping[str, Any]) -> FunctionWorkflow[P, R]:
        return FunctionWorkflow(function, names, checked)

    made: FunctionWorkflow[P, R] | Callable[[Callable[P, R]], FunctionWorkflow[P, R]] = decorated(
        make, "workflow", function, localns
    )
    return made
