"""Two outputs are declared, one is returned."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> tuple[int, int]:
    return doubled(n=n)  # wrong: unbound-output
