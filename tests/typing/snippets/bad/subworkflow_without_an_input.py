"""A workflow is called in another one without what it needs."""

from flytetypes import task, workflow


@task
def added(a: int, b: int) -> int:
    return a + b


@workflow
def inner(a: int, b: int) -> int:
    return added(a=a, b=b)


@workflow
def outer(a: int) -> int:
    return inner(a=a)  # wrong: missing-input
