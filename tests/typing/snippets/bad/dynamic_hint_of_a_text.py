"""What a `@dynamic` may call is given as it is, and not by its name."""

from flytetypes import dynamic, task


@task
def doubled(n: int) -> int:
    return 2 * n


@dynamic(node_dependency_hints="doubled")  # wrong: OptionError
def many(count: int) -> list[int]:
    return [doubled(n=i) for i in range(count)]
