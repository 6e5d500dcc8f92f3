"""A launch plan gets what it has fixed: checkers do not know what it takes."""

from flytetypes import LaunchPlan, task, workflow


@task
def joined(a: str, b: str) -> str:
    return a + b


@workflow
def inner(a: str, b: str) -> str:
    return joined(a=a, b=b)


plan = LaunchPlan.create("bad-fixed-input-given", inner, fixed_inputs={"b": "x"})


@workflow
def flow(a: str) -> str:
    return plan(a=a, b="y")  # wrong: fixed-input
