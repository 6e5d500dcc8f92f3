"""What may be a text where a number is taken."""

from flytetypes import task, workflow


@task
def either(n: int) -> int | str:
    return n


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=either(n=n))  # wrong: type-mismatch
