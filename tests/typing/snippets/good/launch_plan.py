"""A launch plan without inputs of its own keeps the signature of its workflow."""

from flytetypes import LaunchPlan, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def inner(n: int, by: int = 2) -> int:
    return doubled(n=n)


default = LaunchPlan.get_or_create(inner)
named = LaunchPlan.get_or_create(inner, "launch-plan-named", labels={"team": "a"}, max_parallelism=5)


@workflow
def flow(n: int) -> int:
    return named(n=default(n=n), by=3)
