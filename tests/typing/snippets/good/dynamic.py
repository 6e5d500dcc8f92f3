"""In a `@dynamic` the inputs are values, and what calls give are promises."""

from flytetypes import dynamic, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@dynamic
def growing(values: list[int], until: int = 100) -> list[int]:
    results: list[int] = []
    for value in values:
        if value % 2:
            results.append(doubled(n=value))
        elif len(values) < until:
            results.append(doubled(n=doubled(n=value + 1)))
    return results


@workflow
def flow(values: list[int]) -> list[int]:
    return growing(values=growing(values=values), until=3)


assert sum(growing(values=[1, 2])) == 14
