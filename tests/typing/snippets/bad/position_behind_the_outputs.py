"""A third output of two."""

from flytetypes import task, workflow


@task
def described(n: int) -> tuple[int, str]:
    return n, str(n)


@workflow
def flow(n: int) -> str:
    return described(n=n)[2]  # wrong: body-failed
