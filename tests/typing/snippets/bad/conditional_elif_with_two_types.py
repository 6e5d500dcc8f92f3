"""The second branch gives another type than the first."""

from flytetypes import conditional, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def numbers(n: int) -> list[int]:
    return [n]


@workflow
def flow(n: int) -> int:
    found = conditional("c").if_(n > 0).then(doubled(n=n)).elif_(n < 0).then(numbers(n=n))  # wrong: branch-outputs
    return found.else_().fail("zero")
