"""What a partial binds, every element gets whole: a value or a promise."""

from functools import partial

from flytetypes import map_task, task, workflow


@task
def scaled(value: float, by: float) -> float:
    return value * by


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@workflow
def flow(values: list[float]) -> list[float]:
    once = map_task(partial(scaled, by=mean(values=values)))(value=values)
    return map_task(scaled, bound_inputs_values={"by": 2.0})(value=once)
