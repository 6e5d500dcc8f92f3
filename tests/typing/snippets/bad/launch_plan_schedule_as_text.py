"""A cron expression is put into a `CronSchedule`."""

from flytetypes import LaunchPlan, task, workflow


@task
def report() -> None: ...


@workflow
def daily() -> None:
    report()


LaunchPlan.create("bad-launch-plan-schedule-as-text", daily, schedule="0 6 * * *")  # wrong: OptionError
