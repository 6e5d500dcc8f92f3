"""A registered launch plan is called as its stub says."""

from flytetypes import reference_launch_plan, task, workflow


@reference_launch_plan("flytesnacks", "development", "nightly", "v1")
def nightly(day: str) -> tuple[int, list[str]]:
    raise NotImplementedError


@reference_launch_plan("flytesnacks", "development", "cleanup", "v1")
def cleanup() -> None: ...


@task
def first(names: list[str]) -> str:
    return names[0]


@workflow
def flow(day: str) -> tuple[str, int]:
    count, names = nightly(day=day)
    result = first(names=names)
    cleanup() >> result
    return result, count
