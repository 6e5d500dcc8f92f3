"""Running here: each task in this thread, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from functools import cache
from typing import Any

from flytetypes.authoring import Entity, Graph, awaited
from flytetypes.errors import ConversionError
from flytetypes.executors._scheduler import run_graph
from flytetypes.interface import join_literals, split_literals
from flytetypes.storage import outputs_to, random_uri


class InlineExecutor:
    """Runs a task at once, in the caller's thread."""

    def submit(self, task: Entity[..., Any], inputs: bytes) -> Future[bytes]:
        """Run it; the future is complete when this returns."""
        future: Future[bytes] = Future()
        try:
            future.set_result(_run(task, inputs))
        except Exception as error:  # noqa: BLE001 - whatever a task raises belongs to whoever asks for the result
            future.set_exception(error)
        return future


def _run(task: Entity[..., Any], inputs: bytes) -> bytes:
    interface = task.interface
    try:
        arguments = interface.decode_inputs(inputs)
    except ConversionError as error:
        raise error.of(interface.name) from None
    engine = interface.engine
    # Each run of a task has a directory of its own, so that two may give the same name to a file.
    with outputs_to(engine.store, cache(lambda: random_uri(engine.prefix))):
        result = awaited(task.run(arguments))
    try:
        return interface.encode_outputs(result)
    except ConversionError as error:
        raise error.of(interface.name) from None


def run_here(graph: Graph, arguments: Mapping[str, Any]) -> Any:
    """Run a checked graph in this thread; the result as a call of its workflow gives it.

    Raises:
        ConversionError: For an argument that does not fit its annotation; no task has run then.
    """
    interface = graph.entity.interface
    try:
        inputs = split_literals(interface.encode_inputs(arguments, keeps_local=True))
    except ConversionError as error:
        raise error.of(interface.name) from None
    return interface.decode_outputs(join_literals(run_graph(graph, inputs, InlineExecutor())))
