"""A list where one of its elements is taken."""

from flytetypes import task, workflow


@task
def numbers(n: int) -> list[int]:
    return list(range(n))


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=numbers(n=n))  # wrong: type-mismatch
