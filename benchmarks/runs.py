"""Runs of flytetypes to be measured: module-level tasks, as processes find them, and the jobs around them."""

import asyncio
import gc
import os
from itertools import count
from pathlib import Path
from time import process_time, sleep
from typing import Any

from flytetypes import ProcessExecutor, dynamic, eager, map_task, run, task, workflow
from graphs import fresh_workflow
from measure import Job, Measured, PerEdge, Timed, each


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


@task
def computes(seconds: float) -> int:
    steps = 0
    end = process_time() + seconds
    while process_time() < end:
        steps += 1
    return steps


@dynamic
def grown(x: int, size: int) -> int:
    for _ in range(size):
        x = add_one(x=x)
    return x


@eager
async def gathered(size: int, seconds: float) -> int:
    results = await asyncio.gather(*[naps_async(x=x, seconds=seconds) for x in range(size)])
    return sum(results)


@eager
async def trivial(size: int) -> int:
    return sum(await asyncio.gather(*[add_one(x=x) for x in range(size)]))  # type: ignore[call-overload]


@eager
async def sums(size: int) -> int:
    result = 0
    for start in range(0, size, 1_000):
        calls = [add_one(x=x) for x in range(start, min(start + 1_000, size))]
        result += sum(await asyncio.gather(*calls))  # type: ignore[call-overload]
    return result


@workflow
def sleeps() -> int:
    results = [naps(x=x, seconds=0.3) for x in range(5)]
    return results[-1]


@workflow
def crowd() -> int:
    results = [computes(seconds=0.5) for _ in range(8)]
    return results[-1]


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    numbers = count(1_000_000)
    match operation:
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
            return Timed(lambda: size, each(lambda size: asyncio.run(_gathered(size, seconds))), once=True)
        case "sleeps":
            if sample == "workflow":
                return Timed(lambda: None, each(lambda _: sleeps()), once=True)
            return Timed(lambda: 5, each(lambda size: asyncio.run(gathered(size=size, seconds=0.3))), once=True)
        case "processes":
            executor = ProcessExecutor()
            return Timed(lambda: None, each(lambda _: run(crowd, executor=executor).result()), once=True)
        case "run, memory":
            return Measured(lambda: _growth(sample, size))
    raise LookupError(operation)


def _gathered(size: int, seconds: float) -> Any:
    return gathered(size=size, seconds=seconds) if seconds else trivial(size=size)


def _growth(operation: str, size: int) -> float:
    """By how many bytes the process has grown when so many tasks have run, what they gave being let go."""
    mapped = map_task(add_one)
    mapped(x=[1, 2, 3])
    asyncio.run(sums(size=10))
    before = _resident()
    if operation == "map":
        mapped(x=list(range(size)))
    else:
        asyncio.run(sums(size=size))
    return max(_resident() - before, 0)


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
