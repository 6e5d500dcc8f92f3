"""The one output fits, the other one is taken."""

from typing import NamedTuple

from flytetypes import task, workflow


class Found(NamedTuple):
    name: str
    score: float


@task
def search(name: str) -> Found:
    return Found(name, 1.0)


@workflow
def flow(name: str) -> str:
    return search(name=search(name=name).score).name  # wrong: type-mismatch
