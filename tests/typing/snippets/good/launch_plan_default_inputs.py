"""What a launch plan has defaults for may be left out or given."""

from flytetypes import LaunchPlan, task, workflow


@task
def added(a: int, b: int) -> int:
    return a + b


@workflow
def inner(a: int, b: int) -> int:
    return added(a=a, b=b)


plan = LaunchPlan.create("launch-plan-default-inputs", inner, default_inputs={"b": 3})


@workflow
def flow(a: int) -> int:
    return added(a=plan(a=a), b=plan(a=a, b=4))
