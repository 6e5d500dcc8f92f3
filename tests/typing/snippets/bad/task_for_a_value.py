"""The task itself, where what it gives is meant."""

from flytetypes import task, workflow


@task
def one() -> int:
    return 1


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow() -> int:
    return doubled(n=one)  # wrong: wrong-constant
