"""A registered task gives what its stub says."""

from flytetypes import reference_task, task, workflow


@reference_task(project="flytesnacks", domain="development", name="core.count", version="v1")
def count(text: str) -> int:
    raise NotImplementedError


@task
def show(text: str) -> None: ...


@workflow
def flow(text: str) -> None:
    show(text=count(text=text))  # wrong: type-mismatch
