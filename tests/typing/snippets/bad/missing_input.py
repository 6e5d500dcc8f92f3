"""An input without a default is left out."""

from flytetypes import task, workflow


@task
def added(a: int, b: int) -> int:
    return a + b


@workflow
def flow(a: int) -> int:
    return added(a=a)  # wrong: missing-input
