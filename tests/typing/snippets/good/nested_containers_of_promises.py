"""Lists and dicts of promises inside one another."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def flat(groups: dict[str, list[int]], rows: list[list[int]]) -> list[int]:
    return [n for group in groups.values() for n in group] + rows[0]


@workflow
def flow(n: int) -> list[int]:
    return flat(groups={"a": [doubled(n=n), n], "b": []}, rows=[[doubled(n=1)], [n]])
