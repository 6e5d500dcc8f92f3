"""Subworkflows, launch plans, maps and conditionals in a workflow that is built step by step."""

from flytetypes import LaunchPlan, Workflow, WorkflowFailurePolicy, conditional, map_task, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def inner(n: int) -> int:
    return doubled(n=n)


plan = LaunchPlan.get_or_create(inner, "imperative-workflow-parts")
flow = Workflow("imperative.parts", failure_policy=WorkflowFailurePolicy.FAIL_IMMEDIATELY, interruptible=True)
n = flow.add_workflow_input("n", int)
first = flow.add_subwf(inner, n=n)
second = flow.add_launch_plan(plan, n=first.outputs["o0"]).with_overrides(name="planned")
many = flow.add_task(map_task(doubled), n=[first.o0, second.o0])
chosen = flow.add_conditional(lambda: conditional("c").if_(n > 3).then(doubled(n=n)).else_().then(inner(n=n)))
flow.add_workflow_output("many", many.outputs["o0"], list[int])
flow.add_workflow_output("chosen", chosen)
