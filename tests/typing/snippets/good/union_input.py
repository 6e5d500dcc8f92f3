"""A union takes each of its variants."""

from flytetypes import task, workflow


@task
def text_of(value: int | str | list[int]) -> str:
    return str(value)


@task
def one() -> int:
    return 1


@workflow
def flow(text: str) -> list[str]:
    return [text_of(value=one()), text_of(value=text), text_of(value=[1, 2]), text_of(value="x")]
