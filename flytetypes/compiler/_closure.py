"""The compiled closure of a workflow: what a Flyte backend makes of its parts (`flyteidl/core/compiler.proto`).

A closure has two nodes more, where its values come from and where they go; who waits for whom is written out, and the
nodes in branches have names of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from flytetypes import idl

START: Final = "start-node"
END: Final = "end-node"


def compiled_closure(
    template: idl.WorkflowTemplate,
    sub_workflows: Iterable[idl.WorkflowTemplate] = (),
    tasks: Iterable[idl.TaskTemplate] = (),
) -> idl.CompiledWorkflowClosure:
    """Compile a workflow that has been checked; nothing of what comes in is changed.

    Args:
        template: The workflow.
        sub_workflows: Every workflow inside of it, at any depth.
        tasks: Every task that it refers to. Launch plans are referred to by their ids only.
    """
    closure = idl.CompiledWorkflowClosure()
    closure.primary.CopyFrom(compiled_workflow(template))
    for inner in sub_workflows:
        closure.sub_workflows.add().CopyFrom(compiled_workflow(inner))
    for task in tasks:
        closure.tasks.add().template.CopyFrom(task)
    return closure


def compiled_workflow(template: idl.WorkflowTemplate) -> idl.CompiledWorkflow:
    """One workflow, compiled on its own."""
    compiled = idl.CompiledWorkflow()
    made = compiled.template
    made.CopyFrom(template)
    nodes = list(template.nodes)
    del made.nodes[:]
    made.nodes.add(id=START)
    end = made.nodes.add(id=END)
    end.inputs.extend(template.outputs)
    made.nodes.extend(nodes)
    _Compiling(compiled).run()
    return compiled


class _Compiling:
    """A workflow on its way: who waits for whom."""

    def __init__(self, compiled: idl.CompiledWorkflow) -> None:
        self.template = compiled.template
        self.connections = compiled.connections
        self.upstream: dict[str, set[str]] = {}
        self.downstream: dict[str, set[str]] = {}
        self.top = {node.id for node in self.template.nodes}

    def run(self) -> None:
        """Rename, collect, and write it down."""
        for data in _all_data(self.template.outputs):
            data.promise.node_id = data.promise.node_id or START
        for node in self.template.nodes:
            if node.id != START:
                self._node(node)
        if self.template.HasField("failure_node"):
            self._node(self.template.failure_node)
        for node in self.template.nodes:
            if node.id not in (START, END) and not self.upstream.get(node.id):
                self._edge(START, node.id)
        for node in self.template.nodes:
            if node.id not in (START, END) and not self.downstream.get(node.id):
                self._edge(node.id, END)
        for table, edges in (
            (self.connections.upstream, self.upstream),
            (self.connections.downstream, self.downstream),
        ):
            for name, others in edges.items():
                table[name].ids.extend(sorted(others))

    def _node(self, node: idl.Node) -> None:
        """One node, and those in its branches."""
        ordered = set(node.upstream_node_ids)
        waits = set(ordered) if node.id in self.top else set[str]()  # in branches only values make edges
        for data in _all_data(node.inputs):
            data.promise.node_id = data.promise.node_id or START
            waits.add(data.promise.node_id)
        for name in waits:
            self._edge(name, node.id)
        without_start = sorted((ordered | waits) - {START})
        del node.upstream_node_ids[:]
        if node.id != END:
            node.upstream_node_ids.extend(without_start)
        for inner in _bodies(node):
            inner.id = f"{node.id}-{inner.id}"
            self._node(inner)

    def _edge(self, earlier: str, later: str) -> None:
        self.upstream.setdefault(later, set()).add(earlier)
        if earlier in self.top and later in self.top:
            self.downstream.setdefault(earlier, set()).add(later)


def _bodies(node: idl.Node) -> Iterator[idl.Node]:
    """The nodes of the branches of a node, in order."""
    if node.WhichOneof("target") == "branch_node":
        if_else = node.branch_node.if_else
        for block in (if_else.case, *if_else.other):
            yield block.then_node
        if if_else.WhichOneof("default") == "else_node":
            yield if_else.else_node


def _all_data(bindings: Sequence[Any]) -> Iterator[idl.BindingData]:
    """Every promise in what is bound."""
    pending = [each.binding for each in bindings][::-1]
    while pending:
        data = pending.pop()
        match data.WhichOneof("value"):
            case "promise":
                yield data
            case "collection":
                pending += data.collection.bindings
            case "map":
                pending += [data.map.bindings[key] for key in data.map.bindings]
