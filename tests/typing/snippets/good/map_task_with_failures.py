"""Elements that may fail may be None."""

from functools import partial

from flytetypes import map_task, task, workflow


@task
def inverse(n: int, of: int) -> float:
    return of / n


@task
def known(values: list[float | None]) -> list[float]:
    return [value for value in values if value is not None]


@workflow
def flow(values: list[int]) -> tuple[list[float], list[float | None]]:
    most = map_task(inverse, min_success_ratio=0.8)(n=values, of=values)
    return known(values=most), map_task(partial(inverse, of=2), min_successes=1)(n=values)
