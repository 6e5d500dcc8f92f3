"""The one seam upwards: using a workflow reaches the compiler and the local executor, which are layers above.

Imported inside functions, so that importing the authoring layer imports neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flytetypes._diagnostics import Diagnostic

if TYPE_CHECKING:
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


def run(graph: Graph, arguments: Mapping[str, Any]) -> Any:
    """Run a checked graph in this process; the result as a call gives it."""
    from flytetypes.executors import run_here

    return run_here(graph, arguments)
