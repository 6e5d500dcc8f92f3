"""A dict where a list is taken."""

from flytetypes import task, workflow


@task
def total(values: list[int]) -> int:
    return sum(values)


@workflow
def flow(n: int) -> int:
    return total(values={"a": n})  # wrong: wrong-constant
