"""Runs here: one scheduler over graphs, and the executors that run its tasks."""

from typing import TYPE_CHECKING

from flytetypes._exports import lazy_names

if TYPE_CHECKING:
    from flytetypes.executors._eager import EagerCall, start_call
    from flytetypes.executors._executor import Executor
    from flytetypes.executors._failures import ExecutionError, Failure, Origin
    from flytetypes.executors._local import ThreadExecutor
    from flytetypes.executors._processes import ProcessExecutor
    from flytetypes.executors._records import AttemptRun, Event, NodeRun, Phase
    from flytetypes.executors._run import Gate, Run, call_async, run, run_eager, run_here, run_traced

__all__ = [
    "AttemptRun",
    "EagerCall",
    "Event",
    "ExecutionError",
    "Executor",
    "Failure",
    "Gate",
    "NodeRun",
    "Origin",
    "Phase",
    "ProcessExecutor",
    "Run",
    "ThreadExecutor",
    "call_async",
    "run",
    "run_eager",
    "run_here",
    "run_traced",
    "start_call",
]

# A process that runs tasks needs little of it.
__getattr__ = lazy_names(
    __name__,
    {
        "flytetypes.executors._eager": ("EagerCall", "start_call"),
        "flytetypes.executors._executor": ("Executor",),
        "flytetypes.executors._failures": ("ExecutionError", "Failure", "Origin"),
        "flytetypes.executors._local": ("ThreadExecutor",),
        "flytetypes.executors._processes": ("ProcessExecutor",),
        "flytetypes.executors._records": ("AttemptRun", "Event", "NodeRun", "Phase"),
        "flytetypes.executors._run": (
            "Gate",
            "Run",
            "call_async",
            "run",
            "run_eager",
            "run_here",
            "run_traced",
        ),
    },
)
