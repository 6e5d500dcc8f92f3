"""flytetypes: the jobs of every case."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import runs
from flytetypes import ImageConfig, SerializationSettings, TypeEngine, castable, idl, task, workflow
from flytetypes.compiler import lower
from graphs import fresh_workflow
from measure import Job, Measured, PeakMemory, PerEdge, Timed, each
from values import SAMPLES, fresh, fresh_class, fresh_nested_class

PACKAGES = ("flytetypes", "protobuf", "numpy", "pydantic", "msgpack")
GOLDEN = Path(__file__).parents[1] / "tests" / "golden"

_engine = TypeEngine()


@task
def add_one(x: int) -> int:
    return x + 1


@task
def total(xs: list[int]) -> int:
    return sum(xs)


@workflow
def add_three(x: int) -> int:
    return add_one(x=add_one(x=add_one(x=x)))


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    if sample in SAMPLES:
        return _conversion(operation, sample, size)
    numbers = count(1_000_000)
    match operation:
        case "task call":
            return Timed(lambda: next(numbers), each(lambda x: add_one(x=x)))
        case "workflow call":
            return Timed(lambda: next(numbers), each(lambda x: add_three(x=x)))
        case "literal type, cold":
            return Timed(fresh_class, each(_engine.literal_type))
        case "literal type, warm":
            cls = fresh_class()
            return Timed(lambda: cls, each(_engine.literal_type))
        case "guess, cold":  # by a new name each time, so that nothing is remembered
            return Timed(lambda: _engine.literal_type(fresh_nested_class()), each(_engine.guess))
        case "guess, warm":
            known = _engine.literal_type(fresh_nested_class())
            return Timed(lambda: known, each(_engine.guess))
        case "compile":
            return _compiling(sample, size)
        case "run" | "dynamic" | "map" | "gather" | "sleeps" | "processes" | "run, memory":
            return runs.job(operation, sample, size)
        case "castable, cold" | "castable, warm":
            ask = _ask_fresh if operation.endswith("cold") else _ask_again
            pairs = _type_pairs if sample == "types" else _schema_pairs
            return Measured(lambda: median(map(ask, pairs())))
    raise LookupError(operation)


def _compiling(shape: str, size: int) -> Job:
    settings = SerializationSettings(ImageConfig.auto("registry.example/app:1"), "p", "d", "v")
    timed = Timed(
        lambda: fresh_workflow(workflow, add_one, total, shape, size),
        each(lambda entity: lower([entity], settings)),
        once=size >= 1_000,
    )
    return PerEdge(timed, size) if shape == "edges" else timed


def _conversion(operation: str, sample: str, size: int) -> Job:
    annotation = SAMPLES[sample].annotation()
    converter = _engine.converter(annotation)
    calls: dict[str, Callable[[Any], Any]] = {
        "to literal": lambda value: _engine.to_literal(value, annotation),
        "to literal, converter": converter.to_literal,
        "from literal": lambda literal: _engine.to_python(literal, annotation),
        "from literal, converter": converter.to_python,
        "to bytes": converter.to_bytes,
        "from bytes": converter.from_bytes,
        "to bytes and back": lambda value: converter.from_bytes(converter.to_bytes(value)),
    }
    call = calls[operation.removesuffix(", memory")]
    if size:
        _load_numpy()
    kept = converter.to_bytes(fresh(sample, size)) if size and operation.startswith("from") else b""

    def argument() -> Any:
        if operation.startswith("to"):
            return fresh(sample, size)
        if kept:
            return bytes(bytearray(kept))
        if "bytes" in operation:
            return converter.to_bytes(fresh(sample, size))
        return converter.to_literal(fresh(sample, size))

    if operation.endswith("memory"):
        return PeakMemory(argument(), call)
    return Timed(argument, each(call), once=size >= 10_000)


def _load_numpy() -> None:
    """As in a program that uses numpy anyway; loading it is not a part of converting."""
    with suppress(ImportError):
        import_module("numpy")


# --- castable ---------------------------------------------------------------------------------------------------------

_comments = count()


def _type_pairs() -> list[tuple[idl.LiteralType, idl.LiteralType]]:
    rows = json.loads((GOLDEN / "castable-vectors.json").read_text())["rows"]
    of = partial(idl.from_json, idl.LiteralType)
    return [(of(row["upstream"]), of(row["downstream"])) for row in rows]


def _schema_pairs() -> list[tuple[idl.LiteralType, idl.LiteralType]]:
    document = json.loads((GOLDEN / "castable-schema-vectors.json").read_text())
    rows = [*document["small"], *document["rows"]]
    # A comment that no schema had before, so that nothing is remembered; both sides have it, so equal ones stay equal.
    comments = [f"run {next(_comments)}" for _ in rows]
    return [
        (_struct(row["upstream"], comment), _struct(row["downstream"], comment))
        for row, comment in zip(rows, comments, strict=True)
    ]


def _struct(schema: dict[str, Any], comment: str) -> idl.LiteralType:
    literal_type = idl.LiteralType(simple=idl.SimpleType.STRUCT)
    idl.fill_struct(literal_type.metadata, {**schema, "$comment": comment})
    return literal_type


def _ask_fresh(pair: tuple[idl.LiteralType, idl.LiteralType]) -> float:
    upstream, downstream = pair
    start = perf_counter()
    castable(upstream, downstream)
    return perf_counter() - start


def _ask_again(pair: tuple[idl.LiteralType, idl.LiteralType]) -> float:
    _ask_fresh(pair)
    return median(_ask_fresh(pair) for _ in range(5))
