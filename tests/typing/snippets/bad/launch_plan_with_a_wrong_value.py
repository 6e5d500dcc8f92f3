"""A launch plan keeps the signature of its workflow."""

from flytetypes import LaunchPlan, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def inner(n: int) -> int:
    return doubled(n=n)


plan = LaunchPlan.get_or_create(inner)


@workflow
def flow() -> int:
    return plan(n="three")  # wrong: wrong-constant
