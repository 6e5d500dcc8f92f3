"""What a workflow needs: every entity that its graph reaches, dependencies first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flytetypes.authoring import DynamicTask, Entity, Graph, LaunchPlan, MapPlan, Task, WorkflowEntity


class Reach:
    """The entities below some roots.

    Attributes:
        order: Every entity, each behind what it needs; what a map runs stands for itself.
        circles: Chains of workflows and launch plans that end where they begin.
    """

    def __init__(self) -> None:
        self.order: list[Entity[..., Any]] = []
        self.circles: list[list[Entity[..., Any]]] = []

    @property
    def tasks(self) -> list[Task[..., Any]]:
        """Its tasks, in order."""
        return [entity for entity in self.order if isinstance(entity, Task)]

    @property
    def workflows(self) -> list[WorkflowEntity[..., Any]]:
        """Its workflows, in order."""
        return [entity for entity in self.order if isinstance(entity, WorkflowEntity)]

    @property
    def plans(self) -> list[LaunchPlan[..., Any]]:
        """Its launch plans, in order."""
        return [entity for entity in self.order if isinstance(entity, LaunchPlan)]


def reach_of(roots: Sequence[Entity[..., Any]]) -> Reach:
    """Everything that entities need, and they themselves. Without recursion: depth is not a limit."""
    reach = Reach()
    done: set[int] = set()
    for root in roots:
        path: list[tuple[Entity[..., Any], Iterator[Entity[..., Any]]]] = []
        open_at: dict[int, int] = {}
        _enter(root, path, open_at, done)
        while path:
            entity, children = path[-1]
            child = next(children, None)
            if child is None:
                path.pop()
                del open_at[id(entity)]
                done.add(id(entity))
                reach.order.append(entity)
            elif id(child) in open_at:
                start = open_at[id(child)]
                reach.circles.append([*(each for each, _ in path[start:]), child])
            else:
                _enter(child, path, open_at, done)
    return reach


def _enter(entity: Entity[..., Any], path: list[Any], open_at: dict[int, int], done: set[int]) -> None:
    if id(entity) not in done:
        open_at[id(entity)] = len(path)
        path.append((entity, needs(entity)))


def needs(entity: Entity[..., Any]) -> Iterator[Entity[..., Any]]:
    """What an entity needs directly, each once, in the order of the calls."""
    if isinstance(entity, WorkflowEntity):
        yield from targets_of(entity.traced)
    elif isinstance(entity, LaunchPlan):
        yield entity.workflow
    elif isinstance(entity, MapPlan):
        yield entity.mapped
    elif isinstance(entity, DynamicTask):
        yield from entity.node_dependency_hints


def targets_of(graph: Graph) -> list[Entity[..., Any]]:
    """The entities that the nodes of a graph run, each once, in the order of the calls."""
    known: list[Entity[..., Any]] | None = graph.__dict__.get("_targets")
    if known is None:  # found once: a lowering asks three times
        each_once = {id(node.target): node.target for node in graph.all_nodes()}
        known = [target for target in each_once.values() if isinstance(target, Entity)]
        graph.__dict__["_targets"] = known
    return known
