"""A workflow is called in another one with another type."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def inner(n: int) -> int:
    return doubled(n=n)


@workflow
def outer(text: str) -> int:
    return inner(n=text)  # wrong: type-mismatch
