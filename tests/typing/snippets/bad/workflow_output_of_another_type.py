"""A workflow gives another type than it declares."""

from flytetypes import task, workflow


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@workflow
def flow(values: list[float]) -> list[float]:
    return mean(values=values)  # wrong: type-mismatch
