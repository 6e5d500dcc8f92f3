"""A workflow as a value: nodes, what feeds them, and what comes out. Frozen; passes read it and make new ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from flytetypes._diagnostics import Diagnostic, Place
from flytetypes._record import Record
from flytetypes.errors import key_step
from flytetypes.interface import Interface
from flytetypes.storage import Source

if TYPE_CHECKING:
    from flytetypes.authoring._entity import Entity
    from flytetypes.authoring._overrides import Overrides


class Constant(Record):
    """A value that was known when the workflow was traced: one serialised Literal."""

    literal: bytes


class Reference(NamedTuple):
    """An output of a node, or an input of the workflow, or a part of one.

    A graph has one for each edge, and collecting garbage passes over tuples of texts.
    """

    node_id: str | None
    """The node; None for an input of the workflow."""
    output: str
    """The name of the output or input."""
    path: tuple[str | int, ...] = ()
    """The steps into its value."""

    def __str__(self) -> str:
        steps = "".join(step_text(step) for step in self.path)
        return f"{self.node_id}.{self.output}{steps}" if self.node_id is not None else f"{self.output}{steps}"


def step_text(step: str | int) -> str:
    """A step of a reference as it may be written: `.name`, `["some key"]`, `[3]`."""
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step.isidentifier() else key_step(step)


class ListBinding(Record):
    """A list with references in it."""

    items: tuple[Binding, ...]


class DictBinding(Record):
    """A dict with references in it."""

    items: Mapping[str, Binding]


class RecordBinding(Record):
    """A dataclass, or a class like it, with references in its fields.

    Attributes:
        annotation: The class, with its type arguments.
        fields: Every field that was given, by name: constants too.
    """

    annotation: Any
    fields: Mapping[str, Binding]


Binding = Constant | Reference | ListBinding | DictBinding | RecordBinding


# --- conditions -------------------------------------------------------------------------------------------------------


class Value(Record):
    """A constant side of a comparison.

    Attributes:
        value: An int, float, str, bool, datetime, timedelta, Enum member or None.
    """

    value: Any


class Comparison(Record):
    """Two sides and what they are compared by.

    Attributes:
        operator: One of `==`, `!=`, `<`, `<=`, `>`, `>=`.
        left: A reference where there is one; a constant stands on the right.
        right: The other side.
    """

    operator: str
    left: Reference | Value
    right: Reference | Value

    def __str__(self) -> str:
        return f"{_operand_text(self.left)} {self.operator} {_operand_text(self.right)}"


class Conjunction(Record):
    """Two conditions in one.

    Attributes:
        operator: `and` or `or`.
        left: The first.
        right: The second; both are always evaluated.
    """

    operator: str
    left: Condition
    right: Condition

    def __str__(self) -> str:
        return f"({self.left}) {'&' if self.operator == 'and' else '|'} ({self.right})"


Condition = Comparison | Conjunction


def _operand_text(operand: Reference | Value) -> str:
    return str(operand) if isinstance(operand, Reference) else repr(operand.value)


# --- what a node runs -------------------------------------------------------------------------------------------------


class Target(Protocol):
    """What a node runs: a task, workflow or launch plan, or one of the kinds below."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def interface(self) -> Interface:
        """What it takes and gives."""
        ...


class Case(Record):
    """A condition, and the one node that runs when it is the first to hold."""

    condition: Condition
    node: Node


class Branch(Record):
    """A conditional.

    Attributes:
        name: As the user called it.
        interface: No inputs; the outputs that all branches give.
        cases: In order; the first whose condition holds is taken.
        otherwise: What runs when none holds: a node, the message to fail with, or nothing.
    """

    name: str
    interface: Interface
    cases: tuple[Case, ...]
    otherwise: Node | str | None

    @property
    def bodies(self) -> tuple[Node, ...]:
        """The nodes of all branches, in order."""
        last = (self.otherwise,) if isinstance(self.otherwise, Node) else ()
        return (*(case.node for case in self.cases), *last)


class Approve(Record):
    """A gate that passes a value on when somebody has approved it."""

    name: str
    interface: Interface
    timeout: timedelta


class WaitForInput(Record):
    """A gate that gives a value that somebody typed in."""

    name: str
    interface: Interface
    timeout: timedelta


class Sleep(Record):
    """A gate that opens after a while."""

    name: str
    interface: Interface
    duration: timedelta


Gate = Approve | WaitForInput | Sleep
GATES: Final = (Approve, WaitForInput, Sleep)


class Node(Record):
    """One call in a workflow.

    Attributes:
        id: Unique in its graph: `n0`, `n1`, … in the order of the calls.
        target: What it runs.
        bindings: Input name to where its value comes from; every input of the target that was given or has a default.
        place: File and line of the call, for people: `flow.py:12`.
        after: Ids of nodes that it waits for without taking their values.
        overrides: What it changes of its target, if anything.
    """

    id: str
    target: Target
    bindings: Mapping[str, Binding]
    place: Place
    after: tuple[str, ...] = ()
    overrides: Overrides | None = None


class Graph(Record):
    """A traced workflow.

    Attributes:
        entity: Whose graph it is: a workflow, or a dynamic.
        nodes: In the order of the calls.
        outputs: Output name to where its value comes from.
        uploads: URI to source of what its constants keep in the store; there before it runs.
        failure_node: What runs when another node has failed.
        diagnostics: What was wrong with the body itself.
    """

    entity: Entity[..., Any]
    nodes: tuple[Node, ...]
    outputs: Mapping[str, Binding]
    uploads: Mapping[str, Source]
    failure_node: Node | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    def node(self, node_id: str) -> Node:
        """The node of an id; raises `KeyError`."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def all_nodes(self) -> Iterator[Node]:
        """Every node, those inside of branches and the failure node included."""
        yield from with_bodies(self.nodes)
        if self.failure_node is not None:
            yield from with_bodies((self.failure_node,))


def with_bodies(nodes: Iterable[Node]) -> Iterator[Node]:
    """Nodes, each followed by those inside of its branches."""
    pending = list(nodes)[::-1]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node.target, Branch):
            pending.extend(node.target.bodies[::-1])


def references(binding: Binding) -> Iterator[Reference]:
    """Every reference in a binding."""
    match binding:
        case Reference():
            yield binding
        case ListBinding(items):
            for item in items:
                yield from references(item)
        case DictBinding(items) | RecordBinding(_, items):
            for item in items.values():
                yield from references(item)
        case Constant():
            pass


def condition_references(condition: Condition) -> Iterator[Reference]:
    """Every reference in a condition, left to right."""
    pending: list[Condition | Reference | Value] = [condition]
    while pending:
        part = pending.pop()
        match part:
            case Reference():
                yield part
            case Comparison(_, left, right) | Conjunction(_, left, right):
                pending += [right, left]
            case Value():
                pass


def upstream_ids(node: Node) -> Set[str]:
    """The ids of all nodes that a node waits for: their values, in its branches too, and its explicit predecessors."""
    known: Set[str] | None = node.__dict__.get("_upstream")
    if known is None:  # found once: checking, ordering and lowering all ask
        known = node.__dict__["_upstream"] = _found_upstream(node)
    return known


def _found_upstream(node: Node) -> set[str]:
    found = set(node.after)
    if not isinstance(node.target, Branch):  # nearly all: without a generator for each binding
        for binding in node.bindings.values():
            if type(binding) is Reference:
                if binding.node_id is not None:
                    found.add(binding.node_id)
            elif type(binding) is not Constant:
                found.update(ref.node_id for ref in references(binding) if ref.node_id is not None)
        return found
    for inner in with_bodies((node,)):
        if isinstance(inner.target, Branch):
            for case in inner.target.cases:
                found.update(ref.node_id for ref in condition_references(case.condition) if ref.node_id is not None)
        for binding in inner.bindings.values():
            found.update(ref.node_id for ref in references(binding) if ref.node_id is not None)
    return found


def in_run_order(nodes: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Nodes so that each stands behind all that it waits for, the order of the calls kept where it can be.

    Returns:
        The ordered nodes, and those that are in a circle or behind one.
    """
    ids = {node.id for node in nodes}
    waiting = [upstream_ids(node) & ids for node in nodes]
    ordered: list[Node] = []
    done: set[str] = set()
    for node, upstream in zip(nodes, waiting, strict=True):
        if not upstream <= done:
            break
        ordered.append(node)
        done.add(node.id)
    if len(ordered) == len(nodes):
        return ordered, []
    # Somewhere the order of the calls is not one to run in: by Kahn's method, earliest call first.
    import heapq

    missing = {index: len(upstream) for index, upstream in enumerate(waiting)}
    below: dict[str, list[int]] = {}
    for index, upstream in enumerate(waiting):
        for name in upstream:
            below.setdefault(name, []).append(index)
    ready = [index for index, count in missing.items() if count == 0]
    ordered, taken = [], set[int]()
    while ready:
        index = heapq.heappop(ready)
        node = nodes[index]
        ordered.append(node)
        taken.add(index)
        for following in below.pop(node.id, ()):
            missing[following] -= 1
            if missing[following] == 0:
                heapq.heappush(ready, following)
    return ordered, [node for index, node in enumerate(nodes) if index not in taken]
