"""Options of `@workflow`, with a failure handler that gets the inputs and the error."""

from flytetypes import Documentation, FlyteError, Options, WorkflowFailurePolicy, task, workflow


@task
def work(n: int) -> int:
    return n


@task
def clean(n: int, err: FlyteError | None = None) -> None: ...


@workflow(
    failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE,
    interruptible=True,
    on_failure=clean,
    docs=Documentation(short_description="Works."),
    default_options=Options(labels={"team": "a"}, max_parallelism=3),
)
def flow(n: int) -> int:
    return work(n=n)
