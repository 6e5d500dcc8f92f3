"""A workflow is called in another one as a task is."""

from typing import NamedTuple

from flytetypes import task, workflow


class Stats(NamedTuple):
    low: int
    high: int


@task
def stats(values: list[int]) -> Stats:
    return Stats(min(values), max(values))


@workflow
def inner(values: list[int], ready: bool = True) -> Stats:
    low, high = stats(values=values)
    return Stats(low, high)


@workflow
def outer(values: list[int]) -> tuple[int, int]:
    found = inner(values=[inner(values=values).low, 3])
    return found.high, inner(values=values, ready=False)[0]
