"""The other side of `test_flytekit_stored`: flytekit, run by its own Python; one JSON document in, and one out.

The request has the `directory` of files that rows are made of, the `prefix` of new objects, and `steps`. A step names a row
of `stored_table`, with a literal in hex to decode, or a function, which is run as Flyte would run a task of it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from flyteidl.core import literals_pb2
from flytekit import task
from flytekit.bin.entrypoint import _dispatch_execute, setup_execution
from flytekit.core.context_manager import FlyteContext
from flytekit.core.type_engine import TypeEngine
from flytekit.models.literals import Literal
from flytekit.utils.pbhash import compute_hash_string

import stored_table
from stored_table import ROWS, Places, Row, returned, shown


def written(model: Any) -> str:
    text: str = model.to_flyte_idl().SerializeToString(deterministic=True).hex()
    return text


def encode(row: Row, places: Places, context: FlyteContext) -> dict[str, Any]:
    literal_type = TypeEngine.to_literal_type(row.annotation)
    answer = {"type": written(literal_type)}
    try:
        literal = TypeEngine.to_literal(context, row.make(places), row.annotation, literal_type)
    except Exception as error:  # noqa: BLE001 - as in `step`
        return {**answer, "error": told(error)}
    return {**answer, "literal": written(literal)}


def decode(annotation: Any, data: str, context: FlyteContext) -> dict[str, Any]:
    literal = literals_pb2.Literal.FromString(bytes.fromhex(data))
    return {"shown": shown(TypeEngine.to_python_value(context, Literal.from_flyte_idl(literal), annotation))}


def again(annotation: Any, data: str, context: FlyteContext) -> dict[str, Any]:
    literal = Literal.from_flyte_idl(literals_pb2.Literal.FromString(bytes.fromhex(data)))
    value = TypeEngine.to_python_value(context, literal, annotation)
    literal_type = TypeEngine.to_literal_type(annotation)
    return {"literal": written(TypeEngine.to_literal(context, value, annotation, literal_type))}


def offload_hash(data: str) -> dict[str, Any]:
    return {"hash": compute_hash_string(literals_pb2.Literal.FromString(bytes.fromhex(data)))}


def run_task(name: str, places: Places, context: FlyteContext) -> dict[str, Any]:
    """What the engine finds when a task has ended: its `outputs.pb`."""
    outputs = f"{places.prefix}task-{name}"
    found = task(getattr(stored_table, name))
    with tempfile.NamedTemporaryFile() as inputs, tempfile.TemporaryDirectory() as directory:
        state = context.execution_state.with_params(working_dir=directory)
        _dispatch_execute(context.with_execution_state(state).build(), lambda: found, inputs.name, outputs)
    with context.file_access.get_filesystem_for_path(outputs).open(f"{outputs}/outputs.pb", "rb") as file:
        return {"outputs": file.read().hex()}


def step(asked: dict[str, Any], places: Places, context: FlyteContext) -> dict[str, Any]:
    try:
        match asked:
            case {"again": name, "literal": data}:
                return again(ROWS[name].annotation, data, context)
            case {"row": name, "literal": data}:
                return decode(ROWS[name].annotation, data, context)
            case {"row": name}:
                return encode(ROWS[name], places, context)
            case {"function": name, "literal": data}:
                return decode(returned(getattr(stored_table, name)), data, context)
            case {"function": name}:
                return run_task(name, places, context)
            case {"hash": data}:
                return offload_hash(data)
        raise AssertionError(asked)
    except Exception as error:  # noqa: BLE001 - told to the test, which knows where to expect one
        return {"error": told(error)}


def told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[-300:]}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    output = os.dup(1)
    os.dup2(2, 1)  # so that what flytekit prints is not part of the answer
    request = json.load(sys.stdin)
    places = Places(Path(request["directory"]), request["prefix"])
    with setup_execution(places.prefix) as context:
        answers = [step(asked, places, context) for asked in request["steps"]]
    with os.fdopen(output, "w") as stdout:
        json.dump(answers, stdout)
