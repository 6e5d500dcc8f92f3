"""A map takes lists, and gives one."""

from flytetypes import map_task, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def total(values: list[int]) -> int:
    return sum(values)


@workflow
def flow(values: list[int]) -> tuple[int, list[int]]:
    return total(values=map_task(doubled)(n=values)), map_task(doubled, concurrency=2)(n=[1, 2, 3])
