"""Branches give different types."""

from flytetypes import conditional, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def name(n: int) -> str:
    return str(n)


@workflow
def flow(n: int) -> int:
    return conditional("c").if_(n > 0).then(doubled(n=n)).else_().then(name(n=n))  # wrong: branch-outputs
