"""A whole number is a float where it is written down."""

from flytetypes import task, workflow


@task
def scaled(value: float, by: float) -> float:
    return value * by


@workflow
def flow(value: float = 3) -> float:
    return scaled(value=value, by=2)
