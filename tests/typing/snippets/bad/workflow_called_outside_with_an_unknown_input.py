"""A workflow is called with an input that it does not have."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=n)


flow(n=3, name="x")  # wrong: CallError
