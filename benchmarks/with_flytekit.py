"""flytekit 1.16: the jobs of the cases that it has, through the calls that its own tasks make."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from itertools import count
from time import sleep
from typing import Any

import flyteidl.core.literals_pb2 as pb
from flytekit import FlyteContextManager, dynamic, eager, map_task, task, workflow
from flytekit.configuration import ImageConfig, SerializationSettings
from flytekit.core.type_engine import TypeEngine
from flytekit.models.literals import Literal
from flytekit.tools.translator import get_serializable

from graphs import fresh_workflow
from measure import Job, PeakMemory, PerEdge, Timed, each
from values import SAMPLES, fresh, fresh_class, fresh_nested_class

PACKAGES = ("flytekit", "flyteidl", "protobuf", "numpy", "pydantic")

_context = FlyteContextManager.current_context()


@task
def add_one(x: int) -> int:
    return x + 1


@task
def total(xs: list[int]) -> int:
    return sum(xs)


@task
def naps(x: int, seconds: float) -> int:
    sleep(seconds)
    return x


@task
async def naps_async(x: int, seconds: float) -> int:
    await asyncio.sleep(seconds)
    return x


@dynamic
def grown(x: int, size: int) -> int:
    for _ in range(size):
        x = add_one(x=x)
    return x


@eager
async def gathered(size: int, seconds: float) -> int:
    return sum(await asyncio.gather(*[naps_async(x=x, seconds=seconds) for x in range(size)]))


@workflow
def sleeps() -> int:
    results = [naps(x=x, seconds=0.3) for x in range(5)]
    return results[-1]


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
            return Timed(fresh_class, each(TypeEngine.to_literal_type))
        case "literal type, warm":
            cls = fresh_class()
            return Timed(lambda: cls, each(TypeEngine.to_literal_type))
        case "guess, cold":  # by a new name each time, so that nothing is remembered
            return Timed(lambda: TypeEngine.to_literal_type(fresh_nested_class()), each(TypeEngine.guess_python_type))
        case "guess, warm":
            known = TypeEngine.to_literal_type(fresh_nested_class())
            return Timed(lambda: known, each(TypeEngine.guess_python_type))
        case "compile":
            return _compiling(sample, size)
        case "run":
            entity = fresh_workflow(workflow, add_one, total, sample, size)
            return PerEdge(Timed(lambda: next(numbers), each(lambda x: entity(x=x)), once=True), size)
        case "dynamic":
            return PerEdge(Timed(lambda: next(numbers), each(lambda x: grown(x=x, size=size)), once=True), size)
        case "map":
            mapped = map_task(add_one)
            return PerEdge(Timed(lambda: list(range(size)), each(lambda xs: mapped(x=xs)), once=True), size)
        case "gather":
            seconds = float(sample)
            return Timed(lambda: size, each(lambda size: asyncio.run(gathered(size=size, seconds=seconds))), once=True)
        case "sleeps":
            if sample == "workflow":
                return Timed(lambda: None, each(lambda _: sleeps()), once=True)
            return Timed(lambda: 5, each(lambda size: asyncio.run(gathered(size=size, seconds=0.3))), once=True)
    raise LookupError(operation)


def _compiling(shape: str, size: int) -> Job:
    settings = SerializationSettings(ImageConfig.auto(img_name="registry.example/app:1"), "p", "d", "v")

    def compiled(entity: Any) -> Any:
        made: OrderedDict[Any, Any] = OrderedDict()
        return get_serializable(made, settings, entity).to_flyte_idl()

    timed = Timed(lambda: fresh_workflow(workflow, add_one, total, shape, size), each(compiled), once=size >= 1_000)
    return PerEdge(timed, size) if shape == "edges" else timed


def _conversion(operation: str, sample: str, size: int) -> Job:
    annotation = SAMPLES[sample].annotation()
    literal_type = TypeEngine.to_literal_type(annotation)

    def to_literal(value: Any) -> Any:
        return TypeEngine.to_literal(_context, value, annotation, literal_type)

    def to_bytes(value: Any) -> bytes:
        data: bytes = to_literal(value).to_flyte_idl().SerializeToString()
        return data

    def from_literal(literal: Any) -> Any:
        return TypeEngine.to_python_value(_context, literal, annotation)

    def from_bytes(data: bytes) -> Any:
        return from_literal(Literal.from_flyte_idl(pb.Literal.FromString(data)))

    calls: dict[str, Callable[[Any], Any]] = {
        "to literal": to_literal,
        "from literal": from_literal,
        "to bytes": to_bytes,
        "from bytes": from_bytes,
    }
    call = calls[operation.removesuffix(", memory")]
    kept = to_bytes(fresh(sample, size)) if size and operation.startswith("from") else b""

    def argument() -> Any:
        if operation.startswith("to"):
            return fresh(sample, size)
        if kept:
            return bytes(bytearray(kept))
        return (to_bytes if "bytes" in operation else to_literal)(fresh(sample, size))

    if operation.endswith("memory"):
        return PeakMemory(argument(), call)
    return Timed(argument, each(call), once=size >= 10_000)
