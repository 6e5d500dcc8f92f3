"""A condition is a comparison."""

from flytetypes import conditional, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return conditional("c").if_("n > 0").then(doubled(n=n)).else_().fail("no")  # wrong: promise-misused
