"""Two outputs are declared, three are returned."""

from flytetypes import task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> tuple[int, int]:
    return doubled(n=n), doubled(n=1), doubled(n=2)  # wrong: unbound-output
