"""How long to sleep is a timedelta."""

from flytetypes import sleep, task, workflow


@task
def ping() -> None: ...


@workflow
def flow() -> None:
    sleep("5m") >> ping()  # wrong: bad-option
