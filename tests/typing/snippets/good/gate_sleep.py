"""A gate that opens after a while stands in an order."""

from datetime import timedelta

from flytetypes import sleep, task, workflow


@task
def order() -> str:
    return "1"


@task
def deliver(number: str) -> None: ...


@workflow
def flow() -> None:
    number = order()
    number >> sleep(timedelta(minutes=5)) >> deliver(number=number)
