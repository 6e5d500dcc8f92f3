"""An option of a `@dynamic` with a value that it does not take."""

from flytetypes import dynamic, task


@task
def doubled(n: int) -> int:
    return 2 * n


@dynamic(retries="3")  # wrong: OptionError
def many(count: int) -> list[int]:
    return [doubled(n=i) for i in range(count)]
