"""A NamedTuple has no output of that name."""

from typing import NamedTuple

from flytetypes import task, workflow


class Stats(NamedTuple):
    low: float
    high: float


@task
def stats(values: list[float]) -> Stats:
    return Stats(min(values), max(values))


@workflow
def flow(values: list[float]) -> float:
    return stats(values=values).mean  # wrong: body-failed
