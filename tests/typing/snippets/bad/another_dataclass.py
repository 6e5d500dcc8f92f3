"""A dataclass where another one is taken."""

from dataclasses import dataclass

from flytetypes import task, workflow


@dataclass
class Model:
    weights: list[float]


@dataclass
class Report:
    text: str


@task
def fit() -> Model:
    return Model([1.0])


@task
def publish(report: Report) -> None: ...


@workflow
def flow() -> None:
    publish(report=fit())  # wrong: type-mismatch
