"""Outputs that a NamedTuple names are attributes, and are unpacked."""

from typing import NamedTuple

from flytetypes import task, workflow


class Split(NamedTuple):
    train: list[float]
    test: list[float]


@task
def split(values: list[float], at: int) -> Split:
    return Split(values[:at], values[at:])


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@workflow
def flow(values: list[float]) -> Split:
    parts = split(values=values, at=3)
    train, test = split(values=parts.train, at=1)
    mean(values=test)
    return Split(train=train, test=parts.test)
