"""A failure policy is one of `WorkflowFailurePolicy`."""

from flytetypes import task, workflow


@task
def ping() -> None: ...


@workflow(failure_policy="FAIL_IMMEDIATELY")  # wrong: OptionError
def flow() -> None:
    ping()
