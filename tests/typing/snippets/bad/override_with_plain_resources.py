"""Resources are no dict."""

from flytetypes import task, workflow


@task
def work() -> None: ...


@workflow
def flow() -> None:
    work().with_overrides(requests={"mem": "1Gi"})  # wrong: bad-option
