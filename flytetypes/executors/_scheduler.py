"""The scheduler: walks a graph, gives each node its inputs, and hands tasks to an executor.

What passes between nodes is bytes: a literal becomes a value only where a task reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flytetypes import idl
from flytetypes.authoring import Binding, Constant, DictBinding, Graph, ListBinding, Node, Reference, Task, Workflow
from flytetypes.errors import AttributePathError
from flytetypes.executors._executor import Executor
from flytetypes.interface import join_literals, split_literals
from flytetypes.storage import upload
from flytetypes.types import part_of


def run_graph(graph: Graph, inputs: Mapping[str, bytes], executor: Executor) -> dict[str, bytes]:
    """Run a checked graph.

    Args:
        graph: Its nodes stand in an order that respects their bindings.
        inputs: Name to serialised Literal.
        executor: Runs the tasks.

    Returns:
        Output name to serialised Literal.

    Raises:
        Exception: What a task raised, with a note of its node.
    """
    if graph.uploads:
        upload(graph.workflow.interface.engine.store, graph.uploads)
    results: dict[str, Mapping[str, bytes]] = {}
    for node in graph.nodes:
        try:
            arguments = {name: _bound(binding, inputs, results, graph) for name, binding in node.bindings.items()}
            results[node.id] = _run_node(node, arguments, executor)
        except Exception as error:
            error.add_note(f"in node {node.id} of workflow `{graph.workflow.name}`, called at {node.place}")
            raise
    return {name: _bound(binding, inputs, results, graph) for name, binding in graph.outputs.items()}


def _run_node(node: Node, arguments: Mapping[str, bytes], executor: Executor) -> Mapping[str, bytes]:
    target: Any = node.target
    if isinstance(target, Workflow):
        return run_graph(target.graph, arguments, executor)
    task: Task[..., Any] = target
    return split_literals(executor.submit(task, join_literals(arguments)).result())


def _bound(
    binding: Binding, inputs: Mapping[str, bytes], results: Mapping[str, Mapping[str, bytes]], graph: Graph
) -> bytes:
    """The serialised literal that a binding stands for."""
    match binding:
        case Constant(literal):
            return literal
        case Reference(node_id, output, path):
            source = inputs[output] if node_id is None else results[node_id][output]
            return _part(source, binding, graph) if path else source
        case ListBinding(items):
            body = b"".join(idl.length_prefixed(b"\n", _bound(item, inputs, results, graph)) for item in items)
            return idl.length_prefixed(idl.COLLECTION, body)
        case DictBinding(entries):
            body = join_literals({key: _bound(item, inputs, results, graph) for key, item in entries.items()})
            return idl.length_prefixed(idl.MAP, body)


def _part(source: bytes, reference: Reference, graph: Graph) -> bytes:
    store = graph.workflow.interface.engine.store
    try:
        part = part_of(store, idl.Literal.FromString(source), reference.path)
    except AttributePathError as error:
        raise AttributePathError(f"`{reference}`: {error}") from None
    return part.SerializeToString(deterministic=True)
