"""Flyte 2: the jobs of the cases that it has. Its type engine is asynchronous: a batch runs in one event loop."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

import flyte
from flyte.types import TypeEngine
from flyteidl2.core.literals_pb2 import Literal

from measure import Job, PeakMemory, PerEdge, Timed, each, each_awaited
from values import SAMPLES, fresh, fresh_class, fresh_nested_class

PACKAGES = ("flyte", "flyteidl2", "protobuf", "pydantic")

_environment = flyte.TaskEnvironment(name="benchmark")


@_environment.task
async def add_one(x: int) -> int:
    return x + 1


@_environment.task
async def add_three(x: int) -> int:
    return await add_one(x=await add_one(x=await add_one(x=x)))


@_environment.task
async def naps(x: int, seconds: float) -> int:
    await asyncio.sleep(seconds)
    return x


@_environment.task
async def deep(x: int) -> int:
    result = 0
    for _ in range(x):
        result = await add_one(x=result)
    return result


@_environment.task
async def wide(x: int) -> int:
    return sum(await asyncio.gather(*[add_one(x=each) for each in range(x)]))


@_environment.task
async def gathered(x: int, seconds: float) -> int:
    return sum(await asyncio.gather(*[naps(x=each, seconds=seconds) for each in range(x)]))


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    if sample in SAMPLES:
        return _conversion(operation, sample, size)
    numbers = count(1_000_000)
    match operation:
        # A plain call of its task calls the function and converts nothing; a local run is what compares.
        case "task call":
            return Timed(lambda: next(numbers), each(_local_run(add_one)))
        case "workflow call":
            return Timed(lambda: next(numbers), each(_local_run(add_three)))
        case "run":
            tree = deep if sample == "deep" else wide
            local = _local_run(tree)
            return PerEdge(Timed(lambda: size, each(local), once=True), size)
        case "gather" | "sleeps":
            seconds = 0.3 if operation == "sleeps" else float(sample)
            task = gathered if seconds else wide
            return Timed(
                lambda: size or 5, each(_local_run(task, **({"seconds": seconds} if seconds else {}))), once=True
            )
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
    raise LookupError(operation)


def _local_run(task: Any, **further: Any) -> Callable[[int], Any]:
    flyte.init()
    return lambda x: flyte.with_runcontext(mode="local").run(task, x=x, **further).outputs()


def _conversion(operation: str, sample: str, size: int) -> Job:
    annotation = SAMPLES[sample].annotation()
    literal_type = TypeEngine.to_literal_type(annotation)

    async def to_literal(value: Any) -> Any:
        return await TypeEngine.to_literal(value, annotation, literal_type)

    async def to_bytes(value: Any) -> bytes:
        literal = await TypeEngine.to_literal(value, annotation, literal_type)
        data: bytes = literal.SerializeToString()
        return data

    async def from_literal(literal: Any) -> Any:
        return await TypeEngine.to_python_value(literal, annotation)

    async def from_bytes(data: bytes) -> Any:
        return await TypeEngine.to_python_value(Literal.FromString(data), annotation)

    calls: dict[str, Callable[[Any], Any]] = {
        "to literal": to_literal,
        "from literal": from_literal,
        "to bytes": to_bytes,
        "from bytes": from_bytes,
    }
    call = calls[operation.removesuffix(", memory")]
    kept = asyncio.run(to_bytes(fresh(sample, size))) if operation.startswith("from") and size else b""
    loop = asyncio.new_event_loop()

    def argument() -> Any:
        if operation.startswith("to"):
            return fresh(sample, size)
        if kept:
            return bytes(bytearray(kept))
        return loop.run_until_complete((to_bytes if "bytes" in operation else to_literal)(fresh(sample, size)))

    if operation.endswith("memory"):
        return PeakMemory(argument(), lambda value: loop.run_until_complete(call(value)))
    return Timed(argument, each_awaited(call), once=size >= 10_000)
