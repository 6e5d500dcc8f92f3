"""A map over a launch plan: here it runs, and Flyte has no such thing."""

from flytetypes import LaunchPlan, map_task, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def inner(n: int) -> int:
    return doubled(n=n)


@workflow
def flow(values: list[int]) -> list[int]:
    return map_task(LaunchPlan.get_or_create(inner))(n=values)
