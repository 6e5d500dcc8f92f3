"""What a launch plan has fixed is not given."""

from flytetypes import LaunchPlan, task, workflow


@task
def joined(a: str, b: str) -> str:
    return a + b


@workflow
def inner(a: str, b: str) -> str:
    return joined(a=a, b=b)


plan = LaunchPlan.get_or_create(inner, "launch-plan-fixed-inputs", fixed_inputs={"b": "x"})


@workflow
def flow(a: str) -> tuple[str, int]:
    text = plan(a=a)
    return joined(a=text, b=text), 3
