"""A workflow may give what a call gives, all of it."""

from flytetypes import task, workflow


@task
def divided(n: int, by: int) -> tuple[int, int]:
    return divmod(n, by)


@workflow
def flow(n: int) -> tuple[int, int]:
    return divided(n=n, by=7)
