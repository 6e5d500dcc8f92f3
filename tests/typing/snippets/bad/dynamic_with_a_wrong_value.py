"""A `@dynamic` gets another type."""

from flytetypes import dynamic, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@dynamic
def many(count: int) -> list[int]:
    return [doubled(n=i) for i in range(count)]


@workflow
def flow() -> list[int]:
    return many(count="three")  # wrong: wrong-constant
