"""A workflow that gives nothing stands in an order, too."""

from flytetypes import task, workflow


@task
def ping(host: str) -> None: ...


@task
def work() -> int:
    return 1


@workflow
def warm_up(host: str = "a") -> None:
    ping(host=host)


@workflow
def flow() -> int:
    result = work()
    warm_up() >> result
    return result
