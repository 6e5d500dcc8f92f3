"""`promise[0]` and `promise["key"]` are typed as the elements."""

from flytetypes import task, workflow


@task
def table() -> dict[str, list[int]]:
    return {"a": [1, 2]}


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(values: list[int]) -> tuple[int, list[int]]:
    found = table()
    return doubled(n=found["a"][1]), [doubled(n=values[0]), values[1]]
