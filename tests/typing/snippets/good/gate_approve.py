"""What is approved is what was asked about."""

from datetime import timedelta

from flytetypes import approve, task, workflow


@task
def draft(topic: str) -> str:
    return topic


@task
def publish(text: str) -> str:
    return text


@workflow
def flow(topic: str) -> str:
    return publish(text=approve(draft(topic=topic), "editor", timeout=timedelta(hours=2)))
