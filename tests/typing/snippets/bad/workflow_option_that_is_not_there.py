"""A workflow has no retries."""

from flytetypes import task, workflow


@task
def ping() -> None: ...


@workflow(retries=3)  # wrong: OptionError
def flow() -> None:
    ping()
