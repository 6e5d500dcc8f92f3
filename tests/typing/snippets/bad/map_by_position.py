"""A map is called with keywords."""

from flytetypes import map_task, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(values: list[int]) -> list[int]:
    return map_task(doubled)(values)  # wrong: positional-call
