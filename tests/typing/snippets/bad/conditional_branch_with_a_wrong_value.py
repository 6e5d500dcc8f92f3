"""A call in a branch gets another type."""

from flytetypes import conditional, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int, text: str) -> int:
    return conditional("c").if_(n > 0).then(doubled(n=n)).else_().then(doubled(n=text))  # wrong: type-mismatch
