"""What users write: tasks, workflows, and the graphs that these become."""

from flytetypes.authoring._entity import Entity
from flytetypes.authoring._graph import (
    Binding,
    Constant,
    DictBinding,
    Graph,
    ListBinding,
    Node,
    Reference,
    references,
)
from flytetypes.authoring._promise import Promise
from flytetypes.authoring._task import Task, task
from flytetypes.authoring._workflow import Workflow, workflow

__all__ = [
    "Binding",
    "Constant",
    "DictBinding",
    "Entity",
    "Graph",
    "ListBinding",
    "Node",
    "Promise",
    "Reference",
    "Task",
    "Workflow",
    "references",
    "task",
    "workflow",
]
