"""The one seam upwards: using a workflow reaches the compiler and the local executor, which are layers above.

Imported inside functions, so that importing the authoring layer imports neither.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from flytetypes._diagnostics import Diagnostic

if TYPE_CHECKING:
    from flytetypes.authoring._eager import EagerTask
    from flytetypes.authoring._entity import Entity
    from flytetypes.authoring._graph import Graph
    from flytetypes.authoring._workflow import WorkflowEntity


def check(workflow: WorkflowEntity[..., Any]) -> list[Diagnostic]:
    """Every problem of a workflow and of those that it calls."""
    from flytetypes.compiler import check

    return check(workflow)


def check_graph(graph: Graph) -> list[Diagnostic]:
    """Every problem of one graph and of the workflows that it calls."""
    from flytetypes.compiler import check_graph

    return check_graph(graph)


def code_version(function: Callable[..., Any]) -> str:
    """The version of a function's code; reads sources, which few programs need."""
    from flytetypes.compiler import code_version

    return code_version(function)


def run(entity: Entity[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Run what the scheduler takes apart (a workflow, launch plan or map) in this process; the result of a call."""
    from flytetypes.executors import run_here

    return run_here(entity, arguments)


def run_traced(graph: Graph) -> Any:
    """Run the checked graph of a dynamic in this process; the result as a call gives it."""
    from flytetypes.executors import run_traced

    return run_traced(graph)


def run_eager(task: EagerTask[..., Any], arguments: Mapping[str, Any]) -> Coroutine[Any, Any, Any]:
    """Run an eager task in the running loop, once that is awaited."""
    from flytetypes.executors import run_eager

    return run_eager(task, arguments)


def start(entity: Entity[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Start a call inside of an eager task; what awaits its result."""
    from flytetypes.executors import start_call

    return start_call(entity, args, kwargs)


def run_async(entity: Entity[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Coroutine[Any, Any, Any]:
    """Run an entity without blocking the running loop, once that is awaited."""
    from flytetypes.executors import call_async

    return call_async(entity, args, kwargs)
