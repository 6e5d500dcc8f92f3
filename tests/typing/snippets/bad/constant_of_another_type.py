"""A text where a number is taken."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow() -> int:
    return doubled(n="three")  # wrong: wrong-constant
