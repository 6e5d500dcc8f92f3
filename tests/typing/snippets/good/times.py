"""Dates and durations."""

from datetime import datetime, timedelta

from flytetypes import task, workflow


@task
def later(moment: datetime, by: timedelta = timedelta(days=1)) -> datetime:
    return moment + by


@workflow
def flow(moment: datetime) -> datetime:
    return later(moment=later(moment=moment), by=timedelta(hours=3))
