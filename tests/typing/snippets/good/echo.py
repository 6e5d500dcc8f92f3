"""An echo passes values on without a container."""

from flytetypes import Echo, conditional, task, workflow

same = Echo(name="echo.same", inputs={"n": int})


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return conditional("big").if_(n > 3).then(doubled(n=n)).else_().then(same(n=n))
