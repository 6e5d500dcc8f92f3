"""The body of a `@dynamic` gives another type than it declares."""

from flytetypes import dynamic, task


@task
def name(n: int) -> str:
    return str(n)


@dynamic
def many(count: int) -> list[int]:
    return [name(n=i) for i in range(count)]  # wrong: WorkflowError


many(count=3)
