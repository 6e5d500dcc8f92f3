"""One element of a list of promises does not fit."""

from flytetypes import task, workflow


@task
def name() -> str:
    return "a"


@task
def one() -> int:
    return 1


@task
def total(values: list[int]) -> int:
    return sum(values)


@workflow
def flow() -> int:
    return total(values=[one(), name(), 3])  # wrong: type-mismatch
