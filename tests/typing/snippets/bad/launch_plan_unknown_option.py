"""An option that launch plans do not have."""

from flytetypes import LaunchPlan, task, workflow


@task
def report() -> None: ...


@workflow
def daily() -> None:
    report()


LaunchPlan.get_or_create(daily, "bad-launch-plan-unknown-option", retries=3)  # wrong: OptionError
