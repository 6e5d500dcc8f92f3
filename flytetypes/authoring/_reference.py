"""References: entities that are registered already, with a stub that says what they take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, ParamSpec, TypeVar

from flytetypes._record import Record
from flytetypes.authoring._call import check_function
from flytetypes.authoring._entity import Entity
from flytetypes.interface import Interface

P = ParamSpec("P")
R = TypeVar("R")


class EntityId(Record):
    """What a registered entity is found by (`flyteidl/core/identifier.proto, Identifier`)."""

    project: str
    domain: str
    name: str
    version: str


class ReferenceEntity(Entity[P, R]):
    """An entity that is registered already; never registered again, only referred to.

    Attributes:
        id: What it is found by.
        name: As it is registered.
    """

    kind = "reference"

    def __init__(self, function: Callable[P, R], entity_id: EntityId) -> None:
        check_function(function, "reference")
        self.id = entity_id
        self.name = entity_id.name
        self._interface = Interface.of(function, stub=True)

    @property
    def interface(self) -> Interface:
        """What the stub says."""
        return self._interface

    def run(self, arguments: Mapping[str, Any]) -> NoReturn:
        """Not here: its code is elsewhere."""
        raise NotImplementedError(
            f"`{self.name}` of {self.id.project}/{self.id.domain} is a reference: only its cluster runs it"
        )


class ReferenceTask(ReferenceEntity[P, R]):
    """A task that is registered already."""

    kind = "reference task"


class ReferenceWorkflow(ReferenceEntity[P, R]):
    """A workflow that is registered already; it can be started, and is no node of another workflow."""

    kind = "reference workflow"


class ReferenceLaunchPlan(ReferenceEntity[P, R]):
    """A launch plan that is registered already."""

    kind = "reference launch plan"


def reference_task(
    project: str, domain: str, name: str, version: str
) -> Callable[[Callable[P, R]], ReferenceTask[P, R]]:
    """Refer to a registered task by a stub, such as `def stub(a: int) -> str: ...`."""
    return lambda function: ReferenceTask(function, EntityId(project, domain, name, version))


def reference_workflow(
    project: str, domain: str, name: str, version: str
) -> Callable[[Callable[P, R]], ReferenceWorkflow[P, R]]:
    """Refer to a registered workflow by a stub."""
    return lambda function: ReferenceWorkflow(function, EntityId(project, domain, name, version))


def reference_launch_plan(
    project: str, domain: str, name: str, version: str
) -> Callable[[Callable[P, R]], ReferenceLaunchPlan[P, R]]:
    """Refer to a registered launch plan by a stub."""
    return lambda function: ReferenceLaunchPlan(function, EntityId(project, domain, name, version))
