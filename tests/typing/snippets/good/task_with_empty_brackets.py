"""`@task()` and `@workflow()` are the same as without brackets."""

from flytetypes import task, workflow


@task()
def length(text: str) -> int:
    return len(text)


@workflow()
def flow(text: str) -> int:
    return length(text=text)
