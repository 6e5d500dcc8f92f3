"""What gives nothing where a value is taken."""

from flytetypes import task, workflow


@task
def prepare(path: str) -> None: ...


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(path: str) -> int:
    return doubled(n=prepare(path=path))  # wrong: wrong-constant
