"""In the body of a task another one is a plain function."""

from flytetypes import task, workflow


@task
def squared(n: int) -> int:
    return n * n


@task
def sum_of_squares(values: list[int]) -> int:
    return sum(squared(n=value) + 0 for value in values)


@workflow
def flow(values: list[int]) -> int:
    return sum_of_squares(values=values)
