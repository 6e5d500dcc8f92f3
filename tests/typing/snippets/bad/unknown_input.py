"""An input that the task does not have."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=n, by=3)  # wrong: unknown-input
