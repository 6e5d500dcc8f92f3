"""An `@eager` is a node like any other."""

from flytetypes import eager, task, workflow


@eager
async def decide(n: int) -> int:
    return n + 1


@eager
async def warm_up() -> None: ...


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> tuple[int, int]:
    decided = decide(n=n)
    warm_up() >> decided
    return doubled(n=decided), decide(n=3)
