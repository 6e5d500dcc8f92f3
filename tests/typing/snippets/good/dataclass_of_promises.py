"""A dataclass made of promises: here it runs, Flyte has no such thing."""

from dataclasses import dataclass

from flytetypes import task, workflow


@dataclass
class Pair:
    left: int
    right: int


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def total(pair: Pair) -> int:
    return pair.left + pair.right


@workflow
def flow(n: int) -> int:
    return total(pair=Pair(doubled(n=n), right=3))
