"""An element of a list has another type than is taken."""

from flytetypes import task, workflow


@task
def words(text: str) -> list[str]:
    return text.split()


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(text: str) -> int:
    return doubled(n=words(text=text)[0])  # wrong: type-mismatch
