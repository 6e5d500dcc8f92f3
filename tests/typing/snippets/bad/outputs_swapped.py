"""The outputs are returned in another order than they are declared."""

from flytetypes import task, workflow


@task
def described(n: int) -> tuple[int, str]:
    return n, str(n)


@workflow
def flow(n: int) -> tuple[int, str]:
    number, text = described(n=n)
    return text, number  # wrong: type-mismatch
