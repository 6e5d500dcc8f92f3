"""A failure handler is a task, a workflow or a launch plan."""

from flytetypes import task, workflow


@task
def ping() -> None: ...


def clean() -> None: ...


@workflow(on_failure=clean)  # wrong: OptionError
def flow() -> None:
    ping()
