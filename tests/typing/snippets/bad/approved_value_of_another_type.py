"""What is approved keeps its type."""

from flytetypes import approve, task, workflow


@task
def draft(topic: str) -> str:
    return topic


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(topic: str) -> int:
    return doubled(n=approve(draft(topic=topic), "editor"))  # wrong: type-mismatch
