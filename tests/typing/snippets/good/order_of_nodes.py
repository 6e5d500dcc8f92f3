"""`node_of` is the call behind a promise: its order and its options."""

from flytetypes import Resources, node_of, task, workflow


@task
def left(n: int) -> str:
    return str(n)


@task
def right(n: int) -> list[int]:
    return [n]


@workflow
def flow(n: int) -> tuple[str, list[int]]:
    a, b = left(n=n), right(n=n)
    node_of(a) >> node_of(b)
    node_of(b).with_overrides(node_name="last", retries=2, requests=Resources(mem="1Gi"), timeout=60)
    return a, b
