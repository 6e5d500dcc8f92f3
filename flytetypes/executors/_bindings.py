"""What the bindings of a node stand for, once the nodes that it waits for have given their outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flytetypes import idl
from flytetypes._annotations import hints_of
from flytetypes.authoring import (
    Binding,
    Branch,
    Constant,
    DictBinding,
    ListBinding,
    Node,
    RecordBinding,
    Reference,
    condition_references,
    references,
)
from flytetypes.errors import AttributePathError
from flytetypes.executors._conditions import taken
from flytetypes.interface import join_literals
from flytetypes.types import TypeEngine, part_of


class Bound(NamedTuple):
    """A node with its inputs at hand.

    Attributes:
        inputs: Serialised literals by name; of a conditional those of the body that is taken.
        bodies: Of a conditional: what is taken in it, conditionals in conditionals outermost first; empty when nothing
            is.
    """

    inputs: dict[str, bytes]
    bodies: tuple[Node, ...] = ()


def is_immediate(node: Node) -> bool:
    """Whether what a node is bound to is there as it is: nothing is read from a store, no user's class is made."""
    if isinstance(node.target, Branch):
        paths = (ref.path for case in node.target.cases for ref in condition_references(case.condition))
        return not any(paths) and all(map(is_immediate, node.target.bodies))
    return all(map(is_there, node.bindings.values()))


def is_there(binding: Binding) -> bool:
    """The same of one binding."""
    if isinstance(binding, RecordBinding):
        return False
    return isinstance(binding, Constant) or not any(reference.path for reference in references(binding))


class Bindings:
    """What the bindings of a graph are looked up in.

    Args:
        engine: Makes parts and dataclasses.
        inputs: Of the graph: serialised literals by name.
        results: Those of its nodes, by the id of the node.
    """

    __slots__ = ("engine", "inputs", "results")

    def __init__(
        self, engine: TypeEngine, inputs: Mapping[str, bytes], results: dict[str, Mapping[str, bytes]]
    ) -> None:
        self.engine = engine
        self.inputs = inputs
        self.results = results

    def of_node(self, node: Node) -> Bound:
        """The inputs of a node; of a conditional, which body is taken.

        Raises:
            AttributePathError: For a part that is not there.
            NoBranchError: For a conditional that is to fail.
        """
        if not isinstance(node.target, Branch):
            return Bound({name: self.literal(binding) for name, binding in node.bindings.items()})
        bodies: list[Node] = []
        while isinstance(node.target, Branch):
            body = taken(node.target, self.literal)
            if body is None:
                return Bound({}, tuple(bodies))
            bodies.append(body)
            node = body
        return Bound({name: self.literal(binding) for name, binding in node.bindings.items()}, tuple(bodies))

    def literal(self, binding: Binding) -> bytes:
        """The serialised literal that a binding stands for."""
        match binding:
            case Reference(node_id, output, path):
                source = self.inputs[output] if node_id is None else self.results[node_id][output]
                return self._part(source, binding) if path else source
            case Constant(literal):
                return literal
            case ListBinding(items):
                body = b"".join(idl.length_prefixed(b"\n", self.literal(item)) for item in items)
                return idl.length_prefixed(idl.COLLECTION, body)
            case DictBinding(entries):
                body = join_literals({key: self.literal(item) for key, item in entries.items()})
                return idl.length_prefixed(idl.MAP, body)
            case RecordBinding(annotation, fields):
                return self._record(annotation, fields)

    def _record(self, annotation: Any, fields: Mapping[str, Binding]) -> bytes:
        """A dataclass of parts that are there by now."""
        hints = hints_of(annotation)
        values = {name: self.engine.from_bytes(self.literal(item), hints[name]) for name, item in fields.items()}
        return self.engine.to_bytes(annotation(**values), annotation)

    def _part(self, source: bytes, reference: Reference) -> bytes:
        try:
            part = part_of(self.engine.store, idl.Literal.FromString(source), reference.path)
        except AttributePathError as error:
            raise AttributePathError(f"`{reference}`: {error}") from None
        return part.SerializeToString(deterministic=True)
