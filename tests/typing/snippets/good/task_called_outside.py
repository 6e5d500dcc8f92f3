"""Outside of a workflow a task gives a value of the declared class."""

from flytetypes import task


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


assert round(mean(values=[1, 2, 6]) + 0.5) == 4
