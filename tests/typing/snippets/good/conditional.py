"""Conditions on inputs and outputs; all branches give one type."""

from flytetypes import conditional, task, workflow


@task
def doubled(n: int) -> int:
    return 2 * n


@task
def negated(n: int) -> int:
    return -n


@task
def name() -> str:
    return "a"


@workflow
def flow(n: int) -> int:
    sign = (
        conditional("sign")
        .if_((n > 0) & (n < 100))
        .then(doubled(n=n))
        .elif_((n < 0) | (name() == "zero"))
        .then(negated(n=n))
        .else_()
        .fail("neither")
    )
    return conditional("again").if_(sign >= 3).then(doubled(n=sign)).else_().then(negated(n=sign))
