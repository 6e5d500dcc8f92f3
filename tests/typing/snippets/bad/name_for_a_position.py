"""A list has positions, and no names."""

from flytetypes import task, workflow


@task
def words(text: str) -> list[str]:
    return text.split()


@task
def show(text: str) -> None: ...


@workflow
def flow(text: str) -> None:
    show(text=words(text=text)["first"])  # wrong: unknown-attribute
