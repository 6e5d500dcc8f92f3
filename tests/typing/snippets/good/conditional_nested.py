"""A branch may be a conditional, or a workflow."""

from flytetypes import LaunchPlan, conditional, task, workflow


@task
def shown(n: float) -> str:
    return str(n)


@workflow
def long_way(n: float) -> str:
    return shown(n=n)


plan = LaunchPlan.get_or_create(long_way, "conditional-nested")


@workflow
def flow(n: float, ready: bool) -> str:
    return (
        conditional("ready")
        .if_(ready == True)  # noqa: E712 - a promise
        .then(conditional("size").if_(n > 3.5).then(long_way(n=n)).else_().then(plan(n=n)))
        .else_()
        .then(shown(n=0))
    )
