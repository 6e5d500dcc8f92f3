"""A promise of a list has no elements yet."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(values: list[int]) -> list[int]:
    return [doubled(n=value) for value in values]  # wrong: promise-misused
