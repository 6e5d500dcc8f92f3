"""A list may be built of promises and constants, and be an output."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def total(values: list[int]) -> int:
    return sum(values)


@workflow
def flow(n: int) -> tuple[int, list[int]]:
    values = [doubled(n=n), n, 3]
    return total(values=values), [doubled(n=i) for i in range(3)]
