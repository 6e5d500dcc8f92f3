"""A launch plan has the inputs of its workflow, and no others."""

from flytetypes import LaunchPlan, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def inner(n: int) -> int:
    return doubled(n=n)


plan = LaunchPlan.create("bad-launch-plan-with-an-unknown-input", inner, labels={"team": "a"})


@workflow
def flow(n: int) -> int:
    return plan(n=n, m=3)  # wrong: unknown-input
