"""Branches of `async def` and plain tasks together."""

from flytetypes import conditional, task, workflow


@task
async def fetch(url: str) -> str:
    return url


@task
def cached(url: str) -> str:
    return url


@task
def length(text: str) -> int:
    return len(text)


@workflow
def flow(url: str, fresh: int) -> list[int]:
    page = conditional("fresh").if_(fresh > 0).then(fetch(url=url)).else_().then(cached(url=url))
    other = conditional("stale").if_(fresh == 0).then(cached(url=url)).else_().then(fetch(url=url))
    return [length(text=page), length(text=other)]
