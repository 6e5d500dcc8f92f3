"""A file where a number is taken."""

from flytetypes import FlyteFile, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(table: FlyteFile) -> int:
    return doubled(n=table)  # wrong: type-mismatch
