"""The elements of a tuple are outputs of their own."""

from flytetypes import task, workflow


@task
def divided(n: int, by: int) -> tuple[int, str]:
    return n // by, str(n % by)


@workflow
def flow(n: int) -> tuple[str, int]:
    whole, rest = divided(n=n, by=7)
    again = divided(n=whole, by=2)
    return rest, again[0]
