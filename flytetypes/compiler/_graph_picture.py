"""Graphs as pictures: a shape for each input, output and call, an arrow for each value and for each order.

How pictures are drawn is decided elsewhere, and so is whether a graph is right: one with mistakes is drawn as far as it
goes, without what leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from flytetypes.authoring import (
    Approve,
    Binding,
    Branch,
    Constant,
    DictBinding,
    Entity,
    Gate,
    Graph,
    LaunchPlan,
    ListBinding,
    Mapped,
    Node,
    Reference,
    ReferenceLaunchPlan,
    ReferenceWorkflow,
    Sleep,
    Target,
    WaitForInput,
    WorkflowEntity,
    condition_references,
)
from flytetypes.compiler._picture_parts import Arrow, Kind, Picture, Shape
from flytetypes.errors import key_step

# How many values an arrow names when several go the same way.
_NAMED: Final = 4


def picture_of(graph: Graph, *, expand: bool = False) -> Picture:
    """What there is to draw of a graph; the same graph gives the same picture.

    Args:
        graph: Of a workflow, or of what a dynamic task has made of its inputs.
        expand: Whether the workflows that it calls are drawn with what is in them. Launch plans start executions of
            their own, and stay closed.

    Shapes are called `in.NAME`, `out.NAME`, and by the ids of nodes; what lies in another shape by both: `n1.n0`. The
    branches of a conditional lie in it, each behind an arrow with its condition. Arrows say `output -> input`, or the
    name alone when both have it; dashed ones are the orders that `>>` makes, where no value goes the same way.
    """
    return _Drawing(expand=expand).picture(graph)


class _Level:
    """The nodes of one graph, in the picture or in the shape of a workflow."""

    def __init__(self, graph: Graph, home: str | None, around: frozenset[int]) -> None:
        self.graph = graph
        self.home = home
        self.around = around
        self.ids: dict[str, str] = {}

    def source(self, reference: Reference) -> str | None:
        """The shape that a reference begins at; None for one that leads nowhere."""
        if reference.node_id is not None:
            return self.ids.get(reference.node_id)
        if self.home is not None:
            return self.home
        return f"in.{reference.output}" if reference.output in self.graph.entity.interface.inputs else None


class _Waiting(NamedTuple):
    """A node that is still to be drawn."""

    level: _Level
    node: Node | str
    """A text is what a conditional fails with."""
    key: str
    parent: str | None
    condition: str | None = None
    """Of a branch: when it is taken."""


class _Drawing:
    """One picture while it is made. Without recursion: depth is not a limit."""

    def __init__(self, *, expand: bool) -> None:
        self.expand = expand
        self.shapes: dict[str, Shape] = {}
        self.taken: set[str] = set()
        self.values: dict[tuple[str, str], list[str]] = {}
        self.orders: dict[tuple[str, str], None] = {}

    def picture(self, graph: Graph) -> Picture:
        interface = graph.entity.interface
        for name, variable in interface.inputs.items():
            self._add(Shape(self._key(f"in.{name}"), name, "input", str(variable).partition(": ")[2]))
        top = _Level(graph, None, frozenset({id(graph.entity)}))
        waiting = self._enter(top)
        outputs = {name: self._key(f"out.{name}") for name in interface.outputs}
        while waiting:
            waiting += self._node(waiting.pop())
        for name, variable in interface.outputs.items():
            self._add(Shape(outputs[name], name, "output", str(variable).partition(": ")[2]))
        for name, binding in graph.outputs.items():
            self._arrive(top, binding, name, outputs[name])
        if graph.failure_node is not None:  # what seldom happens stands last
            self._add(self.shapes.pop(top.ids[graph.failure_node.id]))
        solid = [Arrow(*ends, _joined(labels)) for ends, labels in self.values.items()]
        dashed = [Arrow(*ends, dashed=True) for ends in self.orders if ends not in self.values]
        return Picture(interface.name, tuple(self.shapes.values()), (*solid, *dashed))

    def _enter(self, level: _Level) -> list[_Waiting]:
        """The nodes of a graph, the last one first."""
        prefix = "" if level.home is None else f"{level.home}."
        graph = level.graph
        found = []
        for node in (*graph.nodes, *([graph.failure_node] if graph.failure_node is not None else [])):
            key = self._key(prefix + node.id)
            level.ids.setdefault(node.id, key)
            found.append(_Waiting(level, node, key, level.home))
        return found[::-1]

    def _node(self, waiting: _Waiting) -> list[_Waiting]:
        """Draw a node and what arrives at it; what lies in it is to be drawn then."""
        level, node, key, parent, condition = waiting
        if parent is not None and condition is not None:
            self._arrow(parent, key, condition)
        if isinstance(node, str):
            self._add(Shape(key, "fail", "failure", node, parent))
            return []
        target = node.target
        kind = "failure" if node is level.graph.failure_node else _kind_of(target)
        self._add(Shape(key, f"{node.id}  {_name_of(target)}", kind, _detail_of(target), parent))
        for name, binding in node.bindings.items():
            self._arrive(level, binding, name, key)
        for before in node.after:
            if before in level.ids and level.ids[before] != key:
                self.orders[level.ids[before], key] = None
        if isinstance(target, Branch):
            return self._branches(level, target, key)
        if self.expand and isinstance(target, WorkflowEntity) and id(target) not in level.around:
            inner = _Level(target.traced, key, level.around | {id(target)})
            below = self._enter(inner)
            for name, binding in target.traced.outputs.items():
                self._arrive(inner, binding, name, key)
            return below
        return []

    def _branches(self, level: _Level, branch: Branch, key: str) -> list[_Waiting]:
        found = []
        for index, case in enumerate(branch.cases):
            for reference in condition_references(case.condition):
                self._arrive(level, reference, None, key)
            words = f"{'elif' if index else 'if'} {case.condition}"
            found.append(_Waiting(level, case.node, self._key(f"{key}.{case.node.id}"), key, words))
        last = branch.otherwise
        if last is not None:
            last_id = last.id if isinstance(last, Node) else "fail"
            found.append(_Waiting(level, last, self._key(f"{key}.{last_id}"), key, "else"))
        return found[::-1]

    def _arrive(self, level: _Level, binding: Binding, name: str | None, key: str) -> None:
        """Draw what feeds an input or output; without a name, a condition that looks at it."""
        for reference, path in _references(binding, name or ""):
            source = level.source(reference)
            if source is not None and source != key:
                given = str(Reference(None, reference.output, reference.path))
                self._arrow(source, key, given if path in ("", given) else f"{given} -> {path}")

    def _arrow(self, source: str, target: str, label: str) -> None:
        labels = self.values.setdefault((source, target), [])
        if label not in labels:
            labels.append(label)

    def _add(self, shape: Shape) -> None:
        self.shapes[shape.id] = shape

    def _key(self, wanted: str) -> str:
        """An id for a shape; where two nodes have one id, which is a mistake, the second gets a number."""
        found, number = wanted, 1
        while found in self.taken:
            number += 1
            found = f"{wanted}~{number}"
        self.taken.add(found)
        return found


def _references(binding: Binding, path: str) -> Iterator[tuple[Reference, str]]:
    """Every reference in a binding, with where in the value it goes."""
    pending: list[tuple[Binding, str]] = [(binding, path)]
    while pending:
        part, path = pending.pop()
        if isinstance(part, Reference):
            yield part, path
        elif isinstance(part, ListBinding):
            pending += [(item, f"{path}[{index}]") for index, item in enumerate(part.items)][::-1]
        elif isinstance(part, DictBinding):
            pending += [(item, path + key_step(key)) for key, item in part.items.items()][::-1]
        elif not isinstance(part, Constant):
            pending += [(item, f"{path}.{name}") for name, item in part.fields.items()][::-1]


def _joined(labels: list[str]) -> str:
    more = [f"… {len(labels) - _NAMED} more"] if len(labels) > _NAMED else []
    return ", ".join([*labels[:_NAMED], *more])


def _kind_of(target: Target) -> Kind:
    if isinstance(target, Branch):
        return "branch"
    if isinstance(target, Gate):
        return "gate"
    if isinstance(target, Mapped):
        return "map"
    if isinstance(target, (LaunchPlan, ReferenceLaunchPlan)):
        return "launch-plan"
    return "workflow" if isinstance(target, (WorkflowEntity, ReferenceWorkflow)) else "task"


# Kinds of entities that have a form of their own: their shapes need not say it in words.
_SHOWN: Final = ("task", "workflow", "launch plan", "map task", "map")


def _name_of(target: Target) -> str:
    return target.interface.name if isinstance(target, Entity) else target.name


def _detail_of(target: Target) -> str:
    """What a shape says besides its name: what it takes and gives, and what is special about it."""
    if isinstance(target, Approve):
        return f"approve, within {target.timeout}"
    if isinstance(target, Sleep):
        return f"sleep {target.duration}"
    signature = target.interface.signature().removeprefix(target.interface.name)
    if isinstance(target, WaitForInput):
        return f"wait for input {signature.removeprefix('() ')}, within {target.timeout}"
    if isinstance(target, Branch):
        return f"conditional {signature.removeprefix('() ')}" if target.interface.outputs else "conditional"
    kind = target.kind if isinstance(target, Entity) and target.kind not in _SHOWN else ""
    limits = ", ".join(f"{name} {value}" for name, value in _limits(target).items())
    return " ".join(part for part in (kind, signature, limits and f"({limits})") if part)


def _limits(target: Target) -> Mapping[str, object]:
    if not isinstance(target, Mapped):
        return {}
    names = ("concurrency", "min_successes", "min_success_ratio")
    return {name: getattr(target.how, name) for name in names if getattr(target.how, name) is not None}
