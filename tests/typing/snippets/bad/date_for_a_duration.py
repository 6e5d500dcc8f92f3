"""A moment where a duration is taken."""

from datetime import datetime, timedelta

from flytetypes import task, workflow


@task
def pause(span: timedelta) -> timedelta:
    return span


@workflow
def flow(moment: datetime) -> timedelta:
    return pause(span=moment)  # wrong: type-mismatch
