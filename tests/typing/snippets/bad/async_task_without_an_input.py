"""An `async def` is called without what it needs."""

from flytetypes import task, workflow


@task
async def fetch(url: str, port: int) -> str:
    return url


@workflow
def flow(url: str) -> None:
    fetch(url=url)  # wrong: missing-input
