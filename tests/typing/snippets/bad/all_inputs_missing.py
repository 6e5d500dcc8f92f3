"""A call without any of its inputs."""

from flytetypes import task, workflow


@task
def store(path: str, text: str) -> None: ...


@workflow
def flow() -> None:
    store()  # wrong: missing-input
