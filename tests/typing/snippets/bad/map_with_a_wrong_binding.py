"""A partial binds another type."""

from functools import partial

from flytetypes import map_task, task, workflow


@task
def scaled(value: float, by: float) -> float:
    return value * by


@workflow
def flow(values: list[float]) -> list[float]:
    return map_task(partial(scaled, by="two"))(value=values)  # wrong: wrong-constant
