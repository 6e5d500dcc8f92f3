"""A task is called outside of a workflow, without what it needs."""

from flytetypes import task


@task
def added(a: int, b: int) -> int:
    return a + b


added(b=3)  # wrong: CallError
