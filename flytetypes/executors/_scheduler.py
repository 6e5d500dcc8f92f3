"""The scheduler: walks a graph, gives each node its inputs, and hands tasks to an executor.

What passes between nodes is bytes: a literal becomes a value only where a task reads it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from flytetypes import idl
from flytetypes._annotations import hints_of
from flytetypes.authoring import (
    Binding,
    Branch,
    Constant,
    DictBinding,
    DynamicTask,
    Graph,
    LaunchPlan,
    ListBinding,
    MapPlan,
    Node,
    RecordBinding,
    Reference,
    ReferenceEntity,
    Sleep,
    Task,
    WorkflowEntity,
    in_run_order,
)
from flytetypes.errors import AttributePathError
from flytetypes.executors._conditions import taken
from flytetypes.executors._executor import Executor
from flytetypes.interface import join_literals, split_literals
from flytetypes.storage import upload
from flytetypes.types import FlyteError, part_of


def run_graph(graph: Graph, inputs: Mapping[str, bytes], executor: Executor) -> dict[str, bytes]:
    """Run a checked graph, in the order of its calls as far as their bindings and `>>` allow.

    Args:
        graph: What to run.
        inputs: Name to serialised Literal.
        executor: Runs the tasks.

    Returns:
        Output name to serialised Literal.

    Raises:
        Exception: What a task raised, with a note of its node; the failure handler has run then.
    """
    running = _Running(graph, inputs, executor)
    if graph.uploads:
        upload(graph.entity.interface.engine.store, graph.uploads)
    ordered, _ = in_run_order(graph.nodes)
    for node in ordered:
        try:
            running.results[node.id] = running.outputs_of(node)
        except Exception as error:
            error.add_note(f"in node {node.id} of workflow `{graph.entity.name}`, called at {node.place}")
            running.handle_failure(node, error)
            raise
    return {name: running.bound(binding) for name, binding in graph.outputs.items()}


class _Running:
    """A graph on its way, and what its nodes have given so far."""

    def __init__(self, graph: Graph, inputs: Mapping[str, bytes], executor: Executor) -> None:
        self.graph = graph
        self.inputs = inputs
        self.executor = executor
        self.results: dict[str, Mapping[str, bytes]] = {}

    def outputs_of(self, node: Node) -> Mapping[str, bytes]:
        """Run a node."""
        arguments = {name: self.bound(binding) for name, binding in node.bindings.items()}
        target: Any = node.target
        if isinstance(target, WorkflowEntity):
            return run_graph(target.graph, arguments, self.executor)
        if isinstance(target, LaunchPlan) and isinstance(target.workflow, WorkflowEntity):
            inputs = target.workflow.interface.inputs
            fixed = {name: inputs[name].converter.to_bytes(value) for name, value in target.fixed_inputs.items()}
            return run_graph(target.workflow.graph, {**arguments, **fixed}, self.executor)
        if isinstance(target, (Task, MapPlan, DynamicTask)):
            return split_literals(self.executor.submit(target, join_literals(arguments)).result())
        if isinstance(target, Branch):
            body = taken(target, self.bound)
            if body is None:
                none = idl.Literal()
                none.scalar.none_type.SetInParent()
                return dict.fromkeys(target.interface.outputs, none.SerializeToString())
            return self.outputs_of(body)
        if isinstance(target, Sleep):
            time.sleep(target.duration.total_seconds())
            return {}
        if isinstance(target, ReferenceEntity):
            target.run({})
        raise NotImplementedError(f"the gate `{target.name}` waits for a person: only a Flyte backend can ask one")

    def handle_failure(self, node: Node, error: Exception) -> None:
        """Run the failure handler, if there is one; what goes wrong in it is a note of the error."""
        handler = self.graph.failure_node
        if handler is None:
            return
        try:
            variable = handler.target.interface.inputs.get("err")
            bindings = dict(handler.bindings)
            if variable is not None:
                told = FlyteError(message=str(error), failed_node_id=node.id)
                bindings["err"] = Constant(variable.converter.to_bytes(told))
            self.outputs_of(Node(handler.id, handler.target, bindings, handler.place))
        except Exception as further:  # noqa: BLE001 - the first error is the one to tell
            error.add_note(f"and its failure handler `{handler.target.name}` failed: {further}")

    def bound(self, binding: Binding) -> bytes:
        """The serialised literal that a binding stands for."""
        match binding:
            case Constant(literal):
                return literal
            case Reference(node_id, output, path):
                source = self.inputs[output] if node_id is None else self.results[node_id][output]
                return self._part(source, binding) if path else source
            case ListBinding(items):
                body = b"".join(idl.length_prefixed(b"\n", self.bound(item)) for item in items)
                return idl.length_prefixed(idl.COLLECTION, body)
            case DictBinding(entries):
                body = join_literals({key: self.bound(item) for key, item in entries.items()})
                return idl.length_prefixed(idl.MAP, body)
            case RecordBinding(annotation, fields):
                return self._record(annotation, fields)

    def _record(self, annotation: Any, fields: Mapping[str, Binding]) -> bytes:
        """A dataclass of parts that are there by now."""
        engine = self.graph.entity.interface.engine
        hints = hints_of(annotation)
        values = {name: engine.from_bytes(self.bound(item), hints[name]) for name, item in fields.items()}
        return engine.to_bytes(annotation(**values), annotation)

    def _part(self, source: bytes, reference: Reference) -> bytes:
        store = self.graph.entity.interface.engine.store
        try:
            part = part_of(store, idl.Literal.FromString(source), reference.path)
        except AttributePathError as error:
            raise AttributePathError(f"`{reference}`: {error}") from None
        return part.SerializeToString(deterministic=True)
