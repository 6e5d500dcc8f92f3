"""A type that is no variant of the union."""

from flytetypes import task, workflow


@task
def text_of(value: int | str) -> str:
    return str(value)


@workflow
def flow() -> str:
    return text_of(value=[1, 2])  # wrong: wrong-constant
