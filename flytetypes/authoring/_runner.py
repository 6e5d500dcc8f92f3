"""The one seam upwards: using a workflow reaches the compiler and the local executor, which are layers above.

Imported inside functions, so that importing the authoring layer imports neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flytetypes.authoring._graph import Graph


def check(graph: Graph) -> list[str]:
    """Every problem of a graph, one line each."""
    from flytetypes.compiler import check_graph

    return check_graph(graph)


def run(graph: Graph, arguments: Mapping[str, Any]) -> Any:
    """Run a checked graph in this process; the result as a call gives it."""
    from flytetypes.executors import run_here

    return run_here(graph, arguments)
