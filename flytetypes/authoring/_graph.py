"""A workflow as a value: nodes, what feeds them, and what comes out. Frozen; passes read it and make new ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from flytetypes._record import Record
from flytetypes.storage import Source

if TYPE_CHECKING:
    from flytetypes.authoring._entity import Entity
    from flytetypes.authoring._workflow import Workflow


class Constant(Record):
    """A value that was known when the workflow was traced: one serialised Literal."""

    literal: bytes


class Reference(Record):
    """An output of a node, or an input of the workflow, or a part of one.

    Attributes:
        node_id: The node; None for an input of the workflow.
        output: The name of the output or input.
        path: The steps into its value.
    """

    node_id: str | None
    output: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        steps = "".join(f"[{step!r}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"{self.node_id}.{self.output}{steps}" if self.node_id is not None else f"{self.output}{steps}"


class ListBinding(Record):
    """A list with references in it."""

    items: tuple[Binding, ...]


class DictBinding(Record):
    """A dict with references in it."""

    items: Mapping[str, Binding]


Binding = Constant | Reference | ListBinding | DictBinding


class Node(Record):
    """One call in a workflow.

    Attributes:
        id: Unique in its graph: `n0`, `n1`, … in the order of the calls.
        target: What it runs.
        bindings: Input name to where its value comes from; every input of the target.
        place: File and line of the call, for people: `flow.py:12`.
    """

    id: str
    target: Entity[..., Any]
    bindings: Mapping[str, Binding]
    place: str


class Graph(Record):
    """A traced workflow.

    Attributes:
        workflow: Whose graph it is.
        nodes: In an order that respects their bindings.
        outputs: Output name to where its value comes from.
        uploads: URI to source of what its constants keep in the store; there before it runs.
    """

    workflow: Workflow[..., object]
    nodes: tuple[Node, ...]
    outputs: Mapping[str, Binding]
    uploads: Mapping[str, Source]

    def node(self, node_id: str) -> Node:
        """The node of an id; raises `KeyError`."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)


def references(binding: Binding) -> Iterator[Reference]:
    """Every reference in a binding."""
    match binding:
        case Reference():
            yield binding
        case ListBinding(items):
            for item in items:
                yield from references(item)
        case DictBinding(items):
            for item in items.values():
                yield from references(item)
        case Constant():
            pass
