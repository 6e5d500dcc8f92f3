"""A map takes a task or a launch plan."""

from flytetypes import map_task, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def inner(n: int) -> int:
    return doubled(n=n)


@workflow
def flow(values: list[int]) -> list[int]:
    return map_task(inner)(n=values)  # wrong: bad-option
