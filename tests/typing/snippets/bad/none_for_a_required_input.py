"""None where a value is taken."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow() -> int:
    return doubled(n=None)  # wrong: wrong-constant
