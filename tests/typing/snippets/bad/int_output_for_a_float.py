"""Flyte does not make a float of an int on its way from task to task; type checkers take an int for a float."""

from flytetypes import task, workflow


@task
def one() -> int:
    return 1


@task
def half(value: float) -> float:
    return value / 2


@workflow
def flow() -> float:
    return half(value=one())  # wrong: type-mismatch
