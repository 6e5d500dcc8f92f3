"""A promise is no text yet."""

from flytetypes import task, workflow


@task
def greeting(text: str) -> str:
    return text


@workflow
def flow(name: str) -> str:
    return greeting(text=f"hello {name}")  # wrong: promise-misused
