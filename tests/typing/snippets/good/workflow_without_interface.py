"""A workflow may take nothing and give nothing."""

from flytetypes import task, workflow


@task
def ping() -> None: ...


@workflow
def flow() -> None:
    ping()
