"""One value where a list is taken."""

from flytetypes import task, workflow


@task
def one() -> float:
    return 1.0


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@workflow
def flow() -> float:
    return mean(values=one())  # wrong: type-mismatch
