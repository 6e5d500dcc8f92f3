"""A dataclass has no such field."""

from dataclasses import dataclass

from flytetypes import task, workflow


@dataclass
class Model:
    name: str
    weights: list[float]


@task
def fit(values: list[float]) -> Model:
    return Model("m", values)


@task
def show(text: str) -> None: ...


@workflow
def flow(values: list[float]) -> None:
    show(text=fit(values=values).title)  # wrong: unknown-attribute
