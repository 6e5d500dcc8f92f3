"""A call that gives nothing is returned for an output."""

from flytetypes import task, workflow


@task
def prepare(path: str) -> None: ...


@workflow
def flow(path: str) -> str:
    return prepare(path=path)  # wrong: wrong-constant
