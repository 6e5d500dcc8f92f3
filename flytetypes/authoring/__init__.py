"""What users write: tasks, workflows, launch plans, and the graphs that these become.

What every workflow needs is imported at once; the rarer kinds when they are first used.
"""

from typing import TYPE_CHECKING

from flytetypes._diagnostics import Diagnostic, Place
from flytetypes._exports import lazy_names
from flytetypes.authoring._entity import Entity
from flytetypes.authoring._graph import (
    GATES,
    Approve,
    Binding,
    Branch,
    Case,
    Comparison,
    Condition,
    Conjunction,
    Constant,
    DictBinding,
    Gate,
    Graph,
    ListBinding,
    Node,
    RecordBinding,
    Reference,
    Sleep,
    Target,
    Value,
    WaitForInput,
    condition_references,
    in_run_order,
    references,
    upstream_ids,
    with_bodies,
)
from flytetypes.authoring._names import dns_name
from flytetypes.authoring._options import (
    Accelerator,
    Annotations,
    Cache,
    ConcurrencyLimitBehavior,
    ConcurrencyPolicy,
    Documentation,
    Email,
    Identity,
    Labels,
    Notification,
    Options,
    PagerDuty,
    PodTemplate,
    RawOutputDataConfig,
    Resources,
    Secret,
    SecurityContext,
    Slack,
    WorkflowExecutionPhase,
    WorkflowFailurePolicy,
)
from flytetypes.authoring._overrides import Overrides
from flytetypes.authoring._promise import Expression, Promise
from flytetypes.authoring._resolver import TaskResolver, default_task_resolver
from flytetypes.authoring._task import (
    ContainerTarget,
    DataLoading,
    FunctionTask,
    SqlTarget,
    Task,
    TaskOptions,
    awaited,
    task,
    task_kinds,
)
from flytetypes.authoring._trace import NodeHandle, node_of
from flytetypes.authoring._workflow import FunctionWorkflow, WorkflowEntity, WorkflowOptions, refuse, workflow

if TYPE_CHECKING:
    from flytetypes.authoring._conditional import Conditional, conditional
    from flytetypes.authoring._container_task import ContainerTask
    from flytetypes.authoring._dynamic import DynamicTask, dynamic
    from flytetypes.authoring._eager import EagerException, EagerTask, eager, eager_cleanup_resolver
    from flytetypes.authoring._echo import Echo
    from flytetypes.authoring._gates import approve, sleep, wait_for_input
    from flytetypes.authoring._imperative import ImperativeWorkflow, Workflow, create_node
    from flytetypes.authoring._launch_plan import LaunchPlan, LaunchPlanOptions, default_launch_plan
    from flytetypes.authoring._map_task import Mapped, MapPlan, MapTask, map_task, map_task_resolver
    from flytetypes.authoring._reference import (
        EntityId,
        ReferenceEntity,
        ReferenceLaunchPlan,
        ReferenceTask,
        ReferenceWorkflow,
        reference_launch_plan,
        reference_task,
        reference_workflow,
    )
    from flytetypes.authoring._schedules import CronSchedule, FixedRate
    from flytetypes.authoring._shell_task import OutputLocation, ShellTask

__all__ = [
    "GATES",
    "Accelerator",
    "Annotations",
    "Approve",
    "Binding",
    "Branch",
    "Cache",
    "Case",
    "Comparison",
    "ConcurrencyLimitBehavior",
    "ConcurrencyPolicy",
    "Condition",
    "Conditional",
    "Conjunction",
    "Constant",
    "ContainerTarget",
    "ContainerTask",
    "CronSchedule",
    "DataLoading",
    "Diagnostic",
    "DictBinding",
    "Documentation",
    "DynamicTask",
    "EagerException",
    "EagerTask",
    "Echo",
    "Email",
    "Entity",
    "EntityId",
    "Expression",
    "FixedRate",
    "FunctionTask",
    "FunctionWorkflow",
    "Gate",
    "Graph",
    "Identity",
    "ImperativeWorkflow",
    "Labels",
    "LaunchPlan",
    "LaunchPlanOptions",
    "ListBinding",
    "MapPlan",
    "MapTask",
    "Mapped",
    "Node",
    "NodeHandle",
    "Notification",
    "Options",
    "OutputLocation",
    "Overrides",
    "PagerDuty",
    "Place",
    "PodTemplate",
    "Promise",
    "RawOutputDataConfig",
    "RecordBinding",
    "Reference",
    "ReferenceEntity",
    "ReferenceLaunchPlan",
    "ReferenceTask",
    "ReferenceWorkflow",
    "Resources",
    "Secret",
    "SecurityContext",
    "ShellTask",
    "Slack",
    "Sleep",
    "SqlTarget",
    "Target",
    "Task",
    "TaskOptions",
    "TaskResolver",
    "Value",
    "WaitForInput",
    "Workflow",
    "WorkflowEntity",
    "WorkflowExecutionPhase",
    "WorkflowFailurePolicy",
    "WorkflowOptions",
    "approve",
    "awaited",
    "condition_references",
    "conditional",
    "create_node",
    "default_launch_plan",
    "default_task_resolver",
    "dns_name",
    "dynamic",
    "eager",
    "eager_cleanup_resolver",
    "in_run_order",
    "map_task",
    "map_task_resolver",
    "node_of",
    "reference_launch_plan",
    "reference_task",
    "reference_workflow",
    "references",
    "refuse",
    "sleep",
    "task",
    "task_kinds",
    "upstream_ids",
    "wait_for_input",
    "with_bodies",
    "workflow",
]

__getattr__ = lazy_names(
    __name__,
    {
        "flytetypes.authoring._conditional": (
            "Conditional",
            "conditional",
        ),
        "flytetypes.authoring._container_task": ("ContainerTask",),
        "flytetypes.authoring._dynamic": (
            "DynamicTask",
            "dynamic",
        ),
        "flytetypes.authoring._eager": (
            "EagerException",
            "EagerTask",
            "eager",
            "eager_cleanup_resolver",
        ),
        "flytetypes.authoring._echo": ("Echo",),
        "flytetypes.authoring._gates": (
            "approve",
            "sleep",
            "wait_for_input",
        ),
        "flytetypes.authoring._imperative": (
            "ImperativeWorkflow",
            "Workflow",
            "create_node",
        ),
        "flytetypes.authoring._launch_plan": (
            "LaunchPlan",
            "LaunchPlanOptions",
            "default_launch_plan",
        ),
        "flytetypes.authoring._map_task": (
            "Mapped",
            "MapPlan",
            "MapTask",
            "map_task",
            "map_task_resolver",
        ),
        "flytetypes.authoring._reference": (
            "EntityId",
            "ReferenceEntity",
            "ReferenceLaunchPlan",
            "ReferenceTask",
            "ReferenceWorkflow",
            "reference_launch_plan",
            "reference_task",
            "reference_workflow",
        ),
        "flytetypes.authoring._schedules": (
            "CronSchedule",
            "FixedRate",
        ),
        "flytetypes.authoring._shell_task": (
            "OutputLocation",
            "ShellTask",
        ),
    },
)
