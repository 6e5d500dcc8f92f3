"""Without an `else_` nothing may run: here that is taken, by Flyte it is not."""

from flytetypes import conditional, task, workflow


@task
def found(n: int) -> int | None:
    return n


@task
def tell(text: str) -> None: ...


@task
def shown(n: int | None) -> str:
    return str(n)


@workflow
def flow(n: int) -> tuple[str, int | None]:
    conditional("tell").if_(n > 0).then(tell(text="more"))
    some = conditional("some").if_(n > 0).then(found(n=n))
    return shown(n=some), some
