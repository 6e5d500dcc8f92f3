"""Random workflows, some of them cancelled: each run ends, and nothing of it begins or goes on after its end."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from flytetypes import (
    FlyteRecoverableException,
    ImperativeWorkflow,
    WorkflowFailurePolicy,
    conditional,
    current_context,
    dynamic,
    eager,
    map_task,
    run,
    task,
    workflow,
)
from flytetypes.executors import Run

RUNS = 40
SHARDS = 4


@task
def adds(n: int) -> int:
    threading.Event().wait(0.001 * (n % 3))
    return n + 1


@task
async def adds_async(n: int) -> int:
    await asyncio.sleep(0.002 * (n % 4))
    return n + 1


@task
def fails_for_some(n: int) -> int:
    if n % 5 == 0:
        raise ValueError(n)
    return n


@task(retries=2)
def recovers(n: int) -> int:
    if current_context().attempt_number < n % 3:
        raise FlyteRecoverableException("again")
    return n


@task(timeout=timedelta(seconds=0.004), retries=1)
async def may_take_too_long(n: int) -> int:
    await asyncio.sleep(0.002 * (n % 4))
    return n


@workflow
def chain(n: int) -> int:
    return adds(n=adds_async(n=adds(n=n)))


@workflow
def deeper(n: int) -> int:
    return chain(n=chain(n=n))


@workflow
def mapped(n: int) -> list[int | None]:
    return map_task(fails_for_some, min_success_ratio=0.5)(n=[n, n, 1, 2])


@dynamic
def chooses(n: int) -> int:
    return deeper(n=n) if n % 2 else chain(n=fails_for_some(n=n))


@workflow
def branches(n: int) -> int:
    return conditional("size").if_(n > 4).then(deeper(n=n)).elif_(n > 2).then(chooses(n=n)).else_().fail("small")


@eager
async def gathers(n: int) -> int:
    results = await asyncio.gather(adds.aio(n=n), fails_for_some.aio(n=n), deeper.aio(n=n))
    return sum(results)


PARTS: tuple[Any, ...] = (
    *(adds, adds_async, fails_for_some, recovers, may_take_too_long),
    *(chain, deeper, mapped, chooses, branches, gathers),
)


def random_workflow(chance: random.Random, number: int) -> ImperativeWorkflow:
    whole = ImperativeWorkflow(f"random{number}", failure_policy=chance.choice([*WorkflowFailurePolicy]))
    numbers = [whole.add_workflow_input("n", int)]
    for _ in range(chance.randint(2, 6)):
        part = chance.choice(PARTS)
        node = whole.add_entity(part, n=chance.choice(numbers))
        if part is not mapped:
            numbers.append(node.outputs["o0"])
    whole.add_workflow_output("last", numbers[-1], int)
    return whole


def check_has_ended(handle: Run) -> None:
    assert handle.ended is not None
    assert [node.id for node in handle.nodes if not node.phase.is_terminal] == []
    assert [node.id for node in handle.nodes if (node.started or 0) > handle.ended] == []
    assert [name for name, count in Counter(node.id for node in handle.nodes).items() if count > 1] == []


@pytest.mark.fuzz
@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_goes_on_after_the_end(shard: int, fuzzing: bool) -> None:
    chance = random.Random(None if fuzzing else shard)
    waits: Callable[[float], bool] = threading.Event().wait
    for number in range(RUNS * 50 if fuzzing else RUNS):
        handle = run(
            random_workflow(chance, number),
            {"n": chance.randint(0, 6)},
            backoff_seconds=0.001,
            max_parallelism=chance.choice([None, 1, 2]),
        )
        if chance.random() < 0.4:
            waits(chance.random() * 0.01)
            handle.cancel()
        assert handle.wait(20), handle
        check_has_ended(handle)
        if number % 5 == 0:
            waits(0.02)
            check_has_ended(handle)
