"""A loop over constants is unrolled: each round is a call."""

from flytetypes import task, workflow


@task
def step(n: int, name: str) -> int:
    return n + len(name)


@workflow
def flow(n: int) -> dict[str, int]:
    results = {}
    for name in ("a", "bc", "def"):
        n = step(n=n, name=name)
        results[name] = n
    return results
