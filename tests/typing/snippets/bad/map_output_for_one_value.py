"""A map gives a list."""

from flytetypes import map_task, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(values: list[int]) -> int:
    return doubled(n=map_task(doubled)(n=values))  # wrong: type-mismatch
