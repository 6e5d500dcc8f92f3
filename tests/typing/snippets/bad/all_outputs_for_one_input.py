"""What gives two outputs where one value is taken."""

from flytetypes import task, workflow


@task
def described(n: int) -> tuple[int, str]:
    return n, str(n)


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=described(n=n))  # wrong: wrong-constant
