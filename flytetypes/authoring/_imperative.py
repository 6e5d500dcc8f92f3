"""Workflows that are built step by step instead of being written as a function."""

from __future__ import annotations

import sys
from typing import Any

from flytetypes._diagnostics import Place
from flytetypes.authoring._entity import Entity
from flytetypes.authoring._graph import Binding, Graph, Reference
from flytetypes.authoring._options import Documentation, Options, WorkflowFailurePolicy
from flytetypes.authoring._promise import OpenResult, Promise, place_outside
from flytetypes.authoring._trace import NodeHandle, Trace, add_node, bind, enter_trace, node_of, report_constant
from flytetypes.authoring._workflow import WorkflowEntity, WorkflowOptions, failure_node
from flytetypes.errors import AnnotationError, ConversionError, OptionError, describe
from flytetypes.interface import MISSING, Interface, Variable, default_engine, tuple_class


class Workflow(WorkflowEntity[..., Any]):
    """A workflow built step by step: inputs, then calls, then outputs.

        wf = Workflow(name="my.workflow")
        wf.add_workflow_input("n", int)
        node = wf.add_entity(double, n=wf.inputs["n"])
        wf.add_workflow_output("doubled", node.outputs["o0"])

    Once it has been used, called or packaged, it does not change any more.
    """

    def __init__(
        self,
        name: str,
        failure_policy: WorkflowFailurePolicy | None = None,
        interruptible: bool = False,
        *,
        docs: Documentation | None = None,
        default_options: Options | None = None,
    ) -> None:
        options = WorkflowOptions.of(
            failure_policy=failure_policy, interruptible=interruptible, docs=docs, default_options=default_options
        )
        super().__init__(options)
        self.name = name
        self._interface = Interface(name, {}, {}, engine=default_engine())
        self._building = Trace(name, self._interface.inputs)
        self._outputs: dict[str, Binding] = {}
        self.is_open = True
        self._place = place_outside(sys._getframe(1))  # noqa: SLF001

    @property
    def interface(self) -> Interface:
        """What it takes and gives, as far as it is built."""
        return self._interface

    @property
    def place(self) -> Place:
        """Where it is made."""
        return self._place

    @property
    def inputs(self) -> dict[str, Any]:
        """Its inputs so far, as promises."""
        return {name: Promise(Reference(None, name), self._building.body) for name in self._interface.inputs}

    def add_workflow_input(self, name: str, annotation: Any, default: Any = MISSING) -> Any:
        """Add an input; gives its promise.

        Raises:
            AnnotationError: For a name that is taken, or an annotation that is not supported.
        """
        self._still_open()
        if name in self._interface.inputs:
            raise AnnotationError(f"the workflow `{self.name}` has an input `{name}` already")
        self._interface.inputs[name] = _variable(self.name, name, annotation, default)
        return self.inputs[name]

    def add_entity(self, entity: Entity[..., Any], /, **inputs: Any) -> NodeHandle:
        """Add a call; gives its node, whose `outputs` are promises by name."""
        self._still_open()
        if not isinstance(entity, Entity):
            raise OptionError(f"`add_entity` takes a task, workflow or launch plan; got {describe(entity)}")
        leave = enter_trace(self._building)
        try:
            add_node(entity, (), inputs)
        finally:
            leave()
        return NodeHandle(self._building.body.drafts[-1])

    def add_task(self, task: Entity[..., Any], **inputs: Any) -> NodeHandle:
        """The same as `add_entity`."""
        return self.add_entity(task, **inputs)

    def add_subwf(self, workflow: Entity[..., Any], **inputs: Any) -> NodeHandle:
        """The same as `add_entity`."""
        return self.add_entity(workflow, **inputs)

    def add_launch_plan(self, plan: Entity[..., Any], **inputs: Any) -> NodeHandle:
        """The same as `add_entity`."""
        return self.add_entity(plan, **inputs)

    def add_conditional(self, build: Any) -> Any:
        """Add a conditional that a function writes, as the body of a `@workflow` does; gives its outputs."""
        self._still_open()
        leave = enter_trace(self._building)
        try:
            result = build()
            return result.finished() if isinstance(result, OpenResult) else result
        finally:
            leave()
            del self._building.scopes[1:]  # what a build that failed has left open

    def add_workflow_output(self, name: str, value: Any, annotation: Any = None) -> None:
        """Add an output: a promise, or a list or dict of promises, whose annotation is then needed.

        Raises:
            AnnotationError: For a name that is taken, and where the annotation is missing or not supported.
        """
        self._still_open()
        if name in self._interface.outputs:
            raise AnnotationError(f"the workflow `{self.name}` has an output `{name}` already")
        if annotation is None:
            annotation = self._annotation_of(name, value)
        variable = self._interface.outputs[name] = _variable(self.name, name, annotation)
        if len(self._interface.outputs) > 1:
            self._interface.output_class = tuple_class(list(self._interface.outputs))
        place = place_outside(sys._getframe(1))  # noqa: SLF001
        try:
            self._outputs[name] = bind(value, variable, self._interface.engine, self._building)
        except ConversionError as error:
            report_constant(self._building, error.within(name), self._interface, place)

    def add_on_failure_handler(self, entity: Entity[..., Any]) -> None:
        """Call an entity with the workflow's inputs when a node has failed."""
        self._still_open()
        self.options = WorkflowOptions.of(
            **{name: getattr(self.options, name) for name in self.options.__match_args__ if name != "on_failure"},
            on_failure=entity,
        )

    def _annotation_of(self, name: str, value: Any) -> Any:
        if isinstance(value, Promise) and not value._reference.path:  # noqa: SLF001 - a sibling
            draft, output = value._draft, value._reference.output  # noqa: SLF001
            variables = self._interface.inputs if draft is None else draft.target.interface.outputs
            return variables[output].annotation
        raise AnnotationError(f"say what the output `{name}` is: `add_workflow_output({name!r}, ..., list[int])`")

    def _still_open(self) -> None:
        if self._traced is not None or not self.is_open:
            raise OptionError(f"the workflow `{self.name}` has been used already: build it whole before that")

    def _trace(self) -> Graph:
        trace = self._building
        trace.finish(trace.body)
        return Graph(
            self,
            trace.body.frozen(),
            trace.body.rebound(self._outputs),
            trace.uploads,
            failure_node(self, trace, "efn"),
            tuple(trace.diagnostics),
        )


def _variable(workflow: str, name: str, annotation: Any, default: Any = MISSING) -> Variable:
    interface = Interface.declared(workflow, {name: (annotation, default)}, {})
    return interface.inputs[name]


ImperativeWorkflow = Workflow


def create_node(entity: Entity[..., Any], /, **inputs: Any) -> NodeHandle:
    """Call an entity in the body of a workflow; gives its node, with the outputs as attributes.

    Raises:
        OptionError: For what cannot be a node.
    """
    if not isinstance(entity, Entity):
        raise OptionError(f"`create_node` takes a task, workflow or launch plan; got {describe(entity)}")
    result = add_node(entity, (), inputs)
    return node_of(result)
