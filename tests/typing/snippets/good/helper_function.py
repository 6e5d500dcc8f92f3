"""A plain function may call tasks for a workflow; promises pass through it as values do."""

from collections.abc import Sequence

from flytetypes import task, workflow


@task
def added(a: int, b: int) -> int:
    return a + b


def summed(values: Sequence[int]) -> int:
    total = values[0]
    for value in values[1:]:
        total = added(a=total, b=value)
    return total


@workflow
def flow(a: int, b: int) -> int:
    return summed([a, b, 3, added(a=a, b=b)])
