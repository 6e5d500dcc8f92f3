"""A task is called outside of a workflow, with a text for numbers."""

from flytetypes import task


@task
def mean(values: list[float]) -> float:
    return sum(values) / len(values)


mean(values="hi")  # wrong: ConversionError
