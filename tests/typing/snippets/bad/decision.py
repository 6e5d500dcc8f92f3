"""A promise cannot be decided on."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    if n > 3:  # wrong: promise-misused
        return doubled(n=n)
    return doubled(n=3)
