"""An input of the workflow does not fit the input of a task."""

from flytetypes import task, workflow


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@workflow
def flow(values: list[str]) -> float:
    return mean(values=values)  # wrong: type-mismatch
