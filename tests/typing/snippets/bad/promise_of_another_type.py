"""The output of one task does not fit the input of the next."""

from flytetypes import task, workflow


@task
def name(n: int) -> str:
    return str(n)


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=name(n=n))  # wrong: type-mismatch
