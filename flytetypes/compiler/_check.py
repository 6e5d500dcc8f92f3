"""Checking a graph: does every edge carry what its end expects? Pure; runs no task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flytetypes import idl
from flytetypes.authoring import Binding, Constant, DictBinding, Graph, ListBinding, Node, Reference
from flytetypes.errors import key_step
from flytetypes.interface import Variable
from flytetypes.types import castable


def check_graph(graph: Graph) -> list[str]:
    """Every problem of a graph, one line each: where, what feeds what, expected, got, why."""
    interface = graph.workflow.interface
    edges = _Edges(graph)
    problems = []
    for node in graph.nodes:
        target = node.target.interface
        for name, binding in node.bindings.items():
            found = edges.mismatches(binding, target.inputs[name].converter.literal_type, name)
            problems += [f"{node.place}: `{target.name}` input {problem}" for problem in found]
    for name, binding in graph.outputs.items():
        found = edges.mismatches(binding, interface.outputs[name].converter.literal_type, name)
        problems += [f"`{interface.name}` output {problem}" for problem in found]
    return problems


class _Edges:
    """The edges of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.inputs = graph.workflow.interface.inputs
        self.nodes: Mapping[str, Node] = {node.id: node for node in graph.nodes}

    def mismatches(self, binding: Binding, expected: idl.LiteralType, path: str) -> list[str]:
        """What is wrong with what arrives at a path: each a line that begins with the path."""
        match binding:
            case Constant():
                return []  # converted when it was traced
            case ListBinding(items):
                steps: Iterable[tuple[str, Binding]] = [(f"[{index}]", item) for index, item in enumerate(items)]
                return self._of_container(steps, expected, "collection_type", path)
            case DictBinding(entries):
                steps = [(key_step(key), item) for key, item in entries.items()]
                return self._of_container(steps, expected, "map_value_type", path)
            case Reference():
                return self._of_reference(binding, expected, path)

    def _of_container(
        self, steps: Iterable[tuple[str, Binding]], expected: idl.LiteralType, kind: str, path: str
    ) -> list[str]:
        """As for each element; of a union the first variant that all elements fit, else what the first one says."""
        variants = expected.union_type.variants if expected.WhichOneof("type") == "union_type" else [expected]
        first: list[str] | None = None
        for variant in variants:
            if variant.WhichOneof("type") == kind:
                element = getattr(variant, kind)
                found = [line for step, item in steps for line in self.mismatches(item, element, path + step)]
                if not found:
                    return []
                first = found if first is None else first
        return first or []

    def _of_reference(self, reference: Reference, expected: idl.LiteralType, path: str) -> list[str]:
        source, origin = self._source(reference)
        whole = source.converter.literal_type
        given, unknown = part_type(whole, reference.path)
        if unknown is not None:
            return [f"`{path}`: {origin} has no `{unknown}`: it is `{idl.render_type(whole)}`"]
        verdict = castable(given, expected)
        if verdict:
            return []
        part = f"`{Reference(None, reference.output, reference.path)}`, a part of " if reference.path else ""
        texts = idl.render_type(expected), idl.render_type(given)
        return [f"`{path}`: expected `{texts[0]}`, got `{texts[1]}` from {part}{origin} ({verdict.reason})"]

    def _source(self, reference: Reference) -> tuple[Variable, str]:
        if reference.node_id is None:
            return self.inputs[reference.output], f"the workflow's input `{reference.output}`"
        target = self.nodes[reference.node_id].target.interface
        return target.outputs[reference.output], f"output `{reference.output}` of `{target.name}`"


def part_type(literal_type: idl.LiteralType, path: tuple[str | int, ...]) -> tuple[idl.LiteralType, str | int | None]:
    """The type at the end of a path, and the step that leads nowhere if there is one.

    As Flyte's compiler walks (promises into structs): a list by position, a map by key, a struct by its fields, where
    they are known. Where that compiler would go on with the same type (a step into a number), the step leads nowhere;
    of a union it is left to assignability to say no.
    """
    for step in path:
        match literal_type.WhichOneof("type"):
            case "collection_type" if isinstance(step, int):
                literal_type = literal_type.collection_type
            case "map_value_type" if isinstance(step, str):
                literal_type = literal_type.map_value_type
            case "simple" if literal_type.structure.dataclass_type:
                if not isinstance(step, str) or step not in literal_type.structure.dataclass_type:
                    return literal_type, step
                literal_type = literal_type.structure.dataclass_type[step]
            case "simple" if literal_type.simple == idl.SimpleType.STRUCT:
                pass  # nothing is known of what is in it
            case "union_type":
                pass
            case _:
                return literal_type, step
    return literal_type, None
