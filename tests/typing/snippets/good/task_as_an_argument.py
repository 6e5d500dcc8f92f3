"""A helper that takes any task of a kind."""

from typing import Any

from flytetypes import Entity, FunctionTask, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def squared(n: int) -> int:
    return n * n


def twice(step: FunctionTask[..., int], n: int) -> int:
    return step(n=step(n=n))


def names(*entities: Entity[..., Any]) -> list[str]:
    return [entity.name for entity in entities]


@workflow
def flow(n: int) -> int:
    return twice(squared, twice(doubled, n))


assert len(names(doubled, flow)) == 2
