"""A registered task takes what its stub says."""

from flytetypes import reference_task, workflow


@reference_task(project="flytesnacks", domain="development", name="core.count", version="v1")
def count(text: str) -> int:
    raise NotImplementedError


@workflow
def flow() -> int:
    return count(text=["a", "b"])  # wrong: wrong-constant
