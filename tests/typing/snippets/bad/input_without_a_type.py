"""A gate that waits for an input has to know its type."""

from flytetypes import task, wait_for_input, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow() -> int:
    return doubled(n=wait_for_input("n"))  # wrong: promise-misused
