"""One scheduler over graphs, and the back ends that run its tasks."""

from flytetypes.executors._executor import Executor
from flytetypes.executors._local import InlineExecutor, run_here
from flytetypes.executors._scheduler import run_graph

__all__ = ["Executor", "InlineExecutor", "run_graph", "run_here"]
