"""A workflow that returns what it does not declare."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> None:
    return doubled(n=n)  # wrong: unbound-output
