"""Running here: each task in this thread, one after the other."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from flytetypes.authoring import Entity, Graph
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
        result = task.run(arguments)
        if inspect.iscoroutine(result):
            result = _awaited(result)
    try:
        return interface.encode_outputs(result)
    except ConversionError as error:
        raise error.of(interface.name) from None


def _awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives; also in a thread whose own loop is running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()


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
