"""A launch plan with fixed inputs still gives what its workflow gives."""

from flytetypes import LaunchPlan, task, workflow


@task
def joined(a: str, b: str) -> str:
    return a + b


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def inner(a: str, b: str) -> str:
    return joined(a=a, b=b)


plan = LaunchPlan.create("bad-launch-plan-output-of-another-type", inner, fixed_inputs={"b": "x"})


@workflow
def flow(a: str) -> int:
    return doubled(n=plan(a=a))  # wrong: type-mismatch
