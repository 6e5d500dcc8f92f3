"""Called outside, a workflow runs, and gives values of the declared classes."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int, times: int = 1) -> tuple[int, list[int]]:
    return doubled(n=n), [doubled(n=times)]


number, numbers = flow(n=3)
assert number + 1 == 7
assert flow(n=3, times=4)[1][0].bit_length() == 4
