"""A value of a dict has another type than is taken."""

from flytetypes import task, workflow


@task
def counts(text: str) -> dict[str, int]:
    return {text: 1}


@task
def show(text: str) -> None: ...


@workflow
def flow(text: str) -> None:
    show(text=counts(text=text)["a"])  # wrong: type-mismatch
