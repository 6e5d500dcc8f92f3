"""A text is compared with a number."""

from flytetypes import conditional, task, workflow


@task
def length(text: str) -> int:
    return len(text)


@workflow
def flow(text: str) -> int:
    return conditional("c").if_(text > 3).then(length(text=text)).else_().fail("short")  # wrong: condition
