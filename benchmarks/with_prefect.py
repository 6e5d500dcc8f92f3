"""Prefect: the jobs of the cases that it has, on the server that it starts for itself.

Of a workflow of many tasks it runs a hundred: each takes so long that all of them would take minutes.
"""

import asyncio
import os
from itertools import count
from typing import Any

# Before it is imported: no server of anybody else, and nothing but the results.
os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

from prefect import flow, task

from measure import Job, PerEdge, Timed, each

PACKAGES = ("prefect",)


@task
def add_one(x: int) -> int:
    return x + 1


@task
async def naps(x: int, seconds: float) -> int:
    await asyncio.sleep(seconds)
    return x


@flow
def deep(x: int, size: int) -> int:
    for _ in range(size):
        x = add_one(x)
    return x


@flow
def wide(x: int, size: int) -> int:
    return sum(future.result() for future in [add_one.submit(x) for _ in range(size)])


@flow
async def gather(size: int, seconds: float) -> int:
    return sum(await asyncio.gather(*[naps(x, seconds) for x in range(size)]))


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    numbers = count(1_000_000)
    match operation:
        case "task call":
            return Timed(lambda: next(numbers), each(add_one))
        case "workflow call":
            return Timed(lambda: next(numbers), each(lambda x: deep(x, 3)))
        case "run":
            run: Any = deep if sample == "deep" else wide
            count_of = min(size, 100)
            return PerEdge(Timed(lambda: next(numbers), each(lambda x: run(x, count_of)), once=True), count_of)
        case "gather":
            return Timed(lambda: float(sample), each(lambda seconds: asyncio.run(gather(size, seconds))), once=True)
        case "sleeps":
            return Timed(lambda: 0.3, each(lambda seconds: asyncio.run(gather(5, seconds))), once=True)
    raise LookupError(operation)
