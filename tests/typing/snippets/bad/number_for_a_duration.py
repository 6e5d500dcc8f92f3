"""Seconds where a timedelta is taken."""

from datetime import timedelta

from flytetypes import task, workflow


@task
def pause(span: timedelta) -> timedelta:
    return span


@workflow
def flow() -> timedelta:
    return pause(span=60)  # wrong: wrong-constant
