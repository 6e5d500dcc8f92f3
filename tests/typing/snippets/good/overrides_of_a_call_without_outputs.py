"""A call that gives nothing is its own node."""

from datetime import timedelta

from flytetypes import Cache, task, workflow
from flytetypes.accelerators import T4


@task
def clean(path: str) -> None: ...


@workflow
def flow(path: str) -> None:
    first = clean(path=path).with_overrides(name="clean up", interruptible=True, timeout=timedelta(minutes=1))
    second = clean(path="b").with_overrides(cache=Cache(version="1"), container_image="a/b:c", accelerator=T4)
    first >> second
