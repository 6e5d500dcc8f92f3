"""A text is no condition, even where Python would take it for one."""

from flytetypes import conditional, task, workflow


@task
def length(text: str) -> int:
    return len(text)


@workflow
def flow(text: str) -> int:
    return conditional("c").if_(text).then(length(text=text)).else_().fail("empty")  # wrong: promise-misused
