"""A registered task is called as its stub says."""

from flytetypes import reference_task, task, workflow


@reference_task(project="flytesnacks", domain="development", name="core.count", version="v1")
def count(text: str, upper: bool = False) -> int:
    raise NotImplementedError


@task
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(text: str) -> int:
    return doubled(n=count(text=text, upper=True))
