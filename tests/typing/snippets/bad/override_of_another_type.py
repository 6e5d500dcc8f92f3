"""An option of one call with a value that it does not take."""

from flytetypes import node_of, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    result = doubled(n=n)
    node_of(result).with_overrides(retries="many")  # wrong: bad-option
    return result
