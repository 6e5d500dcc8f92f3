"""A map that tolerates failures gives elements that may be None."""

from flytetypes import map_task, task, workflow


@task
def inverse(n: int) -> float:
    return 1 / n


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@workflow
def flow(values: list[int]) -> float:
    return mean(values=map_task(inverse, min_success_ratio=0.5)(n=values))  # wrong: type-mismatch
