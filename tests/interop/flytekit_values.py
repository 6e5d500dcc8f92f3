"""The other side of `test_flytekit_values`: flytekit, run by its own Python; one JSON document in, and one out.

A request is a list of steps. A step names a row or a function of `values_table`; to decode, it has a literal in hex.
The answer to an encoding step is the LiteralType and the Literal, to a decoding step whether the value is the row's.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from typing import Any

from flyteidl.core import literals_pb2
from flytekit.core import interface as interfaces
from flytekit.core.context_manager import FlyteContextManager
from flytekit.core.type_engine import TypeEngine
from flytekit.models.literals import Literal

from flytetypes.testing import same
from values_table import FUNCTIONS, ROWS, Row

OLD_FORMAT = "FLYTE_USE_OLD_DC_FORMAT" in os.environ
CONTEXT = FlyteContextManager.current_context()


def written(model: Any) -> str:
    text: str = model.to_flyte_idl().SerializeToString(deterministic=True).hex()
    return text


def encode(row: Row) -> dict[str, Any]:
    literal_type = TypeEngine.to_literal_type(row.annotation)
    literal = TypeEngine.to_literal(CONTEXT, row.value, row.annotation, literal_type)
    return {"type": written(literal_type), "literal": written(literal)}


def decode(row: Row, data: str) -> dict[str, Any]:
    literal = Literal.from_flyte_idl(literals_pb2.Literal.FromString(bytes.fromhex(data)))
    value = TypeEngine.to_python_value(CONTEXT, literal, row.annotation)
    return {"same": same(value, row.old if OLD_FORMAT else row.plain), "value": repr(value)}


def interface(function: Any) -> dict[str, Any]:
    found = interfaces.transform_function_to_interface(function, interfaces.Docstring(callable_=function))
    return {
        "interface": written(interfaces.transform_interface_to_typed_interface(found)),
        "parameters": written(interfaces.transform_inputs_to_parameters(CONTEXT, found)),
    }


def step(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        if "function" in asked:
            return interface(FUNCTIONS[asked["function"]])
        row = ROWS[asked["row"]]
        return decode(row, asked["literal"]) if "literal" in asked else encode(row)
    except Exception as error:  # noqa: BLE001 - told to the test, which knows where to expect one
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    output = os.dup(1)
    os.dup2(2, 1)  # so that what flytekit prints is not part of the answer
    answers = [step(asked) for asked in json.load(sys.stdin)]
    with os.fdopen(output, "w") as stdout:
        json.dump(answers, stdout)
