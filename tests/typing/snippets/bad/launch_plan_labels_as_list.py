"""Labels are texts by name."""

from flytetypes import LaunchPlan, task, workflow


@task
def report() -> None: ...


@workflow
def daily() -> None:
    report()


LaunchPlan.create("bad-launch-plan-labels-as-list", daily, labels=["team-a"])  # wrong: OptionError
