"""A workflow that declares an output and returns nothing."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:  # wrong: AnnotationError
    doubled(n=n)
