"""The body of a `@dynamic` gives another type than it declares."""

from flytetypes import dynamic, task


@task
def name(n: int) -> str:
    return str(n)


@dynamic
def many(count: int) -> list[int]:
    results: list[int] = []
    for i in range(count):
        results.append(name(n=i))  # wrong: WorkflowError
    return results


many(count=3)
