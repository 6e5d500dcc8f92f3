"""One value of a dict of promises does not fit."""

from flytetypes import task, workflow


@task
def name() -> str:
    return "a"


@task
def best(scores: dict[str, float]) -> str:
    return max(scores)


@workflow
def flow() -> str:
    return best(scores={"a": 1.0, "b": name()})  # wrong: type-mismatch
