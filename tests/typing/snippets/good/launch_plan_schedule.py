"""Schedules, notifications, and what each execution asks for."""

from datetime import datetime, timedelta

from flytetypes import (
    ConcurrencyPolicy,
    CronSchedule,
    Email,
    FixedRate,
    Identity,
    LaunchPlan,
    PagerDuty,
    RawOutputDataConfig,
    SecurityContext,
    Slack,
    WorkflowExecutionPhase,
    task,
    workflow,
)


@task
def report(moment: datetime) -> str:
    return str(moment)


@workflow
def daily(moment: datetime, quiet: bool = False) -> str:
    return report(moment=moment)


failed = [WorkflowExecutionPhase.FAILED, WorkflowExecutionPhase.TIMED_OUT]
morning = LaunchPlan.create(
    "launch-plan-schedule-morning",
    daily,
    schedule=CronSchedule("0 6 * * MON-FRI", kickoff_time_input_arg="moment"),
    notifications=[
        Email(phases=failed, recipients_email=["a@example.com"]),
        Slack(phases=failed, recipients_email=["b@example.com"]),
        PagerDuty(phases=failed, recipients_email=["c@example.com"]),
    ],
    raw_output_data_config=RawOutputDataConfig("s3://bucket/out"),
    security_context=SecurityContext(run_as=Identity(k8s_service_account="robot")),
    concurrency=ConcurrencyPolicy(max_concurrency=1),
    auto_activate=True,
)
often = LaunchPlan.create(
    "launch-plan-schedule-often",
    daily,
    fixed_inputs={"quiet": True},
    schedule=FixedRate(timedelta(minutes=10), kickoff_time_input_arg="moment"),
)
