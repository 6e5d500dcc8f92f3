"""A map gets lists of another type: checkers do not know what it takes."""

from flytetypes import map_task, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(texts: list[str]) -> list[int]:
    return map_task(doubled)(n=texts)  # wrong: type-mismatch
