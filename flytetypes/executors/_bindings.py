"""What the bindings of a node stand for, once the nodes that it waits for have given their outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

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

if TYPE_CHECKING:
    from flytetypes.types import HeldValues


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
        held: What the run holds in memory.
    """

    __slots__ = ("engine", "held", "inputs", "results")

    def __init__(
        self,
        engine: TypeEngine,
        inputs: Mapping[str, bytes],
        results: dict[str, Mapping[str, bytes]],
        held: HeldValues | None = None,
    ) -> None:
        self.engine = engine
        self.inputs = inputs
        self.results = results
        self.held = held

    def of_node(self, node: Node) -> Bound:
        """The inputs of a node; of a conditional, which body is taken.

        Raises:
            AttributePathError: For a part that is not there.
            NoBranchError: For a conditional that is to fail.
        """
        bodies: tuple[Node, ...] = ()
        target = node.target
        while isinstance(target, Branch):
            body = taken(target, self.literal)
            if body is None:
                return Bound({}, bodies)
            bodies, node, target = (*bodies, body), body, body.target
        return Bound({name: self.literal(binding) for name, binding in node.bindings.items()}, bodies)

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
        engine = self.engine
        parts = {name: (engine.converter(hints[name]), self.literal(item)) for name, item in fields.items()}
        if not self.held or not self.held.occur_in([literal for _, literal in parts.values()]):
            values = {name: converter.from_bytes(literal) for name, (converter, literal) in parts.items()}
            return engine.to_bytes(annotation(**values), annotation)
        made = annotation(**engine.from_bytes_all(parts, held=self.held))
        literal = engine.encode_and_store(engine.converter(annotation), made, held=self.held)
        return literal.SerializeToString(deterministic=True)

    def _part(self, source: bytes, reference: Reference) -> bytes:
        try:
            part = part_of(self.engine.store, idl.Literal.FromString(source), reference.path)
        except AttributePathError as error:
            raise AttributePathError(f"`{reference}`: {error}") from None
        return part.SerializeToString(deterministic=True)
