"""What may be None where None may not go."""

from flytetypes import task, workflow


@task
def found(n: int) -> int | None:
    return n or None


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=found(n=n))  # wrong: type-mismatch
