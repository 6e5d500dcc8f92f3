"""A registered launch plan needs what its stub says."""

from flytetypes import reference_launch_plan, workflow


@reference_launch_plan("flytesnacks", "development", "nightly", "v1")
def nightly(day: str, region: str) -> int:
    raise NotImplementedError


@workflow
def flow(day: str) -> int:
    return nightly(day=day)  # wrong: missing-input
