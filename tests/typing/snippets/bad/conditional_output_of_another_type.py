"""What the branches give does not fit what takes it."""

from flytetypes import conditional, task, workflow


@task
def name(n: int) -> str:
    return str(n)


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    chosen = conditional("c").if_(n > 0).then(name(n=n)).else_().fail("no")
    return doubled(n=chosen)  # wrong: type-mismatch
