"""What a workflow gives does not fit in the one that calls it."""

from flytetypes import task, workflow


@task
def name(n: int) -> str:
    return str(n)


@workflow
def inner(n: int) -> str:
    return name(n=n)


@workflow
def outer(n: int) -> str:
    return name(n=inner(n=n))  # wrong: type-mismatch
