"""The field is there, and has another type."""

from dataclasses import dataclass

from flytetypes import task, workflow


@dataclass
class Model:
    name: str
    layers: int


@task
def fit() -> Model:
    return Model("m", 3)


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow() -> int:
    return doubled(n=fit().name)  # wrong: type-mismatch
