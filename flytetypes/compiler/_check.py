"""Checking a graph: does every edge carry what its end expects? Pure; runs no task."""

from __future__ import annotations

from collections.abc import Mapping

from flytetypes import idl
from flytetypes.authoring import Binding, Constant, DictBinding, Graph, ListBinding, Node, Reference
from flytetypes.errors import key_step
from flytetypes.interface import Variable
from flytetypes.types import castable


def check_graph(graph: Graph) -> list[str]:
    """Every problem of a graph, one line each: where, what feeds what, expected, got, why."""
    interface = graph.workflow.interface
    nodes = {node.id: node for node in graph.nodes}
    problems = []
    for node in graph.nodes:
        for name, binding in node.bindings.items():
            variable = node.target.interface.inputs[name]
            where = f"{node.place}: `{node.target.interface.name}` input `{name}`"
            problems += _mismatches(binding, variable.converter.literal_type, where, nodes, graph)
    for name, binding in graph.outputs.items():
        where = f"output `{name}` of `{interface.name}`"
        problems += _mismatches(binding, interface.outputs[name].converter.literal_type, where, nodes, graph)
    return problems


def _mismatches(
    binding: Binding, expected: idl.LiteralType, where: str, nodes: Mapping[str, Node], graph: Graph
) -> list[str]:
    match binding:
        case Constant():
            return []  # converted when it was traced
        case ListBinding(items):
            element = _variant(expected, "collection_type").collection_type
            return [
                p for i, item in enumerate(items) for p in _mismatches(item, element, f"{where}[{i}]", nodes, graph)
            ]
        case DictBinding(entries):
            value = _variant(expected, "map_value_type").map_value_type
            parts = [(item, f"{where}{key_step(key)}") for key, item in entries.items()]
            return [problem for item, at in parts for problem in _mismatches(item, value, at, nodes, graph)]
        case Reference():
            return _mismatch(binding, expected, where, nodes, graph)


def _mismatch(
    reference: Reference, expected: idl.LiteralType, where: str, nodes: Mapping[str, Node], graph: Graph
) -> list[str]:
    source, origin = _source(reference, nodes, graph)
    given, unknown = part_type(source.converter.literal_type, reference.path)
    if unknown is not None:
        return [
            f"{where}: {origin} has no `{unknown}`: {source.name} is `{idl.render_type(source.converter.literal_type)}`"
        ]
    verdict = castable(given, expected)
    if verdict:
        return []
    expected_text, given_text = idl.render_type(expected), idl.render_type(given)
    return [f"{where}: expected `{expected_text}`, got `{given_text}` from {origin} ({verdict.reason})"]


def _source(reference: Reference, nodes: Mapping[str, Node], graph: Graph) -> tuple[Variable, str]:
    if reference.node_id is None:
        variable = graph.workflow.interface.inputs[reference.output]
        return variable, f"the workflow's input `{reference}`"
    node = nodes[reference.node_id]
    text = str(Reference(None, reference.output, reference.path))
    return node.target.interface.outputs[reference.output], f"output `{text}` of `{node.target.interface.name}`"


def part_type(literal_type: idl.LiteralType, path: tuple[str | int, ...]) -> tuple[idl.LiteralType, str | int | None]:
    """The type at the end of a path, and the step that leads nowhere if there is one.

    As Flyte's compiler walks (promises into structs): a list by position, a map by key, a struct by its fields; any
    other type is taken as it is.
    """
    for step in path:
        match literal_type.WhichOneof("type"):
            case "collection_type" if isinstance(step, int):
                literal_type = literal_type.collection_type
            case "map_value_type" if isinstance(step, str):
                literal_type = literal_type.map_value_type
            case "collection_type" | "map_value_type":
                return literal_type, step
            case _ if literal_type.structure.dataclass_type:
                if not isinstance(step, str) or step not in literal_type.structure.dataclass_type:
                    return literal_type, step
                literal_type = literal_type.structure.dataclass_type[step]
    return literal_type, None


def _variant(expected: idl.LiteralType, kind: str) -> idl.LiteralType:
    """The variant of a union that is of a kind; the type itself when it is no union."""
    for variant in expected.union_type.variants:
        if variant.WhichOneof("type") == kind:
            return variant
    return expected
