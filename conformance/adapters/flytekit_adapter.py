"""flytekit 1.16, as an implementation that `run.py` asks: its own engine, its own messages, its own guesses of classes.

    cd conformance && python run.py --expected flytekit-differences.json -- PYTHON adapters/flytekit_adapter.py

PYTHON is one that has flytekit and nothing of ours.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

import fsspec
import msgpack
from flyteidl.core import literals_pb2, types_pb2
from flytekit.core.context_manager import FlyteContextManager
from flytekit.core.type_engine import TypeEngine, _are_types_castable
from flytekit.models.literals import Literal
from flytekit.models.types import LiteralType
from flytekit.utils.pbhash import compute_hash_string
from google.protobuf.message import DecodeError

from neutral import read, write
from serve import Refused, Unsupported, serve

CONTEXT = FlyteContextManager.current_context()


def answer(question: dict[str, Any]) -> Any:
    """The answer to one question; raises `Refused` or `Unsupported`."""
    match question["ask"]:
        case "castable":
            # What flytekit asks of the variants of unions; its workflows are checked by the backend alone.
            return _are_types_castable(*(model(parsed_type(question[side])) for side in ("up", "down")))
        case "hash" if question["kind"] == "offload":
            return compute_hash_string(parsed(literals_pb2.Literal, question["literal"]))
        case "hash":
            raise Unsupported(f"no hash of the kind `{question['kind']}`")
        case ask:
            literal_type = parsed_type(question["type"])
    match ask:
        case "type":
            return written(model(literal_type))
        case "guess":
            return written(TypeEngine.to_literal_type(guessed(literal_type)))
        case "value":
            return read(parsed(literals_pb2.Literal, question["literal"]), literal_type, plainly, hints=False)
        case "again":
            return again(literal_type, parsed(literals_pb2.Literal, question["literal"]))
        case "resolve":
            for uri, data in question["objects"].items():
                fsspec.filesystem("memory").pipe(uri, bytes.fromhex(data))
            return again(literal_type, parsed(literals_pb2.Literal, question["literal"]))
        case "literal":
            literal = literals_pb2.Literal()
            try:
                write(question["value"], literal_type, literal, msgpack.packb)
            except ValueError as error:
                raise Refused(str(error)) from None
            return again(literal_type, literal)
        case _:
            raise Unsupported(f"no answer to `{ask}`")


def parsed(message_class: Any, text: str) -> Any:
    try:
        return message_class.FromString(bytes.fromhex(text))
    except (DecodeError, ValueError) as error:
        raise Refused(str(error)) from None


def parsed_type(text: str) -> Any:
    return parsed(types_pb2.LiteralType, text)


def model(literal_type: Any) -> Any:
    return LiteralType.from_flyte_idl(literal_type)


def written(value: Any) -> str:
    text: str = value.to_flyte_idl().SerializeToString(deterministic=True).hex()
    return text


def guessed(literal_type: Any) -> Any:
    try:
        return TypeEngine.guess_python_type(model(literal_type))
    except Exception as error:  # noqa: BLE001 - flytekit refuses by errors of many classes
        raise refusal(error) from None


def again(literal_type: Any, literal: Any) -> str:
    annotation = guessed(literal_type)
    try:
        value = TypeEngine.to_python_value(CONTEXT, Literal.from_flyte_idl(literal), annotation)
        return written(TypeEngine.to_literal(CONTEXT, value, annotation, model(literal_type)))
    except Exception as error:  # noqa: BLE001 - as above
        raise refusal(error) from None


def plainly(literal: Any, literal_type: Any) -> Any:
    """A value without any class: structs are dicts. Unions are read variant by variant."""
    match literal_type.WhichOneof("type"):
        case "union_type":
            return None
        case "simple" if literal_type.simple == types_pb2.STRUCT:
            annotation = dict
        case _:
            annotation = guessed(literal_type)
    try:
        return TypeEngine.to_python_value(CONTEXT, Literal.from_flyte_idl(literal), annotation)
    except Exception as error:  # noqa: BLE001 - as above
        raise refusal(error) from None


def refusal(error: Exception) -> Refused:
    return Refused(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    serve(answer)
