"""Branches that give nothing, and where a conditional stands in an order."""

from flytetypes import conditional, task, workflow


@task
def tell(whom: str) -> None: ...


@task
def check(n: int) -> int:
    return n


@workflow
def flow(n: int) -> None:
    told = conditional("whom").if_(check(n=n) > 3).then(tell(whom="a")).else_().then(tell(whom="b"))
    told >> tell(whom="c")
