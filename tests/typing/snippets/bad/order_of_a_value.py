"""What is no call has no place in an order."""

from flytetypes import task, workflow


@task
def ping() -> None: ...


@workflow
def flow() -> None:
    node = ping()
    node.run_before(ping())  # wrong: promise-misused
