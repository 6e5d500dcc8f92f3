"""A number with a fraction where a whole one is taken."""

from flytetypes import task, workflow


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(values: list[float]) -> int:
    return doubled(n=mean(values=values))  # wrong: type-mismatch
