"""A promise is no number yet."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=doubled(n=n) + 1)  # wrong: promise-misused
