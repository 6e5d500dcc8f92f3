"""Lowering: workflows, and all that they need, as the messages that a Flyte backend registers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flytetypes import idl
from flytetypes._diagnostics import Diagnostic
from flytetypes._record import Record
from flytetypes.authoring import (
    EagerTask,
    Entity,
    FunctionWorkflow,
    Graph,
    LaunchPlan,
    Task,
    WorkflowEntity,
    default_launch_plan,
    refuse,
)
from flytetypes.compiler._check import FLYTE, check_all
from flytetypes.compiler._lower_plan import launch_plan
from flytetypes.compiler._lower_task import fill_description, task_spec
from flytetypes.compiler._lower_workflow import NodeLowering, fill_workflow_template
from flytetypes.compiler._reach import reach_of, targets_of
from flytetypes.configuration import SerializationSettings


class Registrable(Record):
    """One entity, ready to be registered.

    Attributes:
        kind: `task`, `workflow` or `launch plan`.
        name: What it is registered as.
        message: A `TaskSpec`, a `WorkflowSpec`, or a `LaunchPlan`.
    """

    kind: str
    name: str
    message: Any


def lower(
    entities: Entity[..., Any] | Sequence[Entity[..., Any]],
    settings: SerializationSettings | None = None,
    *,
    default_plans: bool = True,
) -> list[Registrable]:
    """Check workflows for a Flyte backend, and make the messages of them and of all that they need.

    Args:
        entities: Workflows, tasks and launch plans, or one of them.
        settings: Images, project, domain, version and the like; parts that are left empty are filled in by whoever
            registers them.
        default_plans: Whether each workflow comes with its default launch plan.

    Returns:
        In the order in which they can be registered: each behind what it needs.

    Raises:
        WorkflowError: With every problem; nothing was lowered.
        OptionError: For an image that the settings do not have.
    """
    settings = settings or SerializationSettings()
    wanted = _with_eager([entities] if isinstance(entities, Entity) else entities)
    found = check_all(wanted, FLYTE)
    refuse(wanted[0].interface.name if len(wanted) == 1 else f"{len(wanted)} entities", found)
    made = Lowering(settings)
    registrables = []
    for entity in reach_of(wanted).order:
        if isinstance(entity, Task):
            registrables.append(Registrable("task", entity.name, task_spec(entity, settings)))
        elif isinstance(entity, WorkflowEntity):
            registrables.append(Registrable("workflow", entity.name, made.workflow_spec(entity)))
            if default_plans:
                plan = launch_plan(default_launch_plan(entity), settings)
                registrables.append(Registrable("launch plan", entity.name, plan))
        elif isinstance(entity, LaunchPlan):
            registrables.append(Registrable("launch plan", entity.name, launch_plan(entity, settings)))
    return _each_once(registrables)


def _with_eager(entities: Sequence[Entity[..., Any]]) -> list[Entity[..., Any]]:
    """An eager task comes with the workflow around it."""
    wanted: list[Entity[..., Any]] = []
    for entity in entities:
        wanted.append(entity)
        if isinstance(entity, EagerTask):
            wanted.append(entity.workflow)
    return wanted


def _each_once(registrables: list[Registrable]) -> list[Registrable]:
    """The same without repetitions: maps that do the same, and default plans that are named too.

    Raises:
        WorkflowError: For two launch plans of one name; those of other kinds were checked.
    """
    seen: dict[tuple[str, str], Registrable] = {}
    for each in registrables:
        known = seen.setdefault((each.kind, each.name), each)
        if each.kind == "launch plan" and known.message != each.message:
            message = f"a launch plan is called `{each.name}`, as the default plan of a workflow is"
            refuse(each.name, [Diagnostic("duplicate-name", message, each.name, fix="give the plan another name")])
    return list(seen.values())


class Lowering:
    """The workflows of one lowering: what several of them contain is made once."""

    def __init__(self, settings: SerializationSettings) -> None:
        self.settings = settings
        self.templates: dict[int, idl.WorkflowTemplate] = {}

    def template(self, workflow: WorkflowEntity[..., Any]) -> idl.WorkflowTemplate:
        """A workflow on its own."""
        known = self.templates.get(id(workflow))
        if known is None:
            known = self.templates[id(workflow)] = idl.WorkflowTemplate()
            fill_workflow_template(known, workflow, self.settings)
        return known

    def workflow_spec(self, workflow: WorkflowEntity[..., Any]) -> idl.WorkflowSpec:
        """A workflow with those that it contains."""
        spec = idl.WorkflowSpec()
        known = self.templates.get(id(workflow))
        if known is None:  # made where it is needed: copying a large one costs as much as making it
            fill_workflow_template(spec.template, workflow, self.settings)
            self.templates[id(workflow)] = spec.template
        else:
            spec.template.CopyFrom(known)
        for below in contained(workflow.traced):
            spec.sub_workflows.add().CopyFrom(self.template(below))
        if isinstance(workflow, FunctionWorkflow):
            fill_description(spec.description, workflow.__doc__, workflow.options.docs)
        return spec


def contained(graph: Graph) -> list[WorkflowEntity[..., Any]]:
    """The workflows inside of a graph, at any depth, sorted by name; those behind launch plans are not inside."""
    found: dict[str, WorkflowEntity[..., Any]] = {}
    pending = [graph]
    while pending:
        for target in targets_of(pending.pop()):
            if isinstance(target, WorkflowEntity) and target.name not in found:
                found[target.name] = target
                pending.append(target.traced)
    return [found[name] for name in sorted(found, key=lambda name: f'{name}"')]


def dynamic_spec(graph: Graph, settings: SerializationSettings) -> idl.DynamicJobSpec:
    """What a dynamic task has made of its inputs, for the engine to run (`futures.pb`).

    Args:
        graph: Its graph (`DynamicTask.trace`), checked.
        settings: Those of its container.
    """
    made = Lowering(settings)
    lowering = NodeLowering(graph, settings)
    spec = idl.DynamicJobSpec(min_successes=len(graph.nodes))
    for node in graph.nodes:
        lowering.fill(spec.nodes.add(), node)
    for name, binding in graph.outputs.items():
        lowering.fill_binding(spec.outputs.add(), name, binding)
    for below in reach_of(list(targets_of(graph))).order:
        if isinstance(below, Task):
            spec.tasks.add().CopyFrom(task_spec(below, settings).template)
    for workflow in contained(graph):
        spec.subworkflows.add().CopyFrom(made.template(workflow))
    return spec
