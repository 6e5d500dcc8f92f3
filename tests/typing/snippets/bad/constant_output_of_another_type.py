"""A workflow gives a constant that it does not declare."""

from flytetypes import task, workflow


@task
def ping() -> None: ...


@workflow
def flow() -> int:
    ping()
    return "done"  # wrong: wrong-constant
