"""Options of `@dynamic` are those of `@task`, and what it may call."""

from datetime import timedelta

from flytetypes import LaunchPlan, Resources, dynamic, task, workflow


@task
def work(n: int) -> None: ...


@workflow
def inner(n: int) -> None:
    work(n=n)


plan = LaunchPlan.get_or_create(inner, "dynamic-options")


@dynamic(
    node_dependency_hints=[plan],
    retries=2,
    timeout=timedelta(hours=1),
    requests=Resources(mem="1Gi"),
    cache=True,
    cache_version="1",
)
def many(n: int) -> None:
    for i in range(n):
        work(n=i) >> plan(n=i)


@workflow
def flow(n: int) -> None:
    many(n=n)
