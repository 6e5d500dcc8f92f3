"""A field of a dataclass that is an output."""

from dataclasses import dataclass

from flytetypes import task, workflow


@dataclass
class Model:
    name: str
    weights: list[float]


@task
def fit(values: list[float], name: str = "m") -> Model:
    return Model(name, values)


@task
def total(weights: list[float]) -> float:
    return sum(weights)


@workflow
def flow(values: list[float]) -> tuple[str, float]:
    model = fit(values=values)
    return model.name, total(weights=model.weights)
